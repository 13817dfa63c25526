"""Single SELECTs over one table: how each is written, what its rows answer, and what has to be read after it. Pure.

Of a table that is partitioned by the very column whose newest time is wanted, the newest days are read first, and all
of it only when nothing stands in them. Any other SELECT on a partitioned table reads all of it, with a filter that
takes every row in where the store insists on one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from apps.common.records import record
from apps.connections.services import MAX_ROWS, Column, Dialect, QueryFailed, TableName
from apps.rules import statements
from apps.rules.asks import Ask
from apps.rules.kinds.wants import CountBuckets, CountRows, Newest, NewestTime, Number, Scalar, Scope, Select, Want
from apps.rules.statements import Part, TimeColumn

FIRST_LOOK = timedelta(days=7)  # how far back the newest time is looked for when nothing is known
OVERLAP = timedelta(days=1)  # days are cut in the store's own way
EARLIEST = datetime(1, 1, 3, tzinfo=UTC)  # of what can be reckoned back from
Row = tuple[Any, ...]


@record
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
    def alone(self) -> bool:
        """Whether it is a statement by itself, whose rows do not begin with an index."""
        return False

    @property
    def most_rows(self) -> int:
        return MAX_ROWS

    @property
    @abstractmethod
    def answering(self) -> Sequence[Want]:
        """The wants that it answers."""

    def again(self, answers: Mapping[Want, Any], now: datetime) -> Sequence[Reading]:
        """What these answers make necessary to read; what it answers is not answered yet."""
        return ()

    @property
    def halves(self) -> Sequence[Reading]:
        """The same in two parts; nothing where it cannot be parted."""
        return ()

    def where(self, sql: Dialect, scope: Scope) -> list[str]:
        """What holds for every row that is read."""
        written = [f"({scope.where})"] if scope.where else []
        return [*written, self.part.condition(sql)] if self.part else written

    @property
    def filtered(self) -> Reading | None:
        """The same with the filter that a store may insist on; None when it has one, or none is known."""
        return replace(self, part=Part(self.partition)) if self.partition and not self.part else None


@record
class Scalars(Reading):
    """Single values: the number of rows, the newest times of columns, other numbers. `columns` are those of the newest
    times (None for other wants). The wants differ in their conditions at most: they have the same `by`."""

    wants: tuple[Scalar, ...]
    columns: tuple[TimeColumn | None, ...]

    @property
    def shape(self) -> Hashable:
        return ("scalars", self.by, *map(_type, self.wants))

    @property
    def answering(self) -> Sequence[Want]:
        return self.wants

    @property
    def halves(self) -> Sequence[Reading]:
        middle = len(self.wants) // 2
        parts = [slice(None, middle), slice(middle, None)] if middle else []
        return [replace(self, wants=self.wants[part], columns=self.columns[part]) for part in parts]

    @property
    def by(self) -> str:
        return self.wants[0].scope.by

    def select(self, sql: Dialect, index: int, now: datetime) -> str:
        wheres = {want.scope.where for want in self.wants}
        shared = self.wants[0].scope if len(wheres) == 1 else Scope()
        whens = ["" if len(wheres) == 1 or not want.scope.where else f"({want.scope.where})" for want in self.wants]
        values = [
            _value(sql, want, column, when) for want, column, when in zip(self.wants, self.columns, whens, strict=True)
        ]
        return statements.select(sql, index, self.table, values, by=self.by, where=self.where(sql, shared))

    def answers(self, rows: Sequence[Row]) -> Mapping[Want, Any]:
        if not self.by:
            return dict(zip(self.wants, self._values(rows[0][1:]), strict=True))
        parts = {row[1]: self._values(row[2:]) for row in rows}
        return {want: {key: values[place] for key, values in parts.items()} for place, want in enumerate(self.wants)}

    def _values(self, row: Sequence[Any]) -> list[Any]:
        return [_read(want, column, value) for want, column, value in zip(self.wants, self.columns, row, strict=True)]

    def again(self, answers: Mapping[Want, Any], now: datetime) -> Sequence[Reading]:
        follow: list[Reading] = []
        for want, column in zip(self.wants, self.columns, strict=True):
            if isinstance(want, NewestTime) and column is not None:
                found = answers[want].values() if self.by else [answers[want]]
                if any(newest.at is not None and newest.at > now for newest in found):
                    follow.append(Ahead(self.ask, self.partition, self.part, want, column))
                elif not self.by and answers[want].at is None and _bounded(self.part):
                    follow.append(replace(self, part=None))
        return follow


@record
class Ahead(Reading):
    """A second look at a table whose newest time lies in the future: leave those rows out, and count them."""

    want: NewestTime
    column: TimeColumn

    @property
    def shape(self) -> Hashable:
        return ("ahead", self.want.scope.by)

    @property
    def answering(self) -> Sequence[Want]:
        return (self.want,)

    def select(self, sql: Dialect, index: int, now: datetime) -> str:
        scope = self.want.scope
        values = statements.ahead(sql, self.column, now)
        return statements.select(sql, index, self.table, values, by=scope.by, where=self.where(sql, scope))

    def answers(self, rows: Sequence[Row]) -> Mapping[Want, Any]:
        if self.want.scope.by:
            return {self.want: {row[1]: self._newest(row[2:]) for row in rows}}
        return {self.want: self._newest(rows[0][1:])}

    def _newest(self, row: Sequence[Any]) -> Newest:
        newest, ahead, ahead_newest = row
        return Newest(self.column.read(newest), None, int(ahead), self.column.read(ahead_newest))

    def again(self, answers: Mapping[Want, Any], now: datetime) -> Sequence[Reading]:
        empty = not self.want.scope.by and answers[self.want].at is None
        return (replace(self, part=None),) if empty and _bounded(self.part) else ()


@record
class Buckets(Reading):
    """Rows per bucket of a time column."""

    want: CountBuckets
    column: TimeColumn

    @property
    def shape(self) -> Hashable:
        return ("buckets", self.want.scope.by)

    @property
    def answering(self) -> Sequence[Want]:
        return (self.want,)

    def select(self, sql: Dialect, index: int, now: datetime) -> str:
        want = self.want
        where = [statements.between(sql, self.column, want.start, now), *self.where(sql, want.scope)]
        group = statements.bucket(sql, self.column, want.seconds)
        return statements.select(sql, index, self.table, ["COUNT(*)"], by=want.scope.by, where=where, group=group)

    def answers(self, rows: Sequence[Row]) -> Mapping[Want, Any]:
        if not self.want.scope.by:
            return {self.want: self._counts((row[1], row[2]) for row in rows)}
        parts: dict[Any, list[tuple[Any, Any]]] = {}
        for _, key, bucket, count in rows:
            parts.setdefault(key, []).append((bucket, count))
        return {self.want: {key: self._counts(some) for key, some in parts.items()}}

    def _counts(self, rows: Iterable[tuple[Any, Any]]) -> dict[datetime, int]:
        counts: dict[datetime, int] = {}
        for bucket, count in rows:
            start = self.column.read(float(bucket) * self.want.seconds)
            if start is not None:
                counts[start] = counts.get(start, 0) + int(count)
        return counts


@record
class Own(Reading):
    """A SELECT that a kind writes by itself."""

    want: Select

    @property
    def shape(self) -> Hashable:
        return self  # it shares a statement with nothing

    @property
    def alone(self) -> bool:
        return True

    @property
    def most_rows(self) -> int:
        return self.want.most_rows

    @property
    def answering(self) -> Sequence[Want]:
        return (self.want,)

    def select(self, sql: Dialect, index: int, now: datetime) -> str:
        return self.want.sql(sql, self.table, " AND ".join(self.where(sql, self.want.scope)))

    def answers(self, rows: Sequence[Row]) -> Mapping[Want, Any]:
        return {self.want: self.want.read(rows)}


def readings_of(
    ask: Ask, columns: Mapping[str, Column], zone: ZoneInfo, now: datetime, *, partitions: bool
) -> list[Reading]:
    """What must be read to answer `ask`; its columns are known to fit. `partitions`: filters on them matter."""

    def timed(name: str) -> TimeColumn:
        return TimeColumn(columns[name].name, columns[name].time, zone)

    found = next((column for column in columns.values() if column.partition), None) if partitions else None
    partition = timed(found.name) if found else None
    readings: list[Reading] = []
    whole: dict[str, list[Scalar]] = {}
    for want in ask.wants:
        if isinstance(want, NewestTime) and found and want.column == found.name and not want.scope.by:
            part = Part(timed(want.column), _start(want, now))
            readings.append(Scalars(ask, partition, part, (want,), (timed(want.column),)))
        elif isinstance(want, CountRows | NewestTime | Number):
            whole.setdefault(want.scope.by, []).append(want)
        elif isinstance(want, CountBuckets):
            own = None if found and want.column == found.name else partition  # it is a filter by itself
            readings.append(Buckets(ask, own, None, want, timed(want.column)))
        elif isinstance(want, Select):
            readings.append(Own(ask, partition, None, want))
    for wants in whole.values():
        of = tuple(timed(want.column) if isinstance(want, NewestTime) else None for want in wants)
        readings.append(Scalars(ask, partition, None, tuple(wants), of))
    return readings


def _type(want: Scalar) -> type:
    return Number if isinstance(want, Number) else type(want)


def _value(sql: Dialect, want: Scalar, column: TimeColumn | None, when: str) -> str:
    if column is not None:
        return statements.newest(sql, column, when)
    return want.sql(sql, when) if isinstance(want, Number) else statements.rows(when)


def _read(want: Scalar, column: TimeColumn | None, value: Any) -> Any:
    if column is not None:
        return Newest(column.read(value))
    if not isinstance(want, Number):
        return int(value)
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError) as error:
        raise QueryFailed(f"Column {', '.join(want.columns)} holds {value!r}, which is no number.") from error


def _start(want: NewestTime, now: datetime) -> datetime:
    return max(want.since or now - FIRST_LOOK, EARLIEST) - OVERLAP


def _bounded(part: Part | None) -> bool:
    return part is not None and part.start is not None
