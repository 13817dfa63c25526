"""Single SELECTs over one table: how each is written, what its rows answer, and what has to be read after it. Pure.

Of a table that is partitioned by the very column whose newest time is wanted, the newest days are read first, and all
of it only when nothing stands in them. Any other SELECT on a partitioned table reads all of it, with a filter that
takes every row in where the store insists on one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from apps.connections.services import Column, Dialect, TableName
from apps.rules.asks import Ask
from apps.rules.kinds.contract import CountBuckets, CountRows, Newest, NewestTime, Want
from apps.rules.statements import Part, TimeColumn, bucket_select, future_select, scalar_select

FIRST_LOOK = timedelta(days=7)  # how far back the newest time is looked for when nothing is known
OVERLAP = timedelta(days=1)  # days are cut in the store's own way
EARLIEST = datetime(1, 1, 3, tzinfo=UTC)  # of what can be reckoned back from
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Reading(ABC):
    """`partition` is the column that the table is partitioned by, where filters on it matter; `part`: what is read."""

    ask: Ask
    partition: TimeColumn | None
    part: Part | None

    @property
    def table(self) -> TableName:
        return self.ask.table

    @property
    @abstractmethod
    def shape(self) -> Hashable:
        """Readings of one shape can stand in one UNION: their columns are of the same types."""

    @abstractmethod
    def select(self, sql: Dialect, index: int, now: datetime) -> str: ...

    @abstractmethod
    def answers(self, rows: Sequence[Row]) -> Mapping[Want, Any]: ...

    @property
    @abstractmethod
    def answering(self) -> Sequence[Want]:
        """The wants that it answers."""

    def again(self, answers: Mapping[Want, Any], now: datetime) -> Sequence[Reading]:
        """What these answers make necessary to read; what it answers is not answered yet."""
        return ()

    @property
    def filtered(self) -> Reading | None:
        """The same with the filter that a store may insist on; None when it has one, or none is known."""
        return replace(self, part=Part(self.partition)) if self.partition and not self.part else None


@dataclass(frozen=True, slots=True)
class Scalars(Reading):
    """The number of rows, and the newest times of columns (None in `columns`: the number of rows)."""

    wants: tuple[CountRows | NewestTime, ...]
    columns: tuple[TimeColumn | None, ...]

    @property
    def shape(self) -> Hashable:
        return ("scalars", *map(type, self.wants))

    @property
    def answering(self) -> Sequence[Want]:
        return self.wants

    def select(self, sql: Dialect, index: int, now: datetime) -> str:
        return scalar_select(sql, index, self.table, self.columns, self.part)

    def answers(self, rows: Sequence[Row]) -> Mapping[Want, Any]:
        values = zip(self.wants, self.columns, rows[0][1:], strict=True)
        return {want: Newest(column.read(value)) if column else int(value) for want, column, value in values}

    def again(self, answers: Mapping[Want, Any], now: datetime) -> Sequence[Reading]:
        follow: list[Reading] = []
        for want, column in zip(self.wants, self.columns, strict=True):
            if isinstance(want, NewestTime) and column is not None:
                at = answers[want].at
                if at is not None and at > now:
                    follow.append(Ahead(self.ask, self.partition, self.part, want, column))
                elif at is None and _bounded(self.part):
                    follow.append(replace(self, part=None))
        return follow


@dataclass(frozen=True, slots=True)
class Ahead(Reading):
    """A second look at a table whose newest time lies in the future: leave those rows out, and count them."""

    want: NewestTime
    column: TimeColumn

    @property
    def shape(self) -> Hashable:
        return "ahead"

    @property
    def answering(self) -> Sequence[Want]:
        return (self.want,)

    def select(self, sql: Dialect, index: int, now: datetime) -> str:
        return future_select(sql, index, self.table, self.column, now, self.part)

    def answers(self, rows: Sequence[Row]) -> Mapping[Want, Any]:
        _, newest, ahead, ahead_newest = rows[0]
        read = self.column.read
        return {self.want: Newest(read(newest), None, int(ahead), read(ahead_newest))}

    def again(self, answers: Mapping[Want, Any], now: datetime) -> Sequence[Reading]:
        return (replace(self, part=None),) if answers[self.want].at is None and _bounded(self.part) else ()


@dataclass(frozen=True, slots=True)
class Buckets(Reading):
    """Rows per bucket of a time column."""

    want: CountBuckets
    column: TimeColumn

    @property
    def shape(self) -> Hashable:
        return "buckets"

    @property
    def answering(self) -> Sequence[Want]:
        return (self.want,)

    def select(self, sql: Dialect, index: int, now: datetime) -> str:
        want = self.want
        return bucket_select(sql, index, self.table, self.column, want.seconds, want.start, now, self.part)

    def answers(self, rows: Sequence[Row]) -> Mapping[Want, Any]:
        counts: dict[datetime, int] = {}
        for _, bucket, count in rows:
            start = self.column.read(float(bucket) * self.want.seconds)
            if start is not None:
                counts[start] = counts.get(start, 0) + int(count)
        return {self.want: counts}


def readings_of(
    ask: Ask, columns: Mapping[str, Column], zone: ZoneInfo, now: datetime, *, partitions: bool
) -> list[Reading]:
    """What must be read to answer `ask`; its columns are known to hold times. `partitions`: filters on them matter."""

    def timed(name: str) -> TimeColumn:
        return TimeColumn(columns[name].name, columns[name].time, zone)

    found = next((column for column in columns.values() if column.partition), None) if partitions else None
    partition = timed(found.name) if found else None
    scalars = [want for want in ask.wants if isinstance(want, CountRows | NewestTime)]
    newest = [want for want in scalars if isinstance(want, NewestTime) and found and want.column == found.name]
    readings: list[Reading] = [
        Scalars(ask, partition, Part(timed(want.column), _start(want, now)), (want,), (timed(want.column),))
        for want in newest
    ]
    if whole := tuple(want for want in scalars if want not in newest):
        of = tuple(timed(want.column) if isinstance(want, NewestTime) else None for want in whole)
        readings.append(Scalars(ask, partition, None, whole, of))
    for want in ask.wants:
        if isinstance(want, CountBuckets):
            own = None if found and want.column == found.name else partition  # it is a filter by itself
            readings.append(Buckets(ask, own, None, want, timed(want.column)))
    return readings


def _start(want: NewestTime, now: datetime) -> datetime:
    return max(want.since or now - FIRST_LOOK, EARLIEST) - OVERLAP


def _bounded(part: Part | None) -> bool:
    return part is not None and part.start is not None
