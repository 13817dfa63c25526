"""What Midwatch asks Snowflake's INFORMATION_SCHEMA, one statement each for all schemas; and what the rows mean.

LAST_ALTERED moves with writes, but also with DDL and with maintenance that Snowflake does by itself (page "TABLES
view", usage notes). So a look carries ROW_COUNT and BYTES as its fingerprint: only when these moved too was the table
written. Views and external tables tell nothing of their data.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from apps.connections.engines.contract import Column, Look, TableInfo, WriteAccess
from apps.connections.engines.dialect import Dialect
from apps.connections.names import TableName

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STORED = "BASE TABLE"
VIEWS = ("VIEW", "MATERIALIZED VIEW")
TIMES: Mapping[str, Literal["aware", "naive", "date"]] = {
    "TIMESTAMP_TZ": "aware", "TIMESTAMP_LTZ": "aware", "TIMESTAMP_NTZ": "naive", "DATE": "date",
}  # fmt: skip
ADMINISTRATORS = ("ACCOUNTADMIN", "SYSADMIN", "SECURITYADMIN", "ORGADMIN", "GLOBALORGADMIN")
NAMED = 1000  # tables that one statement names; Snowflake takes 16,384 values in a list
EXAMPLES = 5

TABLES = """SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, COMMENT, ROW_COUNT, BYTES
FROM {database}.INFORMATION_SCHEMA.TABLES WHERE {wanted} ORDER BY TABLE_SCHEMA, TABLE_NAME"""
LOOKS = """SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, ROW_COUNT, BYTES,
DATE_PART(EPOCH_MICROSECOND, LAST_ALTERED), DATE_PART(EPOCH_MICROSECOND, CREATED)
FROM {database}.INFORMATION_SCHEMA.TABLES WHERE {wanted}"""
COLUMNS = """SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION,
NUMERIC_SCALE, IS_NULLABLE, COMMENT
FROM {database}.INFORMATION_SCHEMA.COLUMNS WHERE {wanted} ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION"""
SCHEMAS = "SELECT SCHEMA_NAME FROM {database}.INFORMATION_SCHEMA.SCHEMATA"
WRITES = f"""SELECT DISTINCT TABLE_SCHEMA, TABLE_NAME FROM {{database}}.INFORMATION_SCHEMA.TABLE_PRIVILEGES
WHERE PRIVILEGE_TYPE IN ('OWNERSHIP', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE') AND IS_ROLE_IN_SESSION(GRANTEE)
AND {{wanted}} LIMIT {EXAMPLES}"""  # noqa: S608 (a number of ours)


class SnowflakeDialect(Dialect):
    """In texts a backslash escapes; in names every character but the quote stands for itself."""

    def text(self, value: str) -> str:
        return super().text(value.replace("\\", "\\\\"))


SQL = SnowflakeDialect(
    # What has no zone, and a date, becomes a moment in the session's zone, which is UTC.
    epoch="DATE_PART(EPOCH_MICROSECOND, CAST({} AS TIMESTAMP_TZ)) / 1e6",
    double="DOUBLE",
    matches="REGEXP_INSTR({0}, {1}) > 0",
    quantile="PERCENTILE_CONT({1}) WITHIN GROUP (ORDER BY {0})",
    literals={
        "aware": "CAST('{}' AS TIMESTAMP_TZ)", "naive": "CAST('{}' AS TIMESTAMP_NTZ)", "date": "CAST('{}' AS DATE)"
    },
)  # fmt: skip


def asking(statement: str, *, database: str, schemas: Sequence[str], tables: Collection[TableName] = ()) -> str:
    """One of the statements above, for the given schemas (empty: all) and, where there are few, the named tables.

    It may find more than the named tables: names are told apart from schemas. Snowflake asks for such filters.
    """
    wanted = [f"TABLE_SCHEMA IN {_list(schemas)}" if schemas else "TABLE_SCHEMA <> 'INFORMATION_SCHEMA'"]
    if tables:
        wanted.append(f"TABLE_SCHEMA IN {_list({table.schema for table in tables})}")
    if 0 < len(tables) <= NAMED:
        wanted.append(f"TABLE_NAME IN {_list({table.name for table in tables})}")
    return statement.format(database=SQL.name(database), wanted=" AND ".join(wanted))


def _list(texts: Iterable[str]) -> str:
    return f"({', '.join(map(SQL.text, sorted(texts)))})"


def infos_of(rows: Iterable[Sequence[Any]]) -> list[TableInfo]:
    """What TABLES says. Pure."""
    return [
        TableInfo(TableName(schema, name), _kind(kind), comment or "", _number(count), _number(size))
        for schema, name, kind, comment, count, size in rows
    ]


def look_of(row: Sequence[Any]) -> Look:
    """What a row of LOOKS says; times are microseconds since 1970. Pure."""
    schema, name, kind, count, size, altered, created = row
    table = TableName(schema, name)
    if kind != STORED or None in (count, size, altered):
        return Look(table, _kind(kind), rows=_number(count), bytes=_number(size))
    return Look(
        table,
        "table",
        mark=f"{altered}|{count}|{size}",
        fingerprint=f"{count}|{size}",
        identity=str(created),
        rows=int(count),
        bytes=int(size),
        changed_at=EPOCH + timedelta(microseconds=int(altered)),
    )


def columns_of(rows: Iterable[Sequence[Any]]) -> dict[TableName, list[Column]]:
    """What COLUMNS says, by table. Pure."""
    found: dict[TableName, list[Column]] = {}
    for schema, table, name, kind, length, precision, scale, nullable, comment in rows:
        column = Column(
            name, _written(kind, length, precision, scale), TIMES.get(kind, ""), nullable == "YES", comment or ""
        )
        found.setdefault(TableName(schema, table), []).append(column)
    return found


def access_of(rows: Iterable[Sequence[Any]], *, role: str) -> WriteAccess:
    """What WRITES says for a session in `role`. Pure."""
    tables = tuple(str(TableName(schema, name)) for schema, name in rows)
    return WriteAccess(tables, superuser=role in ADMINISTRATORS)


def _written(kind: str, length: int | None, precision: int | None, scale: int | None) -> str:
    """A type with its size, so that a column that became wider is noticed."""
    if kind == "NUMBER" and precision is not None:
        return f"NUMBER({precision},{scale or 0})"
    return f"{kind}({length})" if length is not None else kind


def _kind(kind: str) -> Literal["table", "view"]:
    return "view" if kind in VIEWS else "table"


def _number(value: Any) -> int | None:
    return None if value is None else int(value)
