"""Values and in how many rows each of them stands, the most frequent first: shown where values break a rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apps.common.records import record
from apps.connections.services import Dialect, TableName
from apps.rules.kinds.masking import shown_values
from apps.rules.kinds.wants import Condition, Select
from apps.rules.limits import count_words

MOST_SHOWN = 5


@record
class Tally(Select):
    """Wants the most frequent values of some columns among the rows for which a condition holds. The answer is a tuple
    of tuples: the values, and the number of their rows. `exact`: values are told apart letter by letter, not as the
    store compares them. `repeated`: only what stands in more rows than one."""

    condition: Condition
    shown: tuple[str, ...]
    rows: int = MOST_SHOWN
    exact: bool = False
    repeated: bool = False

    @property
    def columns(self) -> Sequence[str]:
        return (*self.condition.columns, *self.shown)

    @property
    def most_rows(self) -> int:
        return self.rows

    def sql(self, sql: Dialect, table: TableName, when: str) -> str:
        both = " AND ".join(part for part in (self.condition.sql(sql), when) if part)
        names = ", ".join(map(sql.letters if self.exact else sql.name, self.shown))
        having = " HAVING COUNT(*) > 1" if self.repeated else ""
        return (
            f"SELECT {names}, COUNT(*) FROM {sql.table(table)} WHERE {both} GROUP BY {names}{having} "  # noqa: S608
            f"ORDER BY {len(self.shown) + 1} DESC, 1 LIMIT {self.rows}"
        )

    def read(self, rows: Sequence[tuple[Any, ...]]) -> tuple[tuple[Any, ...], ...]:
        return tuple((*row[:-1], int(row[-1])) for row in rows)


def tally_lines(columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> list[str]:
    """`status draft (12 rows)`, masked where it looks personal."""
    values = shown_values(columns, [row[:-1] for row in rows])
    return [f"{value} ({count_words(row[-1])})" for value, row in zip(values, rows, strict=True)]
