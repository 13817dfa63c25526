"""The data behind the double of BigQuery: DuckDB, to which sqlglot translates, and what BigQuery knows of each table.

INFORMATION_SCHEMA.COLUMNS has the columns of the page "COLUMNS view"; what a query would read is counted as on
"Estimate and control costs" and "Data size calculation". No page of the reference describes `__TABLES__`: its columns,
its types (1 table, 2 view, 3 external) and its 0 bytes are those that its users report.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from apps.common.clock import utc_now
from tests.servers.bigquery_errors import Refused
from tests.servers.bigquery_partitions import Partitions, unit_of
from tests.servers.bigquery_pruning import INGESTED, by_days, partition_column, pruning, requires_filter

MEGABYTE = 1 << 20
MINIMUM = 10 * MEGABYTE  # what each table that is read costs at least
COLUMNS_VIEW = "INFORMATION_SCHEMA.COLUMNS"
PATHS_VIEW = "INFORMATION_SCHEMA.COLUMN_FIELD_PATHS"
PARTITIONS_VIEW = "INFORMATION_SCHEMA.PARTITIONS"
TYPES = {
    "BIGINT": "INT64", "INTEGER": "INT64", "VARCHAR": "STRING", "DOUBLE": "FLOAT64", "BOOLEAN": "BOOL",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP", "TIMESTAMP": "DATETIME",
}  # fmt: skip


@dataclass
class Known:
    """What BigQuery keeps beside a table's rows. Times are milliseconds; `type` is that of `__TABLES__`."""

    created: int
    modified: int
    type: int = 1
    parted_on: str = ""  # the column that it is partitioned by
    filter_on: str = ""  # the column of a required partition filter
    bytes_a_value: int = 8
    descriptions: dict[str, str] = field(default_factory=dict)  # of columns
    partitions: Partitions = field(default_factory=Partitions)


@dataclass(frozen=True)
class Read:
    """A statement that is ready to run, and what it would cost."""

    kind: str
    sql: str
    bytes: int
    tables: int
    referenced: tuple[tuple[str, str], ...] = ()

    @property
    def billed(self) -> int:
        whole = -(-self.bytes // MEGABYTE) * MEGABYTE
        return max(whole, MINIMUM * self.tables) if self.bytes else 0


class Warehouse:
    """Project `project` with its datasets. `clock` tells the time at which tables are written."""

    def __init__(self, project: str, location: str) -> None:
        self.project, self.location = project, location
        self.clock: Callable[[], datetime] = utc_now
        self.datasets: dict[str, str] = {}
        self.tables: dict[tuple[str, str], Known] = {}
        self.forbidden: set[str] = set()  # datasets that the account may not read
        self.lock = threading.RLock()
        self.session = duckdb.connect()
        self.session.execute("SET TimeZone = 'UTC'")

    def add_dataset(self, name: str, location: str = "") -> None:
        self.datasets[name] = location or self.location
        with self.lock:
            self.session.execute(f"CREATE SCHEMA {exp.to_identifier(name, quoted=True).sql('duckdb')}")

    def execute(self, sql: str, *, dataset: str) -> None:
        """Run a statement that changes something, as somebody else's pipeline would."""
        (statement,) = sqlglot.parse(sql, read="bigquery")
        assert statement is not None
        target = statement.find(exp.Table)
        if isinstance(statement, exp.Create) and statement.kind == "SCHEMA":
            assert target is not None
            self.add_dataset(target.db)
            return
        for table in statement.find_all(exp.Table):
            if not table.db and table.name not in _ctes(statement):
                table.set("db", exp.to_identifier(dataset, quoted=True))
        assert target is not None
        with self.lock:
            self.session.execute(statement.sql("duckdb", unsupported_level=ErrorLevel.IGNORE))
            self._note(statement, (target.db, target.name))

    def _note(self, statement: exp.Expr, key: tuple[str, str]) -> None:
        known = self.tables.get(key)
        now = int(self.clock().timestamp() * 1000)
        if isinstance(statement, exp.Drop):
            del self.tables[key]
        elif isinstance(statement, exp.Create):
            self.tables[key] = Known(
                now, now, 2 if statement.kind == "VIEW" else 1, partition_column(statement),
                partition_column(statement) if requires_filter(statement) else "",
                descriptions=_descriptions(statement),
                partitions=Partitions(partition_column(statement), unit_of(statement)),
            )  # fmt: skip
            if self.tables[key].parted_on == INGESTED:
                self.session.execute(f"ALTER TABLE {_quoted(*key)} ADD COLUMN {INGESTED} TIMESTAMPTZ")
        elif known:
            known.modified = max(now, known.modified + 1)
            if known.parted_on == INGESTED:
                today = f"date_trunc('day', to_timestamp({now / 1000}))"
                self.session.execute(f"UPDATE {_quoted(*key)} SET {INGESTED} = coalesce({INGESTED}, {today})")
        stored = self.tables.get(key)
        if stored and stored.parted_on:
            stored.partitions.refresh(self.session, _quoted(*key), now)

    def stream(self, sql: str, *, dataset: str, table: str) -> None:
        """Insert rows as tabledata.insertAll does: queries see them at once, what is told of the table only later."""
        before = self.rows(dataset, table)
        with self.lock:
            self.session.execute(sqlglot.transpile(sql, read="bigquery", write="duckdb")[0])
        now = int(self.clock().timestamp() * 1000)
        self.tables[dataset, table].partitions.stream(self.rows(dataset, table) - before, now)

    def prepare(self, sql: str, default_dataset: str) -> Read:
        """Check a statement as a dry run does. Raises Refused."""
        try:
            statements = sqlglot.parse(sql, read="bigquery")
        except SqlglotError as error:
            found = re.search(r"text: (\S+?),|<Token .*?(\w+)>|\x1b\[4m(\S+?)\x1b", str(error))
            word = next((group for group in found.groups() if group), "end of script") if found else "end of script"
            raise Refused("invalidQuery", f"Syntax error: Unexpected keyword {word} at [1:1]") from error
        statement = statements[0] if statements else None
        if len(statements) > 1 or statement is None or not isinstance(statement, exp.Query):
            kind = "SCRIPT" if len(statements) > 1 else type(statement).__name__.upper()
            return Read(kind, "", 0, 0)
        if statement.find(exp.Lock):
            raise Refused("invalidQuery", "Syntax error: Unexpected keyword UPDATE at [1:1]")
        size, tables, ctes = 0, 0, _ctes(statement)
        named: dict[tuple[str, str], None] = {}
        for table in list(statement.find_all(exp.Table)):
            if table.db or table.name not in ctes:
                named[table.db or default_dataset, table.name] = None
                cost = self._put(table, default_dataset)
                size, tables = size + cost, tables + (cost > 0)
        with self.lock:
            self._bind(statement)
        return Read("SELECT", statement.sql("duckdb"), size, tables, tuple(named)[:50])

    def _bind(self, statement: exp.Expr) -> None:
        """Let DuckDB look up every name."""
        try:
            self.session.execute(f"EXPLAIN {statement.sql('duckdb')}")
        except duckdb.BinderException as error:
            column = re.search(r'column "([^"]+)"', str(error))
            message = f"Unrecognized name: {column[1]} at [1:8]" if column else str(error)
            raise Refused("invalidQuery", message) from error
        except duckdb.Error as error:
            raise Refused("invalidQuery", str(error)) from error

    def _put(self, table: exp.Table, default_dataset: str) -> int:
        """Let `table` stand for what DuckDB has, and return the bytes that the statement reads of it."""
        dataset = table.db or default_dataset
        if not dataset:
            raise Refused("invalid", f'Table "{table.name}" must be qualified with a dataset (e.g. dataset.table).')
        where = f"{self.project}:{dataset}"
        if dataset not in self.datasets:
            raise Refused("notFound", f"Not found: Dataset {where} was not found in location {self.location}")
        if dataset in self.forbidden:
            raise Refused(
                "accessDenied",
                f"Access Denied: Table {where}.{table.name}: User does not have permission to query table "
                f"{where}.{table.name}, or perhaps it does not exist.",
            )
        if table.name == "__TABLES__":
            _replace(table, self._listed(dataset))
            return 0
        if table.name.upper() == COLUMNS_VIEW:
            _replace(table, self._columns(dataset))
            return MINIMUM
        if table.name.upper() == PATHS_VIEW:
            _replace(table, self._field_paths(dataset))
            return MINIMUM
        if table.name.upper() == PARTITIONS_VIEW:
            _replace(table, self._partitions(dataset))
            return MINIMUM
        return self._read(table, dataset)

    def _read(self, table: exp.Table, dataset: str) -> int:
        pattern = re.escape(table.name).replace(r"\*", ".*")
        names = [name for home, name in self.tables if home == dataset and re.fullmatch(pattern, name)]
        if not names:
            raise Refused(
                "notFound",
                f"Not found: Table {self.project}:{dataset}.{table.name} was not found in location {self.location}",
            )
        known = [self.tables[dataset, name] for name in names]
        kept = pruning(table, known[0].parted_on or known[0].filter_on)
        if known[0].filter_on and kept is None:
            raise Refused(
                "invalidQuery",
                f"Cannot query over table '{self.project}.{dataset}.{table.name}' without a filter over column(s) "
                f"'{known[0].filter_on}' that can be used for partition elimination",
            )
        wanted = _columns_of(table.find_ancestor(exp.Select) or table)
        where = f" WHERE {by_days(kept)}" if kept is not None else ""
        size = sum(self._size(dataset, name, wanted, where) for name in names)
        parts = [f"SELECT * FROM {_quoted(dataset, name)}" for name in names]
        _replace(table, " UNION ALL BY NAME ".join(parts))
        return size

    def _size(self, dataset: str, name: str, wanted: set[str], where: str = "") -> int:
        """Rows times the columns that are read; COUNT(*) reads none."""
        known = self.tables[dataset, name]
        columns = [column for column, *_ in self._described(dataset, name)]
        read = columns if "*" in wanted else [column for column in columns if column.lower() in wanted]
        return 0 if known.type == 2 else self.rows(dataset, name, where) * len(read) * known.bytes_a_value

    def rows(self, dataset: str, name: str, where: str = "") -> int:
        with self.lock:
            row = self.session.execute(f"SELECT count(*) FROM {_quoted(dataset, name)}{where}").fetchone()
        return int(row[0]) if row else 0

    def _described(self, dataset: str, name: str) -> list[tuple[Any, ...]]:
        with self.lock:
            return self.session.execute(
                "SELECT column_name, data_type, is_nullable FROM duckdb_columns() "
                "WHERE schema_name = ? AND table_name = ? ORDER BY column_index",
                [dataset, name],
            ).fetchall()

    def _listed(self, dataset: str) -> str:
        rows = []
        for (home, name), known in self.tables.items():
            if home == dataset:
                view = known.type == 2
                count = 0 if view else self.rows(dataset, name) - known.partitions.buffered
                size = 0 if view else self._size(dataset, name, {"*"})
                rows.append((self.project, home, name, known.created, known.modified, count, size, known.type))
        names = (
            "project_id", "dataset_id", "table_id", "creation_time", "last_modified_time", "row_count", "size_bytes",
            "type",
        )  # fmt: skip
        return _values(rows, names, texts=3)

    def _columns(self, dataset: str) -> str:
        rows = [
            (
                self.project,
                dataset,
                name,
                column,
                TYPES.get(kind, kind),
                "YES" if null else "NO",
                "YES" if column == INGESTED else "NO",
                "YES" if column == (known.parted_on or known.filter_on) else "NO",
                None if column == INGESTED else position,
            )
            for (home, name), known in self.tables.items()
            if home == dataset
            for position, (column, kind, null) in enumerate(self._described(dataset, name), start=1)
        ]
        names = (
            "table_catalog", "table_schema", "table_name", "column_name", "data_type", "is_nullable", "is_hidden",
            "is_partitioning_column", "ordinal_position",
        )  # fmt: skip
        return _values(rows, names, texts=8)

    def _field_paths(self, dataset: str) -> str:
        """The columns of the page "COLUMN_FIELD_PATHS view" that tell a description."""
        rows = [
            (dataset, name, column, known.descriptions.get(column))
            for (home, name), known in self.tables.items()
            if home == dataset
            for column, *_ in self._described(dataset, name)
        ]
        return _values(rows, ("table_schema", "table_name", "field_path", "description"), texts=4)

    def _partitions(self, dataset: str) -> str:
        """The columns of the page "PARTITIONS view"."""
        now = int(self.clock().timestamp() * 1000)
        stored = {name: known for (home, name), known in self.tables.items() if home == dataset and known.type != 2}
        rows = []
        for name, known in stored.items():
            if not known.parted_on:
                with self.lock:
                    known.partitions.refresh(self.session, _quoted(dataset, name), known.modified)
            a_row = len(self._described(dataset, name)) * known.bytes_a_value
            rows += [(self.project, dataset, name, *part) for part in known.partitions.listed(a_row, now)]
        names = (
            "table_catalog", "table_schema", "table_name", "partition_id", "storage_tier", "total_rows",
            "total_logical_bytes", "last_modified_time",
        )  # fmt: skip
        moment = "to_timestamp(last_modified_time / 1000) AS last_modified_time"
        return f"SELECT * REPLACE ({moment}) FROM ({_values(rows, names, texts=5)})"


def _descriptions(statement: exp.Create) -> dict[str, str]:
    """What OPTIONS(description = "…") says of columns."""
    return {
        column.name: option.args["value"].name
        for column in statement.find_all(exp.ColumnDef)
        for option in column.find_all(exp.Property)
        if option.name == "description"
    }


def _ctes(statement: exp.Expr) -> set[str]:
    return {cte.alias for cte in statement.find_all(exp.CTE)}


def _columns_of(statement: exp.Expr) -> set[str]:
    """The names of the columns that are read, in lower case; * for all of them."""
    stars = [star for star in statement.find_all(exp.Star) if not isinstance(star.parent, exp.Count)]
    return {column.name.lower() for column in statement.find_all(exp.Column)} | ({"*"} if stars else set())


def _quoted(dataset: str, name: str) -> str:
    return exp.table_(name, db=dataset, quoted=True).sql("duckdb")


def _replace(table: exp.Table, select: str) -> None:
    """Put a SELECT where a table stood, under the same name."""
    inner = sqlglot.parse_one(select, read="duckdb")
    name = exp.to_identifier(table.alias_or_name, quoted=True)
    table.replace(exp.Subquery(this=inner, alias=exp.TableAlias(this=name)))


def _values(rows: Sequence[tuple[Any, ...]], names: Sequence[str], *, texts: int) -> str:
    """Rows as a SELECT; the first `texts` columns are texts, the others numbers."""
    kinds = ("VARCHAR" if index < texts else "BIGINT" for index in range(len(names)))
    empty = tuple(f"CAST(NULL AS {kind})" for kind in kinds)
    written = [empty, *(tuple(exp.convert(value).sql("duckdb") for value in row) for row in rows)]
    values = ", ".join(f"({', '.join(row)})" for row in written)
    return f"SELECT * FROM (VALUES {values}) AS listed({', '.join(names)}) WHERE {names[0]} IS NOT NULL"
