"""Volume by the total that the data store tells: when it is trusted, and when one real count decides."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.connections.services import Event, Trust
from apps.rules.kinds.contract import Judgement
from apps.rules.kinds.wants import CountRows
from tests.rules.kinds.watching import Contents, Watching, utc, watch

NOW = utc("2026-03-04 12:00")
HOUR = timedelta(hours=1)
ESTIMATE, EXACT, HINT = Trust.ESTIMATE, Trust.EXACT, Trust.HINT


def check(
    rule: Watching, *, told: int | None, trust: Trust, really: int, hours: int = 0, **more: Any
) -> tuple[Judgement, bool]:
    """A check of a table whose rows are `really` so many, and whether they were counted."""
    judgement = rule.check(
        NOW + HOUR * hours, Contents({None: really}), rows=told, rows_source="the store", rows_trust=trust, **more
    )
    return judgement, rule.asked == (CountRows(),)


def after_a_good_count(rows: int = 1000, **settings: Any) -> Watching:
    rule = watch("volume", **settings)
    check(rule, told=None, trust=ESTIMATE, really=rows, hours=-1)
    return rule


def test_an_exact_number_is_never_counted_again_not_even_at_first() -> None:
    rule = watch("volume")
    first, counted = check(rule, told=1000, trust=EXACT, really=-1, hours=-1)
    drop, again = check(rule, told=300, trust=EXACT, really=-1)
    assert (counted, again) == (False, False)
    assert (first.verdict, drop.verdict, drop.measured) == ("learning", "breached", 300.0)
    assert (drop.source, drop.trust) == ("the store", EXACT)


def test_a_first_estimate_is_confirmed_by_a_count() -> None:
    judgement, counted = check(watch("volume"), told=900, trust=ESTIMATE, really=1000)
    assert (counted, judgement.measured, judgement.source, judgement.trust) == (True, 1000.0, "row count", EXACT)


def test_an_estimate_that_says_all_is_well_is_enough_and_says_so() -> None:
    judgement, counted = check(after_a_good_count(), told=990, trust=ESTIMATE, really=-1)
    assert (counted, judgement.verdict, judgement.measured) == (False, "ok", 990.0)
    assert (judgement.source, judgement.trust) == ("the store", ESTIMATE)
    assert [reading.value for reading in judgement.readings] == [990.0]


@pytest.mark.parametrize("told", [0, 799, 2001])
def test_a_suspicion_on_an_estimate_is_decided_by_one_count(told: int) -> None:
    well, counted = check(after_a_good_count(), told=told, trust=ESTIMATE, really=1000)
    assert (counted, well.verdict, well.measured, well.trust) == (True, "ok", 1000.0, EXACT)
    breach, counted = check(after_a_good_count(), told=told, trust=ESTIMATE, really=told)
    assert (counted, breach.verdict, breach.source, breach.trust) == (True, "breached", "row count", EXACT)


def test_a_breach_ends_by_an_estimate_that_says_all_is_well() -> None:
    rule = after_a_good_count()
    check(rule, told=300, trust=ESTIMATE, really=300)
    _, counted = check(rule, told=310, trust=ESTIMATE, really=310, hours=1)
    back, counted_again = check(rule, told=950, trust=ESTIMATE, really=-1, hours=2)
    assert (counted, counted_again, back.verdict, back.trust) == (True, False, "ok", ESTIMATE)


def test_absolute_limits_hold_for_estimates_as_well() -> None:
    rule = after_a_good_count(at_most=1200)
    assert check(rule, told=1201, trust=ESTIMATE, really=1200)[1]
    assert not check(rule, told=1200, trust=ESTIMATE, really=-1, hours=1)[1]


@pytest.mark.parametrize("told", [None, 0, 1000])
def test_a_hint_is_never_used(told: int | None) -> None:
    judgement, counted = check(after_a_good_count(), told=told, trust=HINT, really=1000)
    assert (counted, judgement.verdict, judgement.source) == (True, "ok", "row count")


def test_a_table_that_was_not_written_keeps_the_source_of_what_is_remembered() -> None:
    rule = after_a_good_count()
    check(rule, told=990, trust=ESTIMATE, really=-1)
    judgement, counted = check(rule, told=990, trust=ESTIMATE, really=-1, hours=1, unwritten=True)
    assert (counted, judgement.source, judgement.trust, judgement.readings) == (False, "the store", ESTIMATE, ())


def test_a_memory_from_before_numbers_were_told_is_that_of_a_count() -> None:
    rule = watch("volume")
    rule.memory = {"rows": 1000, "good": 1000}
    judgement = rule.check(NOW, unwritten=True)
    assert (judgement.verdict, judgement.source, judgement.trust) == ("ok", "row count", EXACT)


@pytest.mark.parametrize(
    ("event", "rows", "words"),
    [
        (Event.REPLACED, 300, "Another table took its name: it was swapped, or dropped and made anew."),
        (Event.EMPTIED, 0, "It was emptied (TRUNCATE)."),
        (Event.RENEWED, 0, "It was emptied (TRUNCATE)."),
        (Event.RENEWED, 300, "Its storage was renewed:"),
    ],
)
def test_a_breach_names_what_happened_to_the_table_as_long_as_it_lasts(event: Event, rows: int, words: str) -> None:
    rule = after_a_good_count()
    first, _ = check(rule, told=None, trust=HINT, really=rows, event=event)
    later, _ = check(rule, told=None, trust=HINT, really=rows + 1, hours=1)
    for judgement in (first, later):
        assert words in judgement.reason
        assert words in judgement.facts["reason"]


@pytest.mark.parametrize("event", [Event.RESET, Event.UNDONE, None])
def test_counters_that_were_reset_explain_no_drop(event: Event | None) -> None:
    judgement, _ = check(after_a_good_count(), told=None, trust=HINT, really=300, event=event)
    assert judgement.facts["reason"] == ""


def test_what_happened_is_forgotten_once_the_rows_are_back() -> None:
    rule = after_a_good_count()
    check(rule, told=None, trust=HINT, really=0, event=Event.EMPTIED)
    check(rule, told=None, trust=HINT, really=1000, hours=1)
    again, _ = check(rule, told=None, trust=HINT, really=300, hours=2)
    assert again.facts["reason"] == ""


NUMBERS = st.integers(0, 3000)


@given(st.lists(st.tuples(NUMBERS, NUMBERS, st.sampled_from([None, ESTIMATE, HINT])), max_size=12))
def test_nobody_hears_of_a_breach_that_was_not_counted(checks: list[tuple[int, int, Trust | None]]) -> None:
    rule = after_a_good_count()
    for hour, (told, really, trust) in enumerate(checks):
        number = None if trust is None else told
        judgement, counted = check(rule, told=number, trust=trust or HINT, really=really, hours=hour)
        if judgement.verdict == "breached":
            assert counted
            assert (judgement.measured, judgement.trust) == (float(really), EXACT)
