"""What BigQuery's own tables say about the tables of a dataset, as rows and as values. Nothing here asks anybody.

`__TABLES__` is free to read (0 bytes), unlike the views of INFORMATION_SCHEMA, each of which costs at least 10 MB.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple

from apps.connections.engines.contract import Column, Look, TableInfo
from apps.connections.engines.dialect import Dialect
from apps.connections.names import TableName

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TIMES: Mapping[str, Literal["aware", "naive", "date"]] = {"TIMESTAMP": "aware", "DATETIME": "naive", "DATE": "date"}
STORED, VIEW = 1, 2  # types in __TABLES__; the others (external tables and the like) tell nothing about their data
DAY = re.compile(r"(.+_)20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
DAYS = "20*"  # what a wildcard has to match, lest `events_*` also read `events_intraday_20261121`
MAX_COLUMNS = 2_000_000  # of all tables that one statement lists
HIDDEN_LAST = 1_000_000  # a pseudo column has no position
COLUMNS_BYTES = 10 * 2**20  # what BigQuery counts at least for a view of INFORMATION_SCHEMA, as for any table

LISTED = """SELECT dataset_id, table_id, type, creation_time, last_modified_time, row_count, size_bytes
FROM {dataset}.`__TABLES__`"""
COLUMN = """SELECT c.table_schema, c.table_name, c.column_name, c.data_type, c.is_nullable = 'YES' AS nullable,
c.ordinal_position, c.is_partitioning_column = 'YES' AS parts, {comment} AS comment
FROM {dataset}.INFORMATION_SCHEMA.COLUMNS AS c"""
# The pseudo column that a table is partitioned by at the time of loading is hidden.
SHOWN = "(c.is_hidden = 'NO' OR c.is_partitioning_column = 'YES')"
COLUMNS = f"{COLUMN} WHERE {SHOWN}{{wanted}}"
# Descriptions stand in a view of their own, which costs once more: they are read with the columns of all tables alone.
DESCRIBED = f"""{COLUMN} LEFT JOIN {{dataset}}.INFORMATION_SCHEMA.COLUMN_FIELD_PATHS AS p
ON p.table_name = c.table_name AND p.field_path = c.column_name WHERE {SHOWN}{{wanted}}"""


class BigQueryDialect(Dialect):
    """A backslash, not a second quote, lets a quote stand in a name or a text. A text ends with its line (page "Lexical
    structure and syntax", String and bytes literals)."""

    def name(self, identifier: str) -> str:
        return "`" + identifier.replace("\\", "\\\\").replace("`", "\\`") + "`"

    def text(self, value: str) -> str:
        escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
        return f"'{escaped}'"

    def table(self, table: TableName) -> str:
        """A table; for one that is split into days, the wildcard that reads all of them."""
        stored = table.name.removesuffix("*") + DAYS if table.name.endswith("_*") else table.name
        return f"{self.name(table.schema)}.{self.name(stored)}"


SQL = BigQueryDialect(
    epoch="UNIX_MICROS(CAST({} AS TIMESTAMP)) / 1e6",  # what has no zone is cast as UTC
    double="FLOAT64",
    string="STRING",
    matches="REGEXP_CONTAINS({0}, {1})",
    quantile="APPROX_QUANTILES({0}, 1000)[OFFSET(CAST({1} * 1000 AS INT64))]",
    literals={"aware": "TIMESTAMP '{}'", "naive": "DATETIME '{}'", "date": "DATE '{}'"},
)


class Listed(NamedTuple):
    """A row of `__TABLES__`. Times are milliseconds since 1970."""

    dataset: str
    table: str
    type: int
    created: int
    modified: int
    rows: int
    bytes: int


def listing(datasets: Iterable[TableName]) -> str:
    """One statement for the tables of many datasets of one location; `datasets` are (project, dataset)."""
    return "\nUNION ALL\n".join(LISTED.format(dataset=SQL.table(dataset)) for dataset in datasets)


def column_listing(datasets: Mapping[TableName, Collection[str] | None], *, described: bool = False) -> str:
    """One statement for the columns in many datasets: of the named tables, or of all (None)."""
    parts = []
    for dataset, tables in datasets.items():
        wanted = "" if tables is None else f" AND c.table_name IN ({', '.join(map(SQL.text, sorted(tables)))})"
        shape, comment = (DESCRIBED, "p.description") if described else (COLUMNS, "''")
        parts.append(shape.format(dataset=SQL.table(dataset), comment=comment, wanted=wanted))
    return "\nUNION ALL\n".join(parts)


def by_name(rows: Iterable[Sequence[Any]]) -> dict[TableName, list[Listed]]:
    """The stored tables under the name that people use, the newest first.

    Two or more tables `events_YYYYMMDD` are the days of one table, `events_*`, as BigQuery's own console shows them.
    """
    found: dict[TableName, list[Listed]] = {}
    for row in sorted((Listed(*row) for row in rows), reverse=True):
        day = DAY.fullmatch(row.table) if row.type == STORED else None
        found.setdefault(TableName(row.dataset, f"{day[1]}*" if day else row.table), []).append(row)
    named = {TableName(days[0].dataset, days[0].table) if len(days) == 1 else name: days
             for name, days in found.items()}  # fmt: skip
    return dict(sorted(named.items()))


def infos_of(tables: Mapping[TableName, Sequence[Listed]]) -> list[TableInfo]:
    """Tables with what is stored of them. A description would cost money to read."""
    found = []
    for name, stored in tables.items():
        told = stored[0].type == STORED
        rows, size = sum(part.rows for part in stored), sum(part.bytes for part in stored)
        found.append(TableInfo(name, _kind(stored), "", rows if told else None, size if told else None))
    return found


def look_of(name: TableName, stored: Sequence[Listed]) -> Look:
    """The look at one table. A new day of a table is a change, and does not make it another table."""
    if stored[0].type != STORED:
        return Look(name, _kind(stored))
    modified, rows = max(part.modified for part in stored), sum(part.rows for part in stored)
    size = sum(part.bytes for part in stored)
    return Look(
        name,
        "table",
        mark=f"{len(stored)}.{modified}.{rows}.{size}",
        identity=str(stored[0].created) if len(stored) == 1 else "",
        rows=rows,
        changed_at=EPOCH + timedelta(milliseconds=modified),
        bytes=size,
    )


def columns_of(rows: Iterable[Sequence[Any]], names: Mapping[TableName, TableName]) -> dict[TableName, list[Column]]:
    """Columns in their order. `names` tells under which name a stored table is known; others are left out."""
    found: dict[TableName, list[Column]] = {}
    ordered = sorted(rows, key=lambda row: (row[0], row[1], row[5] or HIDDEN_LAST))
    for schema, table, column, kind, nullable, _, partition, comment in ordered:
        name = names.get(TableName(schema, table))
        if name is not None:
            found.setdefault(name, []).append(
                Column(column, kind, TIMES.get(kind, ""), nullable, comment or "", bool(partition))
            )
    return found


def _kind(stored: Sequence[Listed]) -> Literal["table", "view"]:
    return "view" if stored[0].type == VIEW else "table"
