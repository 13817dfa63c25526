"""What Midwatch asks Amazon Redshift's system views, one statement each for any number of tables, and what it means.

The views and their columns are those of the pages SVV_TABLES, SVV_TABLE_INFO and SVV_COLUMNS of the Redshift Database
Developer Guide. What these pages warn of:

- SVV_TABLE_INFO has no row for an empty table, nor for views and external tables; so the list comes from SVV_TABLES.
- Its `tbl_rows` counts rows that are deleted and not vacuumed yet; `estimated_visible_rows` leaves them out.
- It is for superusers, and for whom they grant it to.
- `size` counts blocks of 1 MB.

None of them tells when a table was written. SYS_QUERY_DETAIL holds a few days, shows a login that is no superuser its
own statements alone, and grows with the cluster's work; SHOW TABLES takes a statement for each schema and lags behind
by minutes. So Midwatch says nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from apps.connections.engines.contract import Column, Look, TableInfo, WriteAccess
from apps.connections.engines.dialect import Dialect
from apps.connections.names import TableName

BLOCK = 2**20  # bytes
# `mv_tbl__` begins the names of the tables in which Redshift keeps materialised views.
_LISTED = """{0}.table_schema NOT IN ('information_schema', 'catalog_history') AND left({0}.table_schema, 3) <> 'pg_'
    AND left({0}.table_name, 8) <> 'mv_tbl__'"""
LOOKS = f"""
SELECT t.table_schema, t.table_name, t.table_type, t.remarks, i.estimated_visible_rows, i.size
FROM svv_tables t LEFT JOIN svv_table_info i ON i."schema" = t.table_schema AND i."table" = t.table_name
WHERE {_LISTED.format("t")}
"""  # noqa: S608
LOOKS_WITHOUT_SIZES = f"""
SELECT t.table_schema, t.table_name, t.table_type, t.remarks, NULL, NULL FROM svv_tables t WHERE {_LISTED.format("t")}
"""  # noqa: S608
COLUMNS = f"""
SELECT c.table_schema, c.table_name, c.column_name, c.data_type, c.character_maximum_length, c.numeric_precision,
    c.numeric_scale, c.is_nullable, c.remarks
FROM svv_columns c WHERE {_LISTED.format("c")} {{}} ORDER BY c.table_schema, c.table_name, c.ordinal_position
"""  # noqa: S608
# A name is looked up before its right is: without USAGE on the schema that would be an error, hence the CASE.
WRITE_ACCESS = f"""
SELECT u.usesuper, w.table_schema, w.table_name
FROM pg_user u LEFT JOIN (
    SELECT t.table_schema, t.table_name
    FROM (
        SELECT CAST(schemaname AS varchar) AS table_schema, CAST(tablename AS varchar) AS table_name FROM pg_tables
    ) t
    WHERE {_LISTED.format("t")} AND CASE WHEN has_schema_privilege(t.table_schema, 'USAGE') THEN
        has_table_privilege(quote_ident(t.table_schema) || '.' || quote_ident(t.table_name), 'INSERT')
        OR has_table_privilege(quote_ident(t.table_schema) || '.' || quote_ident(t.table_name), 'UPDATE')
        OR has_table_privilege(quote_ident(t.table_schema) || '.' || quote_ident(t.table_name), 'DELETE')
        ELSE false END
) w ON true
WHERE u.usename = current_user ORDER BY 2, 3 LIMIT 5
"""  # noqa: S608
# `timestamp` alone is what external tables call it.
TIMES: Mapping[str, Literal["aware", "naive", "date"]] = {
    "timestamp with time zone": "aware",
    "timestamp without time zone": "naive",
    "timestamp": "naive",
    "date": "date",
}


class RedshiftDialect(Dialect):
    """In a text of Redshift's, a backslash takes the next character's meaning away."""

    def text(self, value: str) -> str:
        written = super().text(value)
        # In brackets: ~ binds as strongly as ||.
        return "(" + written.replace("\\", "' || chr(92) || '") + ")" if "\\" in value else written


SQL = RedshiftDialect(
    matches="{0} ~ {1}",
    quantile="PERCENTILE_CONT({1}) WITHIN GROUP (ORDER BY {0})",
    literals={"aware": "CAST('{}' AS TIMESTAMPTZ)", "naive": "CAST('{}' AS TIMESTAMP)", "date": "CAST('{}' AS DATE)"},
)


def looks_of(rows: Iterable[tuple[Any, ...]]) -> dict[TableName, Look]:
    """What LOOKS says. Pure."""
    looks = {}
    for schema, name, kind, _, count, blocks in rows:
        table = TableName(schema, name)
        looks[table] = Look(table, _kind(kind), rows=_whole(count), bytes=_bytes(blocks))
    return looks


def infos_of(rows: Iterable[tuple[Any, ...]]) -> list[TableInfo]:
    """What LOOKS says, for the catalogue. Pure."""
    return sorted(
        TableInfo(TableName(schema, name), _kind(kind), comment or "", _whole(count), _bytes(blocks))
        for schema, name, kind, comment, count, blocks in rows
    )


def columns_of(rows: Iterable[tuple[Any, ...]]) -> dict[TableName, list[Column]]:
    """What COLUMNS says, by table. Pure."""
    found: dict[TableName, list[Column]] = {}
    for schema, name, column, kind, length, precision, scale, nullable, comment in rows:
        full = _full_type(kind, length, precision, scale)
        found.setdefault(TableName(schema, name), []).append(
            Column(column, full, TIMES.get(kind.lower(), ""), nullable != "NO", comment or "")
        )
    return found


def access_of(rows: Iterable[tuple[Any, ...]]) -> WriteAccess:
    """What WRITE_ACCESS says: at most five tables as examples. Pure."""
    found = list(rows)
    tables = tuple(str(TableName(schema, name)) for _, schema, name in found if name is not None)
    return WriteAccess(tables, superuser=any(superuser for superuser, *_ in found))


def _kind(kind: str) -> Literal["table", "view"]:
    return "view" if "VIEW" in kind.upper() else "table"


def _whole(number: Any) -> int | None:
    return None if number is None else int(number)


def _bytes(blocks: Any) -> int | None:
    return None if blocks is None else int(blocks) * BLOCK


def _full_type(kind: str, length: int | None, precision: int | None, scale: int | None) -> str:
    if length:
        return f"{kind}({length})"
    if kind.lower() in ("numeric", "decimal") and precision:
        return f"{kind}({precision},{scale or 0})"
    return kind
