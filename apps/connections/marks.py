"""What happened to a table between two looks, where that is more than rows that were written. Pure.

A store that counts writes also tells, by its marks, a swap from an emptied table and both from counters that began
anew: all three look like a drop to whoever only compares numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

SIGN = "#"  # so that no other store's mark is taken for one of these


class Event(StrEnum):
    """`RENEWED`: other storage, which an emptied table gets as well as one that was rewritten. `UNDONE`: all that was
    counted since was rolled back."""

    REPLACED = "replaced"
    EMPTIED = "emptied"
    RENEWED = "renewed"
    RESET = "reset"
    UNDONE = "undone"


EVENT_WORDS: Mapping[Event, str] = {
    Event.REPLACED: "Another table took its name: it was swapped, or dropped and made anew.",
    Event.EMPTIED: "It was emptied (TRUNCATE).",
    Event.RENEWED: "Its storage was renewed: it was emptied and filled again, rewritten, or a partition came or went.",
    Event.RESET: "The data store's counters were reset, by a crash or by hand: what was written before is not known.",
    Event.UNDONE: "Rows were inserted and rolled back, so nothing changed.",
}


class Mark(NamedTuple):
    """The mark of a table in a store that counts writes.

    `identity` names the physical table and `storage` where its rows lie. `undone` are the counted rows that were rolled
    back, as far as that is known. `epoch` moves when counters may have begun anew: when the server started and, after a
    dot, when a person reset them. `rest` is compared and means nothing.
    """

    identity: str
    writes: int
    undone: int
    storage: str
    epoch: str
    rest: str = ""

    def __str__(self) -> str:
        return SIGN + "|".join(map(str, self))


def read_mark(text: str) -> Mark | None:
    """A mark as `str` wrote it; None for one of another store."""
    parts = text.removeprefix(SIGN).split("|")
    if not text.startswith(SIGN) or len(parts) != len(Mark._fields):
        return None
    identity, writes, undone, *others = parts
    return Mark(identity, int(writes), int(undone), *others)


def event_between(before: str, after: str, *, rows: int | None) -> Event | None:
    """What happened between two marks. `rows`: what the later look says of the number of rows.

    Counters that fell began anew, unless a part of the table was removed and took its own along. A restart that was no
    crash keeps them.
    """
    if before == after:
        return None
    old, new = read_mark(before), read_mark(after)
    if old is None or new is None:
        return None
    if new.identity != old.identity:
        return Event.REPLACED
    by_hand = _reset_at(new) != _reset_at(old)
    fell = new.writes < old.writes
    if by_hand or (fell and (new.epoch != old.epoch or new.storage == old.storage)):
        return Event.RESET
    if new.storage != old.storage:
        return Event.EMPTIED if rows == 0 and new.writes == old.writes else Event.RENEWED
    return Event.UNDONE if new.undone - old.undone == new.writes - old.writes > 0 else None


def _reset_at(mark: Mark) -> str:
    return mark.epoch.partition(".")[2]
