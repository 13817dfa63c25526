"""Volume by the table's total rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from apps.rules.kinds.contract import Judgement
from apps.rules.kinds.wants import CountRows
from tests.rules.kinds.watching import Contents, Watching, make_kind, utc, watch

NOW = utc("2026-03-04 12:00")
HOUR = timedelta(hours=1)


def holding(rows: int) -> Contents:
    return Contents({None: rows})


def after_a_good_check(rows: int = 1000, **settings: Any) -> Watching:
    rule = watch("volume", **settings)
    rule.check(NOW - HOUR, holding(rows))
    return rule


def judged(rows: int, **settings: Any) -> Judgement:
    return after_a_good_check(**settings).check(NOW, holding(rows))


def test_the_first_look_is_learning() -> None:
    judgement = watch("volume").check(NOW, holding(1000))
    assert (judgement.verdict, judgement.measured) == ("learning", 1000.0)
    assert judgement.reason == "main.orders has 1,000 rows; the next check compares with this count."


@pytest.mark.parametrize(
    ("rows", "verdict"), [(799, "breached"), (800, "ok"), (1000, "ok"), (2000, "ok"), (2001, "breached")]
)
def test_the_total_is_compared_with_the_last_good_one(rows: int, verdict: str) -> None:
    assert judged(rows).verdict == verdict


@pytest.mark.parametrize(("rows", "verdict"), [(490, "breached"), (500, "ok"), (3000, "ok")])
def test_a_limit_on_one_side(rows: int, verdict: str) -> None:
    assert judged(rows, drop="50%", spike=None).verdict == verdict


def test_a_breach_has_all_facts() -> None:
    judgement = judged(350)
    assert judgement.facts == {
        "situation": "drop",
        "rows": 350,
        "expected_rows": 1000.0,
        "low": 800.0,
        "high": 2000.0,
        "difference_percent": -65.0,
        "per": None,
        "period_start": None,
        "period_end": None,
        "baseline_words": "the last good count",
        "reason": "",
    }
    assert judgement.reason == (
        "main.orders has 350 rows, 65 % below the last good count (1,000); "
        "the rule alerts at fewer than 800 or more than 2,000 rows."
    )


def test_slow_growth_never_alerts() -> None:
    rule, rows = after_a_good_check(), 1000
    for hour in range(60):
        rows += rows // 5
        assert rule.check(NOW + HOUR * hour, holding(rows)).verdict == "ok"


def test_a_breach_lasts_until_the_rows_are_back() -> None:
    rule = after_a_good_check()
    verdicts = [rule.check(NOW + HOUR * hour, holding(rows)).verdict for hour, rows in enumerate((300, 310, 790, 950))]
    assert verdicts == ["breached", "breached", "breached", "ok"]


def test_a_closed_incident_makes_the_present_total_normal() -> None:
    rule = after_a_good_check()
    rule.check(NOW, holding(300))
    accepted = rule.check(NOW + HOUR, holding(300), accepted=True)
    assert (accepted.verdict, "new normal" in accepted.reason) == ("ok", True)
    assert rule.check(NOW + HOUR * 2, holding(310)).verdict == "ok"


def test_an_unwritten_table_is_not_counted_again() -> None:
    rule = after_a_good_check()
    rule.check(NOW, holding(300))
    again = rule.check(NOW + HOUR, unwritten=True)
    assert (rule.asked, again.verdict, again.measured) == ((), "breached", 300.0)


def test_a_written_table_is_counted() -> None:
    rule = after_a_good_check()
    rule.check(NOW, holding(1010))
    assert rule.asked == (CountRows(),)


def test_percentages_of_nothing_say_nothing() -> None:
    rule = after_a_good_check(0, at_most=5000)
    assert rule.check(NOW, holding(4000)).verdict == "ok"
    assert rule.check(NOW + HOUR, holding(6000)).verdict == "breached"


@pytest.mark.parametrize(("rows", "verdict"), [(99, "breached"), (100, "ok"), (500, "ok"), (501, "breached")])
def test_absolute_limits_hold_from_the_first_look_on(rows: int, verdict: str) -> None:
    rule = watch("volume", drop=None, spike=None, at_least=100, at_most=500)
    assert rule.check(NOW, holding(rows)).verdict == verdict


def test_a_reading_is_kept_when_the_total_changed() -> None:
    rule = after_a_good_check()
    same, more = rule.check(NOW, holding(1000)), rule.check(NOW + HOUR, holding(1001))
    assert same.readings == ()
    assert [(reading.measure, reading.at, reading.value) for reading in more.readings] == [
        ("row_count", NOW + HOUR, 1001.0)
    ]


def test_a_breach_is_looked_at_again_soon() -> None:
    assert judged(300).next_look_at == NOW + timedelta(minutes=10)
    assert judged(1000).next_look_at is None
    assert make_kind("volume").check_every == HOUR
