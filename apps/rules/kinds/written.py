"""SELECTs that a person wrote: their text, and how one is read. Each is put into brackets, so that whatever stands in
them is a table to the store: only so many of its rows are given, and nothing can be written there.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import date, time
from decimal import Decimal
from math import isfinite
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from apps.common.records import record
from apps.connections.services import Dialect, QueryFailed, TableName
from apps.rules.kinds.wants import Select

TABLE = "{table}"  # stands for the rule's table in such a text
ROWS = "midwatch_rows"
MOST_CHARACTERS = 10_000
CHECKS = "apps.rules.kinds.written_check"  # loaded where needed: a parser of SQL takes a tenth of a second to load


def _canonical(text: str) -> str:
    """The same text whichever way it came in: a browser sends other line ends than a file has."""
    text = text.replace("\r\n", "\n").strip().rstrip("; \n\t")
    if not text:
        raise ValueError("write one SELECT")
    return text


SqlText = Annotated[
    str, AfterValidator(_canonical), Field(max_length=MOST_CHARACTERS, json_schema_extra={"format": "sql"})
]


def written_rows(text: str, sql: Dialect, table: TableName) -> str:
    """What a person wrote, to stand behind FROM. (A line end, as it may end in a comment.)"""
    return f"({text.replace(TABLE, sql.table(table))}\n) AS {ROWS}"


@record
class Written(Select):
    """`text` is the SELECT that a person wrote."""

    text: str

    @property
    def columns(self) -> Sequence[str]:
        return ()

    @property
    def most_rows(self) -> int:
        return 2

    @property
    @abstractmethod
    def given(self) -> str:
        """What is given of its rows."""

    def sql(self, sql: Dialect, table: TableName, when: str) -> str:
        return f"SELECT {self.given} FROM {written_rows(self.text, sql, table)} LIMIT {self.most_rows}"  # noqa: S608


@record
class OneNumber(Written):
    """Wants the one number that it gives, as an exact Decimal."""

    @property
    def given(self) -> str:
        return "*"

    def read(self, rows: Sequence[tuple[Any, ...]]) -> Decimal:
        if not rows:
            raise QueryFailed("The query gave no row. Let it give one number, such as COUNT(*) or SUM(amount).")
        if len(rows) > 1:
            raise QueryFailed("The query gave more than one row. Let it give one number, such as COUNT(*).")
        if len(rows[0]) != 1:
            raise QueryFailed(f"The query gave {len(rows[0])} columns. Let it give one number.")
        return _number(rows[0][0])


@record
class CountOfRows(Written):
    """Wants how many rows it has."""

    @property
    def given(self) -> str:
        return "COUNT(*)"

    def read(self, rows: Sequence[tuple[Any, ...]]) -> Decimal:
        return Decimal(int(rows[0][0])) if rows else Decimal(0)


@record
class FirstRows(Written):
    """Wants some of its rows. The answer is a tuple of tuples of values."""

    rows: int

    @property
    def given(self) -> str:
        return "*"

    @property
    def most_rows(self) -> int:
        return self.rows


def _number(value: Any) -> Decimal:
    if value is None:
        raise QueryFailed("The query gave NULL, which is no number. Say what it means then, as in COALESCE(…, 0).")
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        number = value if isinstance(value, Decimal) else Decimal(str(value))
        if not number.is_finite():
            raise QueryFailed("The query gave a number that is not finite. Look at what it divides by.")
        if not isfinite(float(number)):
            raise QueryFailed("The query gave a number that is too large, beyond 10 to the power of 308.")
        return number
    kinds = {bool: "true or false", str: "a text", bytes: "bytes", date: "a date", time: "a time"}
    kind = next((words for type_, words in kinds.items() if isinstance(value, type_)), "a value of another kind")
    raise QueryFailed(f"The query gave {kind}, where one number is wanted. Let it give a number, such as COUNT(*).")
