"""What a kind may want to know of a table. Wants are keys of answers; equal wants of several rules are read once.

A kind that needs another number writes a `Number`, and one that needs rows of its own a `Select`: they say by
themselves how they are written in a store's dialect, so that nothing else has to know of them. Everything is pure.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from apps.common.records import record
from apps.connections.services import Dialect, TableName


class Scope(NamedTuple):
    """Which rows are meant: those for which the condition `where` holds (a person's SQL; empty: all), apart by each
    value of the column `by` (empty: together). With `by`, an answer is {value as text, or None: what was wanted}."""

    where: str = ""
    by: str = ""


EVERYTHING = Scope()
MOST_SEGMENTS = 100


class Newest(NamedTuple):
    """The newest time that is not in the future (None: no such row), and what was left out."""

    at: datetime | None
    rows: int | None = None
    future_rows: int = 0
    future_newest: datetime | None = None


# They are no named tuples, since two of those without fields would be equal.
@record
class CountRows:
    """Wants the number of rows. The answer is an int."""

    scope: Scope = EVERYTHING

    @property
    def nothing(self) -> int:
        """The answer where there are no rows, as `nothing` is of every want."""
        return 0


@record
class NewestTime:
    """Wants the newest time in a column that does not lie in the future. The answer is a `Newest`.

    `since` is a hint where to begin to look, such as the newest time that was seen before; it is no part of the want.
    """

    column: str
    since: datetime | None = field(default=None, compare=False)
    scope: Scope = EVERYTHING

    @property
    def nothing(self) -> Newest:
        return Newest(None, 0)


@record
class CountBuckets:
    """Wants the rows per bucket of `seconds`, from `start` on. The answer is {bucket start (aware): rows}.

    Rows with a time before `start`, after now, or without one are not counted.
    """

    column: str
    seconds: int
    start: datetime
    scope: Scope = EVERYTHING

    @property
    def nothing(self) -> dict[datetime, int]:
        return {}


@record
class ListColumns:
    """Wants the columns. The answer is a tuple of `Column`."""


class Condition(ABC):
    """What may hold for a row."""

    @property
    @abstractmethod
    def columns(self) -> Sequence[str]:
        """The columns that it reads."""

    @abstractmethod
    def sql(self, sql: Dialect) -> str:
        """The condition, safe to stand beside others. For NULL it must be false or true, never NULL."""


@record
class Number(ABC):
    """Wants one number over the rows. All numbers of a table share one SELECT. The answer is a float, or None where no
    row had a value. Subclasses are records whose fields say what is wanted."""

    scope: Scope = field(default=EVERYTHING, kw_only=True)

    @property
    @abstractmethod
    def columns(self) -> Sequence[str]:
        """The columns that it reads."""

    @property
    def nothing(self) -> float | None:
        return None

    @abstractmethod
    def sql(self, sql: Dialect, when: str) -> str:
        """The aggregate over the rows for which the condition `when` holds (empty: all)."""


@record
class CountWhere(Number):
    """Wants the number of rows for which a condition holds."""

    condition: Condition

    @property
    def columns(self) -> Sequence[str]:
        return self.condition.columns

    @property
    def nothing(self) -> float:
        return 0.0

    def sql(self, sql: Dialect, when: str) -> str:
        both = " AND ".join(part for part in (self.condition.sql(sql), when) if part)
        return f"COUNT(CASE WHEN {both} THEN 1 END)"


@record
class Statistic(Number):
    """Wants a statistic of a column's values: `values` counts those that are not NULL, `distinct` those that differ."""

    function: Literal["values", "distinct", "least", "most", "mean", "sum"]
    column: str

    @property
    def columns(self) -> Sequence[str]:
        return (self.column,)

    def sql(self, sql: Dialect, when: str) -> str:
        value = sql.name(self.column)
        shown = f"CASE WHEN {when} THEN {value} END" if when else value
        functions = {
            "values": "COUNT({})", "distinct": "COUNT(DISTINCT {})", "least": "MIN({})", "most": "MAX({})",
            "mean": f"AVG(CAST({{}} AS {sql.double}))", "sum": "SUM({})",
        }  # fmt: skip
        return functions[self.function].format(shown)


@record
class Select(ABC):
    """Wants the rows of a SELECT of its own, which nothing else shares. The answer is what `read` makes of them."""

    scope: Scope = field(default=EVERYTHING, kw_only=True)

    @property
    @abstractmethod
    def columns(self) -> Sequence[str]:
        """The columns of the table that it reads."""

    @property
    @abstractmethod
    def most_rows(self) -> int:
        """How many rows it may have; more are an error."""

    @abstractmethod
    def sql(self, sql: Dialect, table: TableName, when: str) -> str:
        """The SELECT over the rows of `table` for which the condition `when` holds (empty: all)."""

    def read(self, rows: Sequence[tuple[Any, ...]]) -> Any:
        return tuple(rows)

    @property
    def nothing(self) -> Any:
        return self.read(())


@record
class SampleRows(Select):
    """Wants a few rows for which a condition holds, to show them. The answer is a tuple of tuples of values."""

    condition: Condition
    shown: tuple[str, ...]
    rows: int = 3

    @property
    def columns(self) -> Sequence[str]:
        return (*self.condition.columns, *self.shown)

    @property
    def most_rows(self) -> int:
        return self.rows

    def sql(self, sql: Dialect, table: TableName, when: str) -> str:
        both = " AND ".join(part for part in (self.condition.sql(sql), when) if part)
        names = ", ".join(map(sql.name, self.shown))
        return f"SELECT {names} FROM {sql.table(table)} WHERE {both} LIMIT {self.rows}"  # noqa: S608


@record
class Elsewhere(Select):
    """Wants of a table of another connection of the team what `want` wants. It is read on its own, after what the table
    itself answers; `wants_more` has none. `connection`: its name; empty: the rule's own. `table`: as a person writes
    it; empty: the one that is named like the rule's."""

    connection: str
    want: Select
    table: str = ""

    @property
    def columns(self) -> Sequence[str]:
        return self.want.columns

    @property
    def most_rows(self) -> int:
        return self.want.most_rows

    def sql(self, sql: Dialect, table: TableName, when: str) -> str:
        return self.want.sql(sql, table, when)

    def read(self, rows: Sequence[tuple[Any, ...]]) -> Any:
        return self.want.read(rows)


Scalar = CountRows | NewestTime | Number
DataWant = Scalar | CountBuckets | Select
Want = DataWant | ListColumns


def columns_of(want: DataWant) -> tuple[str, ...]:
    """The columns that must be there for a want to be read. (Those in a person's SQL are not known.)"""
    own: Sequence[str] = want.columns if isinstance(want, Number | Select) else ()
    if isinstance(want, NewestTime | CountBuckets):
        own = (want.column,)
    return (*own, want.scope.by) if want.scope.by else tuple(own)


def needs_columns(want: Want) -> bool:
    """Whether the columns of the table must be known before it is read."""
    return not isinstance(want, Select) or bool(columns_of(want))
