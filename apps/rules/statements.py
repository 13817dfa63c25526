"""The SELECTs that rules need, put together from an engine's dialect; identifiers are always quoted by it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apps.common.records import record
from apps.connections.services import Dialect, TableName

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LOWEST, LOWEST_NUMBER = datetime(1, 1, 1, tzinfo=UTC), -(2**63) + 1
MIN_EPOCH, MAX_EPOCH = -62_000_000_000.0, 253_000_000_000.0  # the years 5 and 9987: what a datetime can hold, with room


@record
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


@record
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


def select(
    sql: Dialect, index: int, table: TableName, values: Sequence[str], *, by: str = "", where: Sequence[str] = (),
    group: str = "",
) -> str:  # fmt: skip
    """`index`, then with `by` the value of that column as text, then `group` where rows are grouped by it, then
    `values`, of the rows for which all of `where` holds."""
    parted = [segment(sql, by)] if by else []
    parted += [group] if group else []
    filtered = f" WHERE {' AND '.join(where)}" if where else ""
    grouped = f" GROUP BY {', '.join(parted)}" if parted else ""
    return f"SELECT {', '.join([str(index), *parted, *values])} FROM {sql.table(table)}{filtered}{grouped}"  # noqa: S608


def segment(sql: Dialect, column: str) -> str:
    """A column's value as text."""
    return f"CAST({sql.name(column)} AS {sql.string})"


# No casts here: with a hundred tables in a statement they made up a third of its cost, which is mostly planning.
def newest(sql: Dialect, column: TimeColumn, when: str = "") -> str:
    """The newest time of a column as an epoch, of the rows for which `when` holds (empty: all)."""
    return sql.epoch.format(f"MAX({_when(sql.time(column.name), when)})")


def rows(when: str = "") -> str:
    return f"COUNT({_when('1', when)})" if when else "COUNT(*)"


def ahead(sql: Dialect, column: TimeColumn, now: datetime) -> list[str]:
    """The newest time up to `now`, the number of rows after it, and the newest of those."""
    name, limit = sql.time(column.name), sql.moment(now, column.time, column.zone)
    past = sql.seconds(f"MAX(CASE WHEN {name} <= {limit} THEN {name} END)")
    return [past, f"COUNT(CASE WHEN {name} > {limit} THEN 1 END)", sql.seconds(f"MAX({name})")]


def bucket(sql: Dialect, column: TimeColumn, seconds: int) -> str:
    """The number of a row's bucket: the epoch of the column divided by `seconds`, rounded down."""
    return f"FLOOR({sql.seconds(sql.time(column.name))} / {seconds})"


def between(sql: Dialect, column: TimeColumn, first: datetime, last: datetime) -> str:
    name, (start, end) = sql.time(column.name), (sql.moment(at, column.time, column.zone) for at in (first, last))
    return f"{name} >= {start} AND {name} <= {end}"


def _when(value: str, when: str) -> str:
    return f"CASE WHEN {when} THEN {value} END" if when else value
