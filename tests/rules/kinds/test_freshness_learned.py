"""Freshness with a wait that is learned from the table's own loads."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.rules.bands.marks import Mark, Marks
from apps.rules.kinds.contract import Judgement, Known
from tests.rules.kinds.watching import Contents, Watching, utc, watch

NIGHT = utc("2026-03-04 02:00")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def loaded(rule: Watching, *, loads: int = 20, last: int = 0) -> None:
    """Check every load of the nights up to `last` nights before the fourth of March."""
    for back in range(loads + last - 1, last - 1, -1):
        at = NIGHT - DAY * back
        rule.check(at + 10 * timedelta(minutes=1), Contents({at: 1}))


def look(rule: Watching, hours: float) -> Judgement:
    return rule.check(NIGHT + HOUR * hours, Contents({NIGHT: 1}))


def nightly(how: str) -> Watching:
    return watch("freshness", every="2d", tolerance="1h", column="updated_at", learned=how)


@pytest.mark.parametrize(("how", "verdict"), [("beside", "ok"), ("also", "breached"), ("instead", "breached")])
def test_thirty_hours_are_too_long_for_a_nightly_table_where_that_alerts(how: str, verdict: str) -> None:
    rule = nightly(how)
    loaded(rule)
    assert look(rule, 24).verdict == "ok"
    judgement = look(rule, 30)
    assert judgement.verdict == verdict
    if verdict == "breached":
        assert judgement.facts["situation"] == "stale"
        assert judgement.facts["age_seconds"] == 30 * 3600
        assert judgement.facts["allowed_seconds"] < 30 * 3600
        assert "by its own history the limit is 1 day" in judgement.reason


def test_swapped_the_declared_wait_no_longer_fires_once_it_is_learned() -> None:
    rule = watch("freshness", every="1h", tolerance="10m", column="updated_at", learned="instead")
    loaded(rule, loads=3)
    assert look(rule, 5).verdict == "breached"
    assert "learning, 2 of 4" in rule.sentence
    rule.memory = {}
    loaded(rule, loads=20)
    assert look(rule, 5).verdict == "ok"
    assert rule.sentence.startswith(
        "Alerts if main.orders has not changed for unusually long, by its own history: last 1 day"
    )


def test_combined_the_declared_wait_still_fires() -> None:
    rule = watch("freshness", every="1h", tolerance="10m", column="updated_at", learned="also")
    loaded(rule)
    assert look(rule, 5).verdict == "breached"
    assert "It also alerts after an unusual wait by its own history: last 1 day" in rule.sentence


def test_the_next_look_comes_when_the_learned_wait_is_over() -> None:
    rule = nightly("also")
    loaded(rule)
    limit = rule.memory["learned"][3]
    assert look(rule, 1).next_look_at == NIGHT + timedelta(seconds=limit)


def test_loads_that_were_stored_before_are_learned_from() -> None:
    rule = nightly("also")
    past = tuple((NIGHT - DAY * back, (NIGHT - DAY * back).timestamp()) for back in range(20, -1, -1))
    known = Known({}, past=past)
    answers = {want: Contents({NIGHT: 1}).answer(want, NIGHT + 30 * HOUR)
               for want in rule.kind.wants(rule.subject, known, NIGHT + 30 * HOUR)}  # fmt: skip
    assert rule.kind.wants_past({})
    assert rule.kind.judge(rule.subject, known, answers, NIGHT + 30 * HOUR, accepted=False).verdict == "breached"


def test_what_was_said_is_taken_into_account_at_the_next_look() -> None:
    rule = nightly("also")
    loaded(rule, loads=10, last=5)
    look(rule, 1)
    before = rule.memory["learned"][3]
    known = Known(rule.memory, unwritten=True, marks=Marks((Mark("ignore", NIGHT - 5 * DAY, NIGHT),)))
    judgement = rule.kind.judge(rule.subject, known, {}, NIGHT + 2 * HOUR, accepted=False)
    assert judgement.memory["learned"][3] < before


def test_the_band_tells_how_long_the_present_wait_may_last() -> None:
    rule = nightly("beside")
    past = [(NIGHT - DAY * back, 0.0) for back in range(20, -1, -1)]
    reading = rule.kind.band(rule.subject, past, Marks(), NIGHT + 30 * HOUR, shown=9).reading
    assert reading
    assert reading.alarmed
    assert reading.reason.startswith("The last change was 1 day 6 h ago; by its own history the limit is 1 day")
