"""Volume: what is not loaded yet, what does not change, and what a period is compared with."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from apps.common.errors import InvalidInput
from apps.rules.kinds.contract import Judgement
from apps.rules.kinds.volume_arrivals import Arrivals
from apps.rules.kinds.wants import CountRows
from tests.rules.kinds import watching
from tests.rules.kinds.watching import Contents, Watching, daily, make_kind, utc, watch

NOW = utc("2026-03-04 00:10")  # ten minutes after the third of March
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOON = utc("2026-03-03 12:00")
days = partial(watching.days, last=NOON)
USUAL = [1000] * 40


def test_a_day_that_is_not_loaded_yet_is_not_a_drop() -> None:
    rule = daily()
    judgement = rule.check(NOW, days(*USUAL, 0))
    assert (judgement.verdict, judgement.facts["period_start"]) == ("ok", "2026-03-02T00:00:00+00:00")
    assert judgement.reason == (
        "Nothing of 3 Mar 2026 is loaded yet, and nothing newer; it counts as missing from 4 Mar 2026, 06:00 (UTC) on."
    )
    assert judgement.next_look_at == utc("2026-03-04 06:00")
    assert judgement.readings[-1].at == utc("2026-03-02 00:00")


@pytest.mark.parametrize(("settle", "hour", "verdict"), [
    (None, 5, "ok"), (None, 6, "breached"), ("8h", 7, "ok"), ("8h", 8, "breached"), ("30m", 1, "breached"),
])  # fmt: skip
def test_it_counts_once_its_time_is_over(settle: str | None, hour: int, verdict: str) -> None:
    rule = daily(settle=settle)
    rule.check(NOW, days(*USUAL, 0))
    assert rule.check(utc(f"2026-03-04 {hour:02}:00"), days(*USUAL, 0)).verdict == verdict


def test_what_is_loaded_late_is_judged_when_it_is_there() -> None:
    rule = daily()
    rule.check(NOW, days(*USUAL, 0))
    judgement = rule.check(NOW + HOUR, days(*USUAL, 990))
    assert (judgement.verdict, judgement.measured, judgement.reason) == ("ok", 990.0, "")


@pytest.mark.parametrize("told", [{"changed_at": NOW}, {}])
def test_a_table_that_was_written_since_has_a_real_drop(told: dict[str, Any]) -> None:
    contents = days(*USUAL, 0)
    if not told:
        contents.rows[NOW] = 1  # a row of today
    assert daily().check(NOW, contents, **told).verdict == "breached"


def test_a_breach_is_not_over_because_the_next_day_is_not_loaded_yet() -> None:
    rule = daily()
    assert rule.check(NOW - DAY, watching.days(*USUAL, 300, last=NOON - DAY)).verdict == "breached"
    assert rule.check(NOW, days(*USUAL, 300, 0)).verdict == "breached"


def test_a_table_that_is_known_to_be_unwritten_is_not_read_while_waiting() -> None:
    rule = daily()
    rule.check(NOW, days(*USUAL, 0))
    judgement = rule.check(NOW + HOUR, unwritten=True)
    assert (rule.asked, judgement.verdict) == ((), "ok")
    rule.check(utc("2026-03-04 06:00"), days(*USUAL, 0), unwritten=True)
    assert rule.asked


# What a period is compared with.


def weekly(weekday: int, weekend: int, last: int) -> Contents:
    """Eight weeks before Tuesday, 3 March, whose rows are `last`."""
    rows: dict[datetime | None, int] = {
        NOON - DAY * back: (weekend if (NOON - DAY * back).weekday() > 4 else weekday) for back in range(1, 57)
    }
    return Contents({**rows, NOON: last})


@pytest.mark.parametrize(("against", "low"), [("mean", 586.0), ("weekday", 800.0)])
def test_the_same_weekday_is_the_measure(against: str, low: float) -> None:
    judgement = daily(against=against).check(NOW, weekly(1000, 100, 900))
    assert judgement.low == pytest.approx(low, abs=20)


def test_the_same_hour_of_the_week_is_the_measure() -> None:
    """Fifty rows an hour at night and a hundred and fifty by day: each is fine in its own hour."""
    rule = watch(
        "volume", column="created_at", per="1h", baseline="6w", against="hour_of_week", drop="20%", spike="20%"
    )
    begin = NOW.replace(minute=30) - 50 * DAY
    hours = [begin + HOUR * place for place in range(50 * 24)]
    rows: dict[datetime | None, int] = {hour: 150 if 8 <= hour.hour < 20 else 50 for hour in hours if hour < NOW}
    judgement = rule.check(NOW, Contents(rows))
    assert (judgement.measured, judgement.low, judgement.high) == (50.0, 40.0, 60.0)
    assert "the mean of the same hour of the week in the last 42 days, 50" in rule.sentence


def test_expected_basis_and_period_are_told_for_the_noise_settings() -> None:
    judgement = daily().check(NOW, days(*USUAL, 500))
    assert (judgement.expected, judgement.basis, judgement.judged) == (1000.0, 1000.0, utc("2026-03-03 00:00"))
    assert daily(min_rows=2000).check(NOW, days(*USUAL, 500)).verdict == "ok"
    assert daily(min_change=600).check(NOW, days(*USUAL, 500)).verdict == "ok"
    assert daily(open_after=2).check(NOW, days(*USUAL, 500)).verdict == "ok"


# What does not change.


def flat_hours(**settings: Any) -> Watching:
    return watch("volume", column="created_at", per="1h", baseline="3d", drop=None, spike=None, flat="6h", **settings)


@pytest.mark.parametrize(("counts", "verdict"), [
    ([7, 7, 7, 7, 7, 7], "breached"), ([8, 7, 7, 7, 7, 7], "ok"), ([0, 0, 0, 0, 0, 0], "breached"),
])  # fmt: skip
def test_exactly_the_same_rows_for_six_hours(counts: list[int], verdict: str) -> None:
    past = [20, 21, 22, 23, *counts]
    rows: dict[datetime | None, int] = {NOW - timedelta(minutes=30) - HOUR * back: count
                                        for back, count in enumerate(reversed(past))}  # fmt: skip
    rule = flat_hours()
    judgement = rule.check(NOW + timedelta(minutes=20), Contents({at: n for at, n in rows.items() if n}))
    assert judgement.verdict == verdict
    if verdict == "breached":
        assert judgement.facts["situation"] == "flat"
        assert judgement.reason.endswith("the rule alerts when that lasts 6 h.")
    assert rule.sentence == (
        "Alerts if no row, or exactly the same number in each hour, arrives in main.orders an hour by column "
        "created_at for 6 h."
    )


def count(rule: Watching, rows: int, now: datetime, *, accepted: bool = False) -> Judgement:
    return rule.check(now, Contents({None: rows}), accepted=accepted)


def test_a_total_that_stands_still_for_too_long() -> None:
    rule = watch("volume", flat="6h")
    count(rule, 100, NOW)
    assert count(rule, 101, NOW + HOUR).next_look_at == NOW + 7 * HOUR
    assert count(rule, 101, NOW + 6 * HOUR).verdict == "ok"
    judgement = count(rule, 101, NOW + 7 * HOUR)
    assert (judgement.verdict, judgement.facts["same_seconds"]) == ("breached", 21_600.0)
    assert judgement.reason == (
        "main.orders has 101 rows, exactly as many as for 6 h; the rule alerts when that lasts 6 h."
    )
    assert count(rule, 102, NOW + 8 * HOUR).verdict == "ok"


def test_a_standstill_that_a_person_closed_counts_from_then() -> None:
    rule = watch("volume", flat="6h")
    count(rule, 100, NOW)
    assert count(rule, 100, NOW + 6 * HOUR).verdict == "breached"
    assert count(rule, 100, NOW + 7 * HOUR, accepted=True).verdict == "ok"
    assert count(rule, 100, NOW + 12 * HOUR).verdict == "ok"
    assert count(rule, 100, NOW + 13 * HOUR).verdict == "breached"


def test_a_standstill_is_seen_although_nothing_is_read() -> None:
    rule = watch("volume", flat="6h", drop=None, spike=None)
    count(rule, 100, NOW)
    assert rule.check(NOW + 6 * HOUR, unwritten=True).verdict == "breached"
    assert CountRows() not in rule.asked


@pytest.mark.parametrize(("written", "part"), [
    ({"against": "weekday"}, "needs a timestamp column"),
    ({"settle": "1h"}, "Settle needs a timestamp column"),
    ({"column": "created_at", "against": "hour_of_week"}, "per: 1h"),
    ({"column": "created_at", "against": "weekday", "baseline": "14d"}, "at least 3 weeks"),
    ({"column": "created_at", "per": "1h", "flat": "90m"}, "whole periods"),
    ({"column": "created_at", "flat": "1d"}, "two or more whole periods"),
    ({"holidays": "XX"}, "holidays"),
    ({"learned": "maybe"}, "learned"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused(written: dict[str, Any], part: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        make_kind("volume", **written)
    assert part in str(refusal.value)


def test_a_rule_that_is_combined_while_it_waits_reads_its_history_anew() -> None:
    rule = daily()
    rule.check(NOW, days(*USUAL, 0))
    rule.kind = make_kind("volume", column="created_at", learned="also")
    assert rule.check(NOW + HOUR, days(*USUAL, 0), unwritten=True).verdict == "ok"
    assert rule.asked


def test_one_value_without_rows_is_no_sign_that_nothing_is_loaded() -> None:
    arrivals = make_kind("volume", column="created_at", by="country").settings
    assert Arrivals("created_at", arrivals).settle == timedelta()
