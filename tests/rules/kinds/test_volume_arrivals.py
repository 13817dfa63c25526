"""Volume by the rows that arrived in the last closed period."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.rules.kinds.contract import Judgement
from apps.rules.kinds.wants import CountBuckets
from tests.rules.kinds import watching
from tests.rules.kinds.watching import Contents, daily, local, utc, watch

NOW = utc("2026-03-04 12:00")
DAY = timedelta(days=1)
NOON_YESTERDAY = NOW - DAY
days = partial(watching.days, last=NOON_YESTERDAY)
usual = partial(watching.usual, last=NOON_YESTERDAY)


def judged(yesterday: int, **settings: Any) -> Judgement:
    return daily(**settings).check(NOW, usual(yesterday))


@pytest.mark.parametrize(
    ("rows", "verdict"), [(699, "breached"), (700, "ok"), (1000, "ok"), (1300, "ok"), (1301, "breached")]
)
def test_thirty_per_cent_around_a_mean_of_a_thousand(rows: int, verdict: str) -> None:
    assert judged(rows, drop="30%", spike="30%").verdict == verdict


@pytest.mark.parametrize(
    ("rows", "verdict"), [(790, "breached"), (800, "ok"), (1950, "ok"), (2000, "ok"), (2010, "breached")]
)
def test_separate_limits_for_drop_and_spike(rows: int, verdict: str) -> None:
    assert judged(rows, drop="20%", spike="100%").verdict == verdict


@pytest.mark.parametrize(("rows", "limit", "verdict"), [
    (949, "5%", "breached"), (950, "5%", "ok"), (1051, "5%", "breached"), (899, "10%", "breached"), (900, "10%", "ok"),
])  # fmt: skip
def test_tight_limits_on_both_sides(rows: int, limit: str, verdict: str) -> None:
    assert judged(rows, drop=limit, spike=limit).verdict == verdict


@pytest.mark.parametrize(("rows", "verdict"), [(490, "breached"), (500, "ok"), (3000, "ok")])
def test_a_limit_on_one_side(rows: int, verdict: str) -> None:
    assert judged(rows, drop="50%", spike=None).verdict == verdict


@pytest.mark.parametrize("percent", [0.1, 0.7, 3.3, 7, 12.5, 29, 57, 99.9])
@pytest.mark.parametrize("mean", [1000, 3000, 70_000])
def test_exactly_at_the_limit_is_fine(percent: float, mean: int) -> None:
    """The limits here are whole numbers of rows, and floats would miss some of them by a hair."""
    low, high = mean * (1000 - round(percent * 10)) // 1000, mean * (1000 + round(percent * 10)) // 1000
    settings = {"drop": f"{percent}%", "spike": f"{percent}%"}
    verdicts = [daily(**settings).check(NOW, usual(rows, mean)).verdict for rows in (low - 1, low, high, high + 1)]
    assert verdicts == ["breached", "ok", "ok", "breached"]


@given(st.lists(st.integers(0, 3000), min_size=2, max_size=6))
def test_more_rows_never_turn_a_spike_into_a_drop(counts: list[int]) -> None:
    sides = [judged(rows).facts.get("situation", "") for rows in sorted(counts)]
    assert sides == sorted(sides, key=["drop", "", "spike"].index)


def test_a_breach_has_all_facts_of_a_drop() -> None:
    judgement = judged(350)
    assert judgement.facts == {
        "situation": "drop",
        "rows": 350,
        "expected_rows": 1000.0,
        "low": 800.0,
        "high": 2000.0,
        "difference_percent": -65.0,
        "per": "1d",
        "period_start": "2026-03-03T00:00:00+00:00",
        "period_end": "2026-03-04T00:00:00+00:00",
        "baseline_words": "the mean of the last 30 days",
        "reason": "",
    }
    assert (judgement.measured, judgement.low, judgement.high) == (350.0, 800.0, 2000.0)
    assert judgement.reason == (
        "350 rows arrived on 3 Mar 2026 (UTC), 65 % below the mean of the last 30 days (1,000); "
        "the rule alerts at fewer than 800 or more than 2,000 rows."
    )


def test_thirty_days_of_history_are_read_on_the_first_day() -> None:
    rule = daily()
    judgement = rule.check(NOW, usual(1000))
    assert rule.asked == (CountBuckets("created_at", 3600, utc("2026-01-31 00:00")),)
    assert judgement.verdict == "ok"
    assert len([reading for reading in judgement.readings if reading.value == 1000]) == 32


def test_the_mean_is_of_the_baseline_before_the_judged_day() -> None:
    older, inside = [9_000] * 5, [1000] * 30
    assert daily().check(NOW, days(*older, *inside, 800)).low == 800.0


def test_days_without_rows_count_in_the_mean() -> None:
    judgement = daily().check(NOW, days(7, *[1000, 0] * 15, 400))
    assert (judgement.verdict, judgement.low) == ("ok", 400.0)


def test_the_first_day_with_rows_is_not_a_whole_one_and_days_before_it_do_not_count() -> None:
    judgement = daily().check(NOW, days(3, 1000, 1000, 1000, 1000))
    assert (judgement.verdict, judgement.low) == ("ok", 800.0)


@pytest.mark.parametrize("history", [[], [500], [500, 1000, 1000]])
def test_too_little_history_is_learning(history: list[int]) -> None:
    judgement = daily().check(NOW, days(*history, 5))
    assert judgement.verdict == "learning"
    assert "3 are needed" in judgement.reason


def test_an_absolute_limit_holds_while_learning() -> None:
    assert daily(at_least=10).check(NOW, days(5)).verdict == "breached"
    assert daily(at_least=10, drop=None, spike=None).check(NOW, days(10)).verdict == "ok"


@pytest.mark.parametrize(("rows", "verdict"), [(899, "breached"), (900, "ok"), (1500, "ok"), (1501, "breached")])
def test_the_narrower_of_percentages_and_absolute_limits_holds(rows: int, verdict: str) -> None:
    assert judged(rows, at_least=900, at_most=1500).verdict == verdict


def test_an_empty_table_alerts_only_by_an_absolute_limit() -> None:
    assert daily().check(NOW, Contents()).verdict == "learning"
    assert daily(at_least=1, drop=None, spike=None).check(NOW, Contents()).verdict == "breached"


def test_nothing_after_rows_have_stopped_for_the_whole_baseline_says_nothing() -> None:
    assert daily(baseline="3d").check(NOW, days(1000, 0, 0, 0, 0)).verdict == "ok"


def test_no_rows_at_all_is_a_drop() -> None:
    judgement = judged(0)
    assert (judgement.verdict, judgement.facts["difference_percent"]) == ("breached", -100.0)
    assert judgement.reason.startswith("No rows arrived on 3 Mar 2026 (UTC), 100 % below")


# Local days and hours.


@pytest.mark.parametrize("night", ["2026-03-29", "2026-10-25"])
def test_local_days_hold_all_their_rows_when_the_clocks_change(night: str) -> None:
    zone, steady = "Europe/Berlin", timedelta(minutes=30)
    rule = watch("volume", zone=zone, column="created_at", drop="3%", spike="3%")
    begin, end = local(f"{night} 00:00", zone) - DAY * 40, local(f"{night} 00:00", zone) + DAY * 2
    rows: dict[datetime | None, int] = {begin + steady * step: 1 for step in range((end - begin) // steady)}
    judgement = rule.check(local(f"{night} 00:05", zone) + timedelta(hours=26), Contents(rows))
    hours = {"2026-03-29": 23, "2026-10-25": 25}[night]
    assert judgement.measured == hours * 2


@pytest.mark.parametrize(
    ("rows", "verdict", "next_look"),
    [([100] * 50, "ok", "13:05"), ([*[100] * 49, 49], "breached", "12:15"), ([*[100] * 49, 151], "breached", "12:15")],
)
def test_an_hourly_rate(rows: Sequence[int], verdict: str, next_look: str) -> None:
    rule = watch("volume", column="created_at", per="1h", baseline="2d", drop="50%", spike="50%")
    hour, last = timedelta(hours=1), NOW - timedelta(minutes=30)
    judgement = rule.check(
        NOW + timedelta(minutes=5), Contents({last - hour * back: n for back, n in enumerate(reversed(rows))})
    )
    assert (judgement.verdict, judgement.low, judgement.high) == (verdict, 50.0, 150.0)
    assert judgement.next_look_at == utc(f"2026-03-04 {next_look}")


def test_an_hour_is_named_with_both_ends() -> None:
    rule = watch("volume", zone="Europe/Berlin", column="created_at", per="1h", at_least=1, drop=None, spike=None)
    assert rule.check(NOW + timedelta(minutes=6), Contents()).reason == (
        "No rows arrived on 4 Mar 2026 between 12:00 and 13:00 (Europe/Berlin); the rule alerts at no rows."
    )
