"""How many changes of a table were noticed: its rhythm, known before any rule watches it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from apps.connections.engines.contract import Look
from apps.connections.names import TableName
from apps.connections.watch import Watch, advance, vanish

NIGHT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
FIRST = Look(TableName("main", "orders"), "table", mark="a", identity="1", writes=100)
TOLD = FIRST._replace(writes=None, changed_at=NIGHT - timedelta(hours=1))


def watched(*looks: Look, prints: tuple[str, ...] = ()) -> Watch:
    """The watch after these looks, a minute apart."""
    watch: Watch | None = None
    for minute, look in enumerate(looks):
        mark = prints[minute] if prints else ""
        watch = advance(watch, look, fingerprint=mark, now=NIGHT + timedelta(minutes=minute))
    assert watch is not None
    return watch


@pytest.mark.parametrize(
    ("looks", "changes"),
    [
        ([FIRST], 0),
        ([FIRST, FIRST], 0),
        ([FIRST, FIRST._replace(mark="b", writes=101), FIRST._replace(mark="c", writes=150)], 2),
        ([FIRST, FIRST._replace(mark="b", identity="2", writes=3)], 1),
        ([TOLD, TOLD._replace(mark="b", changed_at=NIGHT), TOLD._replace(mark="b", changed_at=NIGHT)], 1),
        ([FIRST, FIRST._replace(mark="b")], 0),
    ],
)
def test_each_change_that_is_noticed_counts_once(looks: list[Look], changes: int) -> None:
    assert watched(*looks).changes == changes


def test_the_count_begins_anew_with_the_watch() -> None:
    counted = watched(FIRST, FIRST._replace(mark="b", writes=150), FIRST._replace(mark="c", writes=2))
    assert (counted.changes, counted.watched_since) == (0, NIGHT + timedelta(minutes=2))


def test_changes_by_fingerprint_count_from_the_second_on() -> None:
    looks = [FIRST._replace(writes=None, mark=mark) for mark in "abcd"]
    assert watched(*looks, prints=("", "x", "y", "y")).changes == 1


def test_a_table_that_vanishes_keeps_its_count() -> None:
    counted = watched(FIRST, FIRST._replace(mark="b", writes=150))
    assert vanish(counted, now=NIGHT).changes == 1
