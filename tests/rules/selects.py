"""The SELECTs of a scan, as it puts them together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from apps.connections.services import Dialect, TableName
from apps.rules import statements
from apps.rules.statements import TimeColumn


def scalar_select(sql: Dialect, index: int, table: TableName, columns: Sequence[TimeColumn | None]) -> str:
    """The number of rows (None), and the newest times of columns."""
    values = [statements.newest(sql, column) if column else statements.rows() for column in columns]
    return statements.select(sql, index, table, values)


def future_select(sql: Dialect, index: int, table: TableName, column: TimeColumn, now: datetime) -> str:
    return statements.select(sql, index, table, statements.ahead(sql, column, now))


def bucket_select(
    sql: Dialect, index: int, table: TableName, column: TimeColumn, seconds: int, start: datetime, now: datetime
) -> str:
    where = [statements.between(sql, column, start, now)]
    group = statements.bucket(sql, column, seconds)
    return statements.select(sql, index, table, ["COUNT(*)"], where=where, group=group)
