"""References: each value of a column is there in a column of another table (a foreign key)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from apps.common.errors import InvalidInput, NotFoundNearby
from apps.common.records import record
from apps.connections.services import Column, Dialect, TableName, parse_table
from apps.rules.kinds.allowance import Allowance, AllowanceSettings
from apps.rules.kinds.columns import FITS, check_column
from apps.rules.kinds.contract import Subject
from apps.rules.kinds.tally import MOST_SHOWN, tally_lines
from apps.rules.kinds.wants import MOST_SEGMENTS, Select, Want


@record
class Orphans(Select):
    """Wants the number of rows whose value in `column` is not in a column of another table, compared as the store does.
    Rows without a value are none of them."""

    column: str
    to_table: TableName
    to_column: str

    @property
    def columns(self) -> Sequence[str]:
        return (self.column,)

    @property
    def most_rows(self) -> int:
        return MOST_SEGMENTS if self.scope.by else 1

    def sql(self, sql: Dialect, table: TableName, when: str) -> str:
        first, last = ("midwatch_by, ", " GROUP BY midwatch_by") if self.scope.by else ("", "")
        return f"SELECT {first}COUNT(*) FROM {self._found(sql, table, when)}{last}"  # noqa: S608

    def read(self, rows: Sequence[tuple[Any, ...]]) -> Any:
        if self.scope.by:
            return {row[0]: int(row[1]) for row in rows}
        return int(rows[0][0]) if rows else 0

    def _found(self, sql: Dialect, table: TableName, when: str) -> str:
        """Both tables stand under names of their own, since columns of the two may share theirs."""
        own, other = sql.name(self.column), sql.name(self.to_column)
        by = f", CAST({sql.name(self.scope.by)} AS {sql.string}) AS midwatch_by" if self.scope.by else ""
        where = " AND ".join(part for part in (f"{own} IS NOT NULL", when) if part)
        rows = f"SELECT {own} AS midwatch_value{by} FROM {sql.table(table)} WHERE {where}"  # noqa: S608
        return (
            f"({rows}) midwatch_rows WHERE NOT EXISTS (SELECT 1 FROM {sql.table(self.to_table)} midwatch_other "  # noqa: S608
            f"WHERE midwatch_other.{other} = midwatch_rows.midwatch_value)"
        )


@record
class OrphanTally(Orphans):
    """Wants the most frequent of those values. The answer is a tuple of (value, rows)."""

    @property
    def most_rows(self) -> int:
        return MOST_SHOWN

    def sql(self, sql: Dialect, table: TableName, when: str) -> str:
        return (
            f"SELECT midwatch_value, COUNT(*) FROM {self._found(sql, table, when)} "  # noqa: S608
            f"GROUP BY midwatch_value ORDER BY 2 DESC, 1 LIMIT {MOST_SHOWN}"
        )

    def read(self, rows: Sequence[tuple[Any, ...]]) -> tuple[tuple[Any, int], ...]:
        return tuple((row[0], int(row[1])) for row in rows)


def _check_table(text: str) -> str:
    parse_table(text, default_schema="-")
    return text


class ReferencesSettings(AllowanceSettings):
    """Which column refers to which."""

    column: str = Field(min_length=1, title="Column", description="Its values must be there in the other table.")
    to_table: Annotated[str, AfterValidator(_check_table)] = Field(
        min_length=1,
        title="Other table",
        description="Of the same connection: main.customers, or customers in the schema of the rule's own table.",
    )
    to_column: str = Field(min_length=1, title="Its column", description="Where the values must be, such as id.")


class References(Allowance):
    label = "References to another table"
    tells = "Rows refer to something that is not there, such as an order to a customer who does not exist."
    Settings = ReferencesSettings
    settings: ReferencesSettings

    @property
    def checked_columns(self) -> Sequence[str]:
        return (self.settings.column,)

    @property
    def fault_words(self) -> str:
        to = self.settings
        return f"a value in {to.column} that {to.to_table} does not have in {to.to_column}"

    def also_reads(self, subject: Subject) -> Sequence[TableName]:
        return (self._other(subject),)

    def refuse_others(
        self, subject: Subject, columns: Sequence[Column], others: Mapping[TableName, Sequence[Column]]
    ) -> None:
        other = self._other(subject)
        if other not in others:
            message = f"There is no table {other} in {subject.connection}."
            raise NotFoundNearby(message, str(other), map(str, others), field="to_table")
        if not others[other]:
            return  # its columns could not be told
        there = replace(subject, table=other)
        to_column = check_column(self.settings.to_column, there, others[other], field="to_column")
        own = check_column(self.settings.column, subject, columns)
        if own.type and to_column.type and _family(own) != _family(to_column):
            raise InvalidInput(
                f"Column {own.name!r} of {subject.table} is of type {own.type}, and {to_column.name!r} of {other} of "
                f"type {to_column.type}: they cannot be compared.",
                field="to_column",
            )

    def counted(self, subject: Subject) -> Sequence[Want]:
        return (Orphans(self.settings.column, self._other(subject), self.settings.to_column),)

    def faulty(self, subject: Subject, answers: Mapping[Want, Any]) -> int:
        return int(answers[self.counted(subject)[0]])

    def showing(self, subject: Subject) -> Sequence[Select]:
        return (OrphanTally(self.settings.column, self._other(subject), self.settings.to_column),)

    def shown(self, subject: Subject, answers: Mapping[Want, Any]) -> list[str]:
        return tally_lines(self.checked_columns, answers.get(self.showing(subject)[0], ()))

    def _other(self, subject: Subject) -> TableName:
        return parse_table(self.settings.to_table, default_schema=subject.table.schema)


def _family(column: Column) -> str:
    if column.time:
        return "times"
    return "numbers" if FITS["numbers"].search(column.type) else "others"
