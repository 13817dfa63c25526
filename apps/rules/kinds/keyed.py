"""The rows of a table, or of a SELECT that a person wrote, with their key: what is compared with another such set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apps.common.records import record
from apps.connections.services import Dialect, QueryFailed, TableName
from apps.rules.kinds.wants import Select
from apps.rules.kinds.written import written_rows


@record
class KeyedRows(Select):
    """Wants `key` and `values` of each row, or (`summed`) the sums of `values` for each key. `written`: a SELECT in
    place of the table; `of`: another table of the same store; `condition`: which rows, in the store's SQL. `most`: more
    are refused."""

    key: tuple[str, ...]
    values: tuple[str, ...]
    most: int
    summed: bool = False
    written: str = ""
    condition: str = ""
    of: TableName | None = None

    @property
    def columns(self) -> Sequence[str]:
        return () if self.written or self.of else (*self.key, *self.values)

    @property
    def most_rows(self) -> int:
        return self.most + 1

    def sql(self, sql: Dialect, table: TableName, when: str) -> str:
        table = self.of or table
        source = written_rows(self.written, sql, table) if self.written else sql.table(table)
        keys, values = [sql.name(name) for name in self.key], [sql.name(name) for name in self.values]
        shown = ", ".join([*keys, *(f"SUM({name})" if self.summed else name for name in values)])
        where = f" WHERE ({self.condition})" if self.condition else ""
        group = f" GROUP BY {', '.join(keys)}" if self.summed and keys else ""
        return f"SELECT {shown} FROM {source}{where}{group} LIMIT {self.most_rows}"  # noqa: S608

    def read(self, rows: Sequence[tuple[Any, ...]]) -> tuple[tuple[Any, ...], ...]:
        if len(rows) > self.most:
            raise QueryFailed(
                f"There are more than {self.most:,} rows to compare. Choose some of them with a condition (where, "
                f"other_where), compare sums, or raise most_rows."
            )
        return tuple(map(tuple, rows))
