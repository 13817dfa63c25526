"""Volume by arrivals, from check to check: what is read again, what is remembered, what a person accepted."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from apps.rules.kinds.contract import Known
from apps.rules.kinds.wants import CountBuckets
from tests.rules.kinds import watching
from tests.rules.kinds.watching import Contents, daily, make_kind, utc

NOW = utc("2026-03-04 12:00")
DAY = timedelta(days=1)
NOON_YESTERDAY = NOW - DAY
days = partial(watching.days, last=NOON_YESTERDAY)
usual = partial(watching.usual, last=NOON_YESTERDAY)


def test_the_open_period_is_not_judged_and_a_judged_one_is_not_read_again() -> None:
    rule, contents = daily(), usual(1000)
    first = rule.check(NOW, contents)
    contents.rows[NOW] = 50_000
    again = rule.check(NOW + timedelta(hours=6), contents)
    assert rule.asked == ()
    assert (again.verdict, again.measured, again.low, again.readings) == ("ok", first.measured, first.low, ())


def test_a_closed_day_is_judged_minutes_after_its_end() -> None:
    rule, contents = daily(), usual(1000)
    contents.rows[NOW] = 300
    first = rule.check(NOW, contents)
    assert first.next_look_at == utc("2026-03-05 00:05")
    assert rule.check(utc("2026-03-05 00:04"), contents).facts["period_start"] == "2026-03-03T00:00:00+00:00"
    after = rule.check(utc("2026-03-05 00:05"), contents)
    assert (after.verdict, after.facts["period_start"]) == ("breached", "2026-03-04T00:00:00+00:00")


def test_rows_that_come_late_are_counted() -> None:
    rule, contents = daily(), usual(1000)
    rule.check(NOW, contents)
    contents.rows |= {NOON_YESTERDAY: 1100, NOW: 1000}
    later = rule.check(NOW + DAY, contents)
    assert rule.asked == (CountBuckets("created_at", 3600, utc("2026-03-02 00:00")),)
    assert [(reading.at, reading.value) for reading in later.readings] == [
        (utc("2026-03-03 00:00"), 1100.0),
        (utc("2026-03-04 00:00"), 1000.0),
    ]


def test_a_day_without_rows_is_kept_as_a_reading_of_nothing() -> None:
    rule, contents = daily(), usual(1000)
    rule.check(NOW, contents)
    contents.rows[NOW + DAY] = 1
    assert [reading.value for reading in rule.check(NOW + DAY, contents).readings] == [0.0]


def test_late_rows_may_show_that_the_table_began_earlier() -> None:
    rule, contents = daily(), days(1000)
    rule.check(NOW, contents)
    contents.rows |= {NOON_YESTERDAY + DAY * ahead: 1000 for ahead in (-1, 1, 2, 3)}
    verdicts = [rule.check(NOW + DAY * ahead, contents).verdict for ahead in (1, 2, 3)]
    assert verdicts == ["learning", "learning", "ok"]


def test_a_drop_ends_when_the_missing_rows_come_late() -> None:
    rule, contents = daily(), usual(300)
    assert rule.check(NOW, contents).next_look_at == NOW + timedelta(minutes=10)
    contents.rows[NOON_YESTERDAY] = 1000
    back = rule.check(NOW + timedelta(minutes=10), contents)
    assert (back.verdict, back.facts["rows"]) == ("ok", 1000)


def test_a_breach_of_an_unwritten_table_stays_without_reading() -> None:
    rule, contents = daily(), usual(300)
    rule.check(NOW, contents)
    again = rule.check(NOW + timedelta(minutes=10), contents, unwritten=True)
    assert (rule.asked, again.verdict, again.measured) == ((), "breached", 300.0)


def test_after_a_long_pause_only_the_last_day_is_judged_and_the_days_between_are_known() -> None:
    rule, contents = daily(), usual(1000)
    rule.check(NOW, contents)
    contents.rows |= {NOON_YESTERDAY + DAY * ahead: 1000 for ahead in range(1, 9)}
    judgement = rule.check(NOW + DAY * 8, contents)
    assert (judgement.verdict, judgement.low, len(judgement.readings)) == ("ok", 800.0, 8)


def test_memory_stays_as_long_as_the_baseline() -> None:
    rule, contents = daily(baseline="7d"), Contents({})
    for ahead in range(60):
        contents.rows[NOW + DAY * ahead] = 1000
        rule.check(NOW + DAY * (ahead + 1), contents)
    assert len(rule.memory["history"]["counts"]) == 9
    assert rule.check(NOW + DAY * 61, contents).low == 800.0


def test_limits_that_changed_judge_what_is_remembered() -> None:
    rule, contents = daily(), usual(850)
    rule.check(NOW, contents)
    rule.kind = make_kind("volume", column="created_at", drop="10%")
    judgement = rule.check(NOW + timedelta(hours=1), contents, unwritten=True)
    assert (rule.asked, judgement.verdict) == ((), "breached")


@pytest.mark.parametrize("change", [{"column": "updated_at"}, {"per": "1h"}, {"baseline": "60d"}])
def test_another_column_period_or_baseline_reads_history_anew(change: dict[str, Any]) -> None:
    rule = daily()
    rule.check(NOW, usual(1000))
    rule.kind = make_kind("volume", **{"column": "created_at", **change})
    judgement = rule.check(NOW, usual(1000))
    assert len(rule.asked) == 1
    assert len(judgement.readings) > 30


def test_a_closed_incident_accepts_the_period_and_not_the_next() -> None:
    rule, contents = daily(), usual(300)
    rule.check(NOW, contents)
    accepted = rule.check(NOW + timedelta(minutes=1), contents, accepted=True)
    assert (accepted.verdict, "a person accepted it" in accepted.reason) == ("ok", True)
    assert rule.check(NOW + timedelta(hours=5), contents).verdict == "ok"
    contents.rows[NOW] = 300
    assert rule.check(NOW + DAY, contents).verdict == "breached"


def test_a_period_that_closes_between_asking_and_judging_does_no_harm() -> None:
    rule, contents = daily(), usual(1000)
    asked_at, judged_at = utc("2026-03-04 00:04"), utc("2026-03-04 00:06")
    wants = rule.kind.wants(rule.subject, Known({}), asked_at)
    answers = {want: contents.answer(want, asked_at) for want in wants}
    judgement = rule.judge_with(answers, judged_at)
    assert judgement.facts["period_start"] == "2026-03-02T00:00:00+00:00"
