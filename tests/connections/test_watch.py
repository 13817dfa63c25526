"""What two looks at a table say about its changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from apps.connections.engines.contract import Look
from apps.connections.names import TableName
from apps.connections.watch import Watch, advance, vanish

START = datetime(2026, 11, 21, 2, tzinfo=UTC)
LATER = START + timedelta(minutes=5)
ORDERS = TableName("main", "orders")


def look(*, mark: str = "m1", identity: str = "1", writes: int | None = 100) -> Look:
    return Look(ORDERS, "table", mark=mark, identity=identity, writes=writes)


def watched(first: Look, *, fingerprint: str = "") -> Watch:
    return advance(None, first, fingerprint=fingerprint, now=START)


def test_a_first_look_only_begins_the_watch() -> None:
    watch = watched(look())
    assert watch.watched_since == START
    assert watch.changed_at is None


def test_a_counter_that_grew_is_a_change() -> None:
    after = advance(watched(look()), look(mark="m2", writes=101), fingerprint="", now=LATER)
    assert after.changed_at == LATER
    assert after.watched_since == START


def test_the_same_look_changes_nothing_and_is_not_stored_again() -> None:
    before = watched(look())
    assert advance(before, look(), fingerprint="", now=LATER) is before


def test_a_counter_that_fell_is_a_reset_and_the_watch_begins_anew() -> None:
    before = advance(watched(look()), look(mark="m2", writes=150), fingerprint="", now=START)
    after = advance(before, look(mark="m3", writes=0), fingerprint="", now=LATER)
    assert after.changed_at is None
    assert after.watched_since == LATER


def test_another_table_under_the_same_name_is_a_change_even_with_fewer_writes() -> None:
    after = advance(watched(look()), look(mark="m2", identity="2", writes=3), fingerprint="", now=LATER)
    assert after.changed_at == LATER


def test_a_later_time_is_a_change_even_when_the_mark_stayed() -> None:
    before = watched(look()._replace(changed_at=START))
    after = advance(before, look()._replace(changed_at=LATER), fingerprint="", now=LATER)
    assert (after.changed_at, after.watched_since) == (LATER, START)


def test_a_counter_that_is_no_longer_told_ends_what_is_known() -> None:
    before = advance(watched(look()), look(mark="m2", writes=101), fingerprint="", now=START)
    after = advance(before, look(mark="", writes=None), fingerprint="", now=LATER)
    assert (after.changed_at, after.watched_since, after.tells_changes) == (None, LATER, False)


def test_a_rewrite_without_a_write_is_no_change() -> None:
    after = advance(watched(look()), look(mark="m2"), fingerprint="", now=LATER)
    assert after.changed_at is None
    assert after.mark == "m2"


@pytest.mark.parametrize(("before", "after", "changed"), [("a", "b", LATER), ("a", "a", None), ("", "b", None)])
def test_fingerprints_are_compared_from_the_second_on(before: str, after: str, changed: datetime | None) -> None:
    first = watched(look(writes=None), fingerprint=before)
    assert advance(first, look(mark="m2", writes=None), fingerprint=after, now=LATER).changed_at == changed


def test_the_watch_by_fingerprint_begins_with_the_first_fingerprint() -> None:
    first = watched(look(writes=None))
    assert not first.tells_changes
    after = advance(first, look(mark="m2", writes=None), fingerprint="a", now=LATER)
    assert after.watched_since == LATER
    assert after.tells_changes


def test_a_store_that_begins_to_count_begins_a_new_watch() -> None:
    first = watched(look(mark="", writes=None))
    after = advance(first, look(), fingerprint="", now=LATER)
    assert (after.watched_since, after.changed_at) == (LATER, None)


def test_a_table_that_vanished_keeps_the_time_when_it_did() -> None:
    gone = vanish(watched(look()), now=LATER)
    assert gone.gone_at == LATER
    assert vanish(gone, now=LATER + timedelta(minutes=5)) is gone
    assert advance(gone, look(mark="m2", writes=120), fingerprint="", now=LATER).gone_at is None


def told(at: datetime, *, mark: str = "m1") -> Look:
    """A look at a store that tells when a table was written."""
    return Look(ORDERS, "table", mark=mark, identity="1", changed_at=at)


def test_a_time_that_the_store_tells_is_known_from_the_first_look_on() -> None:
    first = watched(told(START - timedelta(days=3)))
    assert first.changed_at == START - timedelta(days=3)
    assert (first.tells_changes, first.compares) == (True, False)


def test_a_time_that_the_store_tells_wins_over_the_moment_of_the_look() -> None:
    after = advance(watched(told(START)), told(START + timedelta(minutes=1), mark="m2"), fingerprint="", now=LATER)
    assert after.changed_at == START + timedelta(minutes=1)
    assert after.looked_at == LATER


def test_the_same_time_told_again_is_not_stored_again() -> None:
    first = watched(told(START))
    assert advance(first, told(START), fingerprint="", now=LATER) is first


def test_a_table_swapped_in_changed_when_the_store_says_so() -> None:
    swapped = told(START + timedelta(minutes=2))._replace(identity="2")
    assert advance(watched(told(START)), swapped, fingerprint="", now=LATER).changed_at == START + timedelta(minutes=2)


def checked(at: datetime, size: str, *, identity: str = "1") -> Look:
    """A look at a store whose time moves without a write too, so that it tells what the write would have changed."""
    return Look(ORDERS, "table", mark=f"{at}|{size}", identity=identity, changed_at=at, fingerprint=size)


def test_a_table_whose_time_moved_but_not_its_fingerprint_was_touched_and_not_written() -> None:
    after = advance(watched(checked(START, "10")), checked(LATER, "10"), fingerprint="", now=LATER)
    assert (after.changed_at, after.changes) == (START, 0)
    assert after.mark == f"{LATER}|10"  # what is read of it is read again all the same


def test_a_table_that_was_touched_is_stored_once() -> None:
    touched = advance(watched(checked(START, "10")), checked(LATER, "10"), fingerprint="", now=LATER)
    assert advance(touched, checked(LATER, "10"), fingerprint="", now=LATER + timedelta(minutes=5)) is touched


def test_a_fingerprint_that_moved_is_a_change_at_the_time_that_the_store_tells() -> None:
    told_at = START + timedelta(minutes=1)
    after = advance(watched(checked(START, "10")), checked(told_at, "11"), fingerprint="", now=LATER)
    assert (after.changed_at, after.changes, after.watched_since) == (told_at, 1, START)


def test_a_table_made_anew_is_a_change_even_when_it_has_the_same_size() -> None:
    after = advance(watched(checked(START, "10")), checked(LATER, "10", identity="2"), fingerprint="", now=LATER)
    assert (after.changed_at, after.changes) == (LATER, 1)
