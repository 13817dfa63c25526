"""What checks of a rule would have found in the past of a table. Each sort answers what a kind wants to know. Pure."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from apps.common.errors import MidwatchError
from apps.connections.services import Column
from apps.rules.backtest.lots import Lot, Steps
from apps.rules.kinds.contract import Known
from apps.rules.kinds.volume_rehearsed import Counts
from apps.rules.kinds.wants import CountBuckets, CountRows, ListColumns, NewestTime, Want

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Answers = Callable[[float, float], tuple[Any, ...]]
MANY = 4_000  # changes, beyond which those that cannot matter are not looked at


class NoPast(MidwatchError):
    """Nothing is known that a rule could be tried on; the message says why."""


@dataclass(frozen=True)
class Past(ABC):
    """`since`: from when on it is known well enough to judge; `until`: up to when. `source`: what told it, in words."""

    since: datetime
    until: datetime
    source: str

    @property
    @abstractmethod
    def events(self) -> Sequence[datetime]:
        """The moments at which a check would find something new, in order."""

    @abstractmethod
    def answer(self, want: Want, now: datetime) -> Any:
        """What a check at `now` would have read. Raises NoPast where that is not known."""

    def known(self, memory: Mapping[str, Any], before: datetime | None, now: datetime) -> Known:
        """What a check at `now` would have known without reading, when the one before was at `before`."""
        return Known(memory, unwritten=before is not None and _following(self.events, before) > now)

    def observed(self, measure: str, now: datetime) -> Sequence[tuple[datetime, float]]:
        """The observations of a measure that would have been stored before a check at `now`."""
        return ()

    def next_event(self, now: datetime, look: datetime | None) -> datetime:
        """The next moment after `now` at which there is something new; the end of all times when there is none.

        `look`: all is well and stays so until then, if nothing happens.
        """
        return _following(self.events, now)


@dataclass(frozen=True)
class ByColumn(Past):
    """Rows by the times in a column; `lots` by the value of the column that the rule tells rows apart by, else one.

    `counted`: rows are counted per period, so that not each of them makes a difference, but the end of each hour may.
    """

    lots: Mapping[str | None, Lot]
    counted: bool

    @cached_property
    def events(self) -> Sequence[datetime]:
        return sorted({at for lot in self.lots.values() for at in lot.moments})

    def largest(self, most: int) -> ByColumn:
        """The same with the `most` lots that have the most rows."""
        ranked = sorted(self.lots.items(), key=lambda pair: -pair[1].rows)
        return replace(self, lots=dict(ranked[:most]))

    def next_event(self, now: datetime, look: datetime | None) -> datetime:
        if self.counted:
            return look or now.replace(minute=0, second=0, microsecond=0) + HOUR
        following = super().next_event(now, look)
        if look is None or following > look or len(self.events) <= MANY:
            return following
        # A newer row never makes a table late: of those before it could be late, the last tells as much as all.
        return self.events[bisect_right(self.events, look) - 1]

    def answer(self, want: Want, now: datetime) -> Any:
        if not isinstance(want, NewestTime | CountBuckets):
            raise _unknown(want)
        if want.scope.by:
            return {key: self._told(lot, want, now) for key, lot in self.lots.items() if lot.newest(now).at}
        return self._told(self.lots.get(None, Lot(())), want, now)

    def _told(self, lot: Lot, want: NewestTime | CountBuckets, now: datetime) -> Any:
        return lot.newest(now) if isinstance(want, NewestTime) else Counts(lot.counts, want.start, now, self.until)

    def observed(self, measure: str, now: datetime) -> Sequence[tuple[datetime, float]]:
        lot = self.lots.get(None)
        return _changes(lot, now) if lot and measure == "changed" and not self.counted else ()


@dataclass(frozen=True)
class ByStore(Past):
    """Changes that the data store told without a column."""

    changes: Lot

    @property
    def events(self) -> Sequence[datetime]:
        return self.changes.moments

    def answer(self, want: Want, now: datetime) -> Any:
        raise _unknown(want)

    def known(self, memory: Mapping[str, Any], before: datetime | None, now: datetime) -> Known:
        changed = self.changes.newest(now).at
        return Known(memory, changed_at=changed, watched_since=self.since, change_source="the data store's metadata")

    def observed(self, measure: str, now: datetime) -> Sequence[tuple[datetime, float]]:
        return _changes(self.changes, now) if measure == "changed" else ()


@dataclass(frozen=True)
class ByNumber(Past):
    """Numbers that checks found: of rows, and of what a rule measured. `answers` tells from what was measured and the
    number of rows what had been answered to `wanted`, in their order."""

    rows: Steps[float]
    numbers: Steps[float]
    wanted: tuple[Want, ...] = ()
    answers: Answers | None = None

    @cached_property
    def events(self) -> Sequence[datetime]:
        return sorted({*self.rows.moments, *self.numbers.moments})

    def next_event(self, now: datetime, look: datetime | None) -> datetime:
        return min(super().next_event(now, look), now + DAY)  # some kinds remember a number for each day

    def answer(self, want: Want, now: datetime) -> Any:
        rows, number = self.rows.at(now), self.numbers.at(now)
        if isinstance(want, CountRows) and rows is not None:
            return int(rows)
        if want in self.wanted and self.answers and number is not None and rows is not None:
            return self.answers(number, rows)[self.wanted.index(want)]
        raise _unknown(want)

    def observed(self, measure: str, now: datetime) -> Sequence[tuple[datetime, float]]:
        steps = zip(self.rows.moments, self.rows.values, strict=True)
        return [(at, rows) for at, rows in steps if at < now] if measure == "row_count" else ()


@dataclass(frozen=True)
class ByColumns(Past):
    """The columns as the catalogue saw them."""

    versions: Steps[tuple[Column, ...]]

    @property
    def events(self) -> Sequence[datetime]:
        return self.versions.moments

    def answer(self, want: Want, now: datetime) -> Any:
        columns = self.versions.at(now)
        if not isinstance(want, ListColumns) or columns is None:
            raise _unknown(want)
        return columns


def _following(events: Sequence[datetime], now: datetime) -> datetime:
    place = bisect_right(events, now)
    return events[place] if place < len(events) else datetime.max.replace(tzinfo=now.tzinfo)


def _changes(lot: Lot, now: datetime) -> list[tuple[datetime, float]]:
    return [(at, at.timestamp()) for at in lot.moments if at < now]


def _unknown(want: Want) -> NoPast:
    return NoPast(f"What this rule looks at ({type(want).__name__}) is not known of the past.")
