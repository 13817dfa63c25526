"""Nulls: a column is filled."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from apps.common.records import record
from apps.connections.services import Column, Dialect
from apps.rules.kinds.columns import check_column
from apps.rules.kinds.contract import Subject
from apps.rules.kinds.faulty import Faulty, FaultySettings
from apps.rules.kinds.wants import Condition

BLANKS = "\t\n\r\N{NO-BREAK SPACE}"  # not cut off by TRIM in most stores


@record
class Missing(Condition):
    """The column is NULL, or, with `empty`, a text without a visible character."""

    column: str
    empty: bool = False

    @property
    def columns(self) -> Sequence[str]:
        return (self.column,)

    def sql(self, sql: Dialect) -> str:
        name = sql.name(self.column)
        if not self.empty:
            return f"({name} IS NULL)"
        text = f"CAST({name} AS {sql.string})"
        for blank in BLANKS:
            text = f"REPLACE({text}, {sql.text(blank)}, {sql.text(' ')})"
        # An empty text is NULL in some stores: COALESCE keeps the condition from being so.
        return f"({name} IS NULL OR COALESCE(TRIM({text}), {sql.text('')}) = {sql.text('')})"


class NullsSettings(FaultySettings):
    """Which column must be filled."""

    column: str = Field(min_length=1, title="Column", description="The column that must be filled.")
    empty: bool = Field(
        default=False, title="Empty texts too", description="A text without a visible character counts as well."
    )


class Nulls(Faulty):
    label = "Missing values"
    tells = "Rows lack a value in a column that must be filled."
    Settings = NullsSettings
    settings: NullsSettings

    @property
    def faults(self) -> Condition:
        return Missing(self.settings.column, self.settings.empty)

    @property
    def fault_words(self) -> str:
        return f"no {self.settings.column}"

    def refuse(self, subject: Subject, columns: Sequence[Column], *, tells_changes: bool) -> None:
        super().refuse(subject, columns, tells_changes=tells_changes)
        if self.settings.empty:
            check_column(self.settings.column, subject, columns, holds="text")
