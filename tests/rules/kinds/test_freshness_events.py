"""Freshness by the data store's own account: what is said of swaps, emptied tables, undone loads and reset counters."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.connections.services import EVENT_WORDS, Event
from tests.rules.kinds.watching import Watching, utc, watch

START = utc("2026-03-04 02:00")
MINUTE = timedelta(minutes=1)


def watching() -> Watching:
    """A rule that has seen a change at 02:00."""
    rule = watch("freshness", every="1h", tolerance="10m")
    rule.check(START, changed_at=START, watched_since=START - timedelta(days=1))
    return rule


def later(rule: Watching, minutes: int, event: Event | None = None) -> tuple[str, str, str]:
    """The verdict, the reason and the remark of the message so many minutes after the change."""
    found = rule.check(START + minutes * MINUTE, changed_at=START, watched_since=START - timedelta(days=1), event=event)
    return found.verdict, found.reason, found.facts.get("reason", "")


@pytest.mark.parametrize("event", [Event.EMPTIED, Event.RENEWED, Event.UNDONE])
def test_what_is_no_load_does_not_make_the_table_fresh_and_is_named_in_the_message(event: Event) -> None:
    rule = watching()
    assert later(rule, 60, event) == ("ok", EVENT_WORDS[event], "")
    assert later(rule, 65) == ("ok", "", "")
    verdict, reason, remark = later(rule, 71)
    assert verdict == "breached"
    words = f"{EVENT_WORDS[event]} That was noticed at 4 Mar 2026, 03:00 (UTC)."
    assert words in reason
    assert remark == words


def test_a_change_puts_an_end_to_what_happened_before_it() -> None:
    rule = watching()
    later(rule, 60, Event.EMPTIED)
    rule.check(START + 61 * MINUTE, changed_at=START + 61 * MINUTE, watched_since=START)
    stale = rule.check(START + 200 * MINUTE, changed_at=START + 61 * MINUTE, watched_since=START)
    assert (stale.verdict, "emptied" in stale.reason) == ("breached", False)
    assert "happened" not in rule.memory


def test_a_swap_is_a_change_and_is_said_to_be_one() -> None:
    rule = watching()
    swapped = START + 30 * MINUTE
    found = rule.check(swapped, changed_at=swapped, watched_since=START, event=Event.REPLACED)
    assert (found.verdict, found.reason) == ("ok", EVENT_WORDS[Event.REPLACED])


def test_counters_that_were_reset_are_named_while_nothing_is_known() -> None:
    rule = watch("freshness", every="1h", tolerance="10m")
    rule.check(START, watched_since=START - timedelta(days=1))
    reset = START + 10 * MINUTE
    first = rule.check(reset, watched_since=reset, event=Event.RESET)
    again = rule.check(reset + 20 * MINUTE, watched_since=reset)
    assert (first.verdict, again.verdict) == ("learning", "learning")
    for found in (first, again):
        assert "only since 4 Mar 2026, 02:10 (UTC)" in found.reason
        assert "counters were reset, by a crash or by hand: what was written before is not known." in found.reason
    stale = rule.check(reset + 71 * MINUTE, watched_since=reset)
    assert stale.verdict == "breached"
    assert "counters were reset" in stale.facts["reason"]
