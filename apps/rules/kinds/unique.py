"""Unique: no two rows have the same key.

What is the same says the data store: most collations of MySQL do not tell `a` from `A`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from apps.common.records import record
from apps.connections.services import Dialect, TableName
from apps.rules.kinds.allowance import Allowance, AllowanceSettings
from apps.rules.kinds.contract import Subject
from apps.rules.kinds.tally import Tally, tally_lines
from apps.rules.kinds.wants import MOST_SEGMENTS, Condition, Select, Statistic, Want

MOST_COLUMNS = 10
SAMPLES = 3


@record
class Whole(Condition):
    """Every part of the key has a value."""

    key: tuple[str, ...]

    @property
    def columns(self) -> Sequence[str]:
        return self.key

    def sql(self, sql: Dialect) -> str:
        return " AND ".join(f"{sql.name(name)} IS NOT NULL" for name in self.key)


@record
class Repeats(Select):
    """Wants the number of rows whose key of several columns an other row has as well, the first of each not counted."""

    key: tuple[str, ...]

    @property
    def columns(self) -> Sequence[str]:
        return self.key

    @property
    def most_rows(self) -> int:
        return MOST_SEGMENTS if self.scope.by else 1

    def sql(self, sql: Dialect, table: TableName, when: str) -> str:
        both = " AND ".join(part for part in (Whole(self.key).sql(sql), when) if part)
        names = list(map(sql.name, self.key))
        by = f"CAST({sql.name(self.scope.by)} AS {sql.string})" if self.scope.by else ""
        parts = ([f"{by} AS midwatch_by"] if by else []) + ["COUNT(*) AS midwatch_rows"]
        groups = ", ".join(([by] if by else []) + names)
        found = (
            f"SELECT {', '.join(parts)} FROM {sql.table(table)} WHERE {both} "  # noqa: S608
            f"GROUP BY {groups} HAVING COUNT(*) > 1"
        )
        first, last = ("midwatch_by, ", " GROUP BY midwatch_by") if by else ("", "")
        return f"SELECT {first}SUM(midwatch_rows - 1) FROM ({found}) midwatch_keys{last}"  # noqa: S608

    def read(self, rows: Sequence[tuple[Any, ...]]) -> Any:
        if self.scope.by:
            return {row[0]: int(row[1]) for row in rows}
        return int(rows[0][0] or 0) if rows else 0


def _apart(columns: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(columns)) < len(columns):
        raise ValueError("names a column twice")
    return columns


class UniqueSettings(AllowanceSettings):
    """Which columns together are the key."""

    columns: Annotated[tuple[str, ...], AfterValidator(_apart)] = Field(
        min_length=1,
        max_length=MOST_COLUMNS,
        title="Columns",
        description="Together they must differ from row to row. A row that lacks one of them does not count.",
    )


class Unique(Allowance):
    label = "Unique keys"
    tells = "Several rows have the same key."
    Settings = UniqueSettings
    column_setting: ClassVar[str] = "columns"
    settings: UniqueSettings

    @property
    def checked_columns(self) -> Sequence[str]:
        return self.settings.columns

    @property
    def fault_words(self) -> str:
        *most, last = self.settings.columns
        return f"the same {', '.join(most)} and {last} as another row" if most else f"the same {last} as another row"

    def counted(self, subject: Subject) -> Sequence[Want]:
        if len(self.settings.columns) > 1:
            return (Repeats(self.settings.columns),)
        # Of one column, the numbers share the statement of all rules of the table.
        (column,) = self.settings.columns
        return (Statistic("values", column), Statistic("distinct", column))

    def faulty(self, subject: Subject, answers: Mapping[Want, Any]) -> int:
        found = [int(answers[want] or 0) for want in self.counted(subject)]
        return found[0] - found[1] if len(found) > 1 else found[0]

    def showing(self, subject: Subject) -> Sequence[Select]:
        return (self._samples,)

    def shown(self, subject: Subject, answers: Mapping[Want, Any]) -> list[str]:
        return tally_lines(self.settings.columns, answers.get(self._samples, ()))

    @property
    def _samples(self) -> Tally:
        return Tally(Whole(self.settings.columns), self.settings.columns, SAMPLES, repeated=True)
