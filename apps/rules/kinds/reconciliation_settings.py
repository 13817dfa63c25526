"""What is compared with what: the settings of a reconciliation."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from apps.common.durations import Duration
from apps.common.plugins import LABELS
from apps.connections.services import MAX_ROWS, parse_table
from apps.rules.kinds.settings import NoiseSettings
from apps.rules.kinds.written import TABLE, SqlText

MOST_ROWS = 50_000
MOST_NAMES = 20
Names = Annotated[tuple[str, ...], Field(max_length=MOST_NAMES)]
Condition = Annotated[str, Field(min_length=1, max_length=2_000)]


class ReconciliationSettings(NoiseSettings):
    """Two sides: the rule's table, or `sql`, and the other table, or `other_sql`."""

    other: str | None = Field(
        None, min_length=1, title="Other connection",
        description="The name of the connection to compare with. Empty: another table or query of the same connection.",
    )  # fmt: skip
    other_table: str | None = Field(
        None, min_length=1, title="Other table",
        description="Written schema.table. Empty: the one that is named like this rule's table.",
    )  # fmt: skip
    key: Names = Field((), title="Key columns", description="What a row is known by on both sides.")
    columns: Names = Field((), title="Columns to compare", description="Their values must be the same on both sides.")
    compare: Literal["rows", "sum"] = Field(
        "rows",
        title="Compare",
        description="Each row, or what the columns add up to.",
        json_schema_extra={LABELS: {"rows": "each row", "sum": "the sums of the columns, for each key or in all"}},
    )
    other_key: Names = Field((), title="Key columns there", description="Where they are called otherwise there.")
    other_columns: Names = Field((), title="Columns there", description="Where they are called otherwise there.")
    where: Condition | None = Field(
        None, title="Only rows where", description="A condition in the SQL of the data store, such as status = 'paid'."
    )
    other_where: Condition | None = Field(
        None, title="Only rows there where", description="A condition in the SQL of the other data store."
    )
    sql: SqlText | None = Field(
        None, title="SQL", description=f"One SELECT in place of the table, which {TABLE} stands for."
    )
    other_sql: SqlText | None = Field(
        None, title="Other SQL", description="One SELECT in place of the other table, in the SQL of that data store."
    )
    tolerance: float = Field(
        0.0, ge=0, allow_inf_nan=False, title="Tolerance",
        description="How far apart numbers may be that are stored as floats. Decimals are compared exactly.",
    )  # fmt: skip
    at_most: int = Field(0, ge=0, title="At most", description="So many differences are fine.")
    most_rows: int = Field(
        MOST_ROWS, ge=1, le=MAX_ROWS, title="Most rows", description="With more rows on a side, it does not compare."
    )
    every: Duration = Field(
        timedelta(hours=1), ge=timedelta(minutes=1), title="Check every", description="How often to compare."
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if not (self.other or self.other_table or self.other_sql):
            raise ValueError("say what to compare with: give other, other_table or other_sql")
        if self.other_table:
            parse_table(self.other_table, default_schema="any")  # raises ValueError
        if self.sums and not self.columns:
            raise ValueError("name the columns whose sums are compared")
        if not self.sums and not self.key:
            raise ValueError("name the key columns, by which rows are found on the other side")
        for mine, theirs, name in ((self.key, self.other_key, "key"), (self.columns, self.other_columns, "columns")):
            if theirs and len(theirs) != len(mine):
                raise ValueError(f"other_{name} must name as many columns as {name}, in the same order")
        return self

    @property
    def sums(self) -> bool:
        return self.compare == "sum"

    @property
    def key_there(self) -> tuple[str, ...]:
        return self.other_key or self.key

    @property
    def values_there(self) -> tuple[str, ...]:
        return self.other_columns or self.columns
