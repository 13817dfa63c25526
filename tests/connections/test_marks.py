"""What two marks tell of what happened to a table between them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.connections.engines.contract import Look
from apps.connections.marks import EVENT_WORDS, Event, Mark, event_between, read_mark
from apps.connections.names import TableName
from apps.connections.watch import advance

BEFORE = Mark("16401", 100, 5, "16401.7", "1790000000000.1780000000000", "33")
START = datetime(2026, 11, 21, 2, tzinfo=UTC)
LATER = START + timedelta(minutes=5)
RESTARTED, RESET_BY_HAND = "1790000000001.1780000000000", "1790000000000.1790000000001"


def between(*, rows: int | None = None, **changes: object) -> Event | None:
    return event_between(str(BEFORE), str(BEFORE._replace(**changes)), rows=rows)  # type: ignore[arg-type]


def test_rows_that_were_written_are_no_event() -> None:
    assert between() is None
    assert between(writes=101, rest="34") is None


def test_another_identity_is_another_table_whatever_its_counter_says() -> None:
    assert between(identity="16555", writes=3, storage="16555.7") is Event.REPLACED


@pytest.mark.parametrize(("rows", "event"), [(0, Event.EMPTIED), (None, Event.RENEWED), (5, Event.RENEWED)])
def test_new_storage_without_a_write_is_an_emptied_table_when_no_rows_are_left(rows: int | None, event: Event) -> None:
    assert between(storage="16777.7", rows=rows) is event


def test_an_emptied_table_that_was_filled_again_got_new_storage() -> None:
    assert between(storage="16777.7", writes=150, rows=0) is Event.RENEWED


@pytest.mark.parametrize(
    "changes",
    [{"writes": 0, "epoch": RESTARTED}, {"writes": 99}, {"writes": 100, "epoch": RESET_BY_HAND},
     {"writes": 500, "epoch": RESET_BY_HAND}, {"writes": 0, "epoch": RESTARTED, "storage": "16777.7"}],
    ids=["a crash", "one table", "back to the same number", "beyond it", "a crash and a truncate"],
)  # fmt: skip
def test_counters_that_began_anew_are_a_reset(changes: dict[str, object]) -> None:
    assert between(**changes) is Event.RESET  # type: ignore[arg-type]


def test_a_restart_that_was_no_crash_is_no_event() -> None:
    assert between(epoch=RESTARTED) is None


def test_a_partition_that_takes_its_counter_along_is_no_reset() -> None:
    assert between(writes=60, storage="16401.3", rest="11") is Event.RENEWED


@pytest.mark.parametrize("mark", ["", "1790|5|3|7", "16401|100|16401.7|1790", "#16401|100"])
def test_marks_of_other_stores_tell_no_event(mark: str) -> None:
    assert read_mark(mark) is None
    assert event_between(mark, str(BEFORE), rows=0) is None
    assert event_between(str(BEFORE), mark, rows=0) is None


@pytest.mark.parametrize(("undone", "event"), [(15, Event.UNDONE), (5, None), (14, None), (16, None), (-5, None)])
def test_ten_rows_that_were_counted_and_all_undone_are_no_write(undone: int, event: Event | None) -> None:
    assert between(writes=110, undone=undone) is event
    watch = advance(None, _look(BEFORE), fingerprint="", now=START)
    after = advance(watch, _look(BEFORE._replace(writes=110, undone=undone)), fingerprint="", now=LATER)
    assert after.changed_at == (LATER if event is None else None)


def test_the_number_of_live_rows_that_is_corrected_is_no_write_and_undoes_none() -> None:
    assert between(undone=9) is None


def test_every_event_has_words() -> None:
    assert set(EVENT_WORDS) == set(Event)


@pytest.mark.parametrize(("writes", "changed"), [(0, None), (3, LATER), (100, LATER), (500, LATER)])
def test_what_was_counted_since_a_reset_is_a_change_and_the_watch_begins_anew(
    writes: int, changed: datetime | None
) -> None:
    after = BEFORE._replace(writes=writes, epoch=RESET_BY_HAND)
    watch = advance(None, _look(BEFORE), fingerprint="", now=START)
    known = advance(watch, _look(after), fingerprint="", now=LATER)
    assert (known.watched_since, known.changed_at) == (LATER, changed)


def test_a_removed_partition_begins_the_watch_anew_and_is_no_change() -> None:
    watch = advance(None, _look(BEFORE), fingerprint="", now=START)
    known = advance(watch, _look(BEFORE._replace(writes=60, storage="16401.3")), fingerprint="", now=LATER)
    assert (known.watched_since, known.changed_at) == (LATER, None)


def _look(mark: Mark) -> Look:
    return Look(TableName("main", "orders"), "table", str(mark), mark.identity, mark.writes)


WORDS = st.text(st.characters(exclude_characters="|", exclude_categories=["Cs"]), max_size=20)
MARKS = st.builds(Mark, WORDS, st.integers(0, 2**63), st.integers(-(2**62), 2**62), WORDS, WORDS, WORDS)


@given(MARKS)
def test_a_mark_is_read_as_it_was_written(mark: Mark) -> None:
    assert read_mark(str(mark)) == mark
