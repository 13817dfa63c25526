"""The SELECTs that rules need, put together from an engine's dialect; identifiers are always quoted by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apps.connections.services import Dialect, TableName

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LOWEST, LOWEST_NUMBER = datetime(1, 1, 1, tzinfo=UTC), -(2**63) + 1
MIN_EPOCH, MAX_EPOCH = -62_000_000_000.0, 253_000_000_000.0  # the years 5 and 9987: what a datetime can hold, with room


@dataclass(frozen=True, slots=True)
class TimeColumn:
    """A column with times, and how they are read: with a zone, or (naive, date) as wall-clock time in `zone`."""

    name: str
    time: str
    zone: ZoneInfo

    def read(self, epoch: float | None) -> datetime | None:
        """The moment of an epoch that the store computed, which for a naive column is that of its wall-clock time."""
        if epoch is None:
            return None
        if not MIN_EPOCH <= epoch <= MAX_EPOCH:
            return datetime.max.replace(tzinfo=UTC) if epoch > 0 else datetime.min.replace(tzinfo=UTC)
        moment = EPOCH + timedelta(seconds=float(epoch))
        return moment if self.time == "aware" else moment.replace(tzinfo=self.zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Part:
    """What is read of a table that is partitioned by `column`: the rows from `start` on, or (None) every row, said as a
    filter all the same. Rows without a value in the column belong to every row, and to no start.
    """

    column: TimeColumn
    start: datetime | None = None

    def condition(self, sql: Dialect) -> str:
        name, time = sql.name(self.column.name), self.column.time
        if self.start is not None:
            return f"{name} >= {sql.moment(self.start, time, self.column.zone)}"
        lowest = sql.moment(LOWEST, time, ZoneInfo("UTC")) if time else str(LOWEST_NUMBER)
        return f"({name} >= {lowest} OR {name} IS NULL)"


def union(selects: Sequence[str]) -> str:
    """One statement for many tables."""
    return " UNION ALL ".join(selects)


def scalar_select(
    sql: Dialect, index: int, table: TableName, columns: Sequence[TimeColumn | None], part: Part | None = None
) -> str:
    """`index`, then per column the number of rows (None) or the newest time of a column as an epoch."""
    # No casts here: with a hundred tables in a statement they made up a third of its cost, which is mostly planning.
    values = [sql.epoch.format(f"MAX({sql.time(column.name)})") if column else "COUNT(*)" for column in columns]
    return f"SELECT {index}, {', '.join(values)} FROM {sql.table(table)}{_where(sql, part)}"  # noqa: S608


def future_select(
    sql: Dialect, index: int, table: TableName, column: TimeColumn, now: datetime, part: Part | None = None
) -> str:
    """`index`, the newest time up to `now`, the number of rows after it, and the newest of those."""
    name, limit = sql.time(column.name), sql.moment(now, column.time, column.zone)
    past = sql.seconds(f"MAX(CASE WHEN {name} <= {limit} THEN {name} END)")
    ahead = f"COUNT(CASE WHEN {name} > {limit} THEN 1 END)"
    newest = sql.seconds(f"MAX({name})")
    return f"SELECT {index}, {past}, {ahead}, {newest} FROM {sql.table(table)}{_where(sql, part)}"  # noqa: S608


def bucket_select(
    sql: Dialect, index: int, table: TableName, column: TimeColumn, seconds: int, start: datetime, now: datetime,
    part: Part | None = None,
) -> str:  # fmt: skip
    """`index`, a bucket number (epoch of the column divided by `seconds`, rounded down) and the rows in that bucket."""
    name = sql.time(column.name)
    first, last = (sql.moment(at, column.time, column.zone) for at in (start, now))
    bucket = f"FLOOR({sql.seconds(name)} / {seconds})"
    return (
        f"SELECT {index}, {bucket}, COUNT(*) FROM {sql.table(table)}"  # noqa: S608
        f" WHERE {name} >= {first} AND {name} <= {last}{_where(sql, part, ' AND ')} GROUP BY {bucket}"
    )


def _where(sql: Dialect, part: Part | None, word: str = " WHERE ") -> str:
    return f"{word}{part.condition(sql)}" if part else ""
