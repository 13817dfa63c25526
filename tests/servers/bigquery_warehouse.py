"""The data behind the double of BigQuery: DuckDB, to which sqlglot translates, and what BigQuery knows of each table.

INFORMATION_SCHEMA.COLUMNS has the columns of the page "COLUMNS view"; what a query would read is counted as on
"Estimate and control costs" and "Data size calculation". No page of the reference describes `__TABLES__`: its columns,
its types (1 table, 2 view, 3 external) and its 0 bytes are those that its users report.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from apps.common.clock import utc_now
from tests.servers.bigquery_errors import Refused

MEGABYTE = 1 << 20
MINIMUM = 10 * MEGABYTE  # what each table that is read costs at least
COLUMNS_VIEW = "INFORMATION_SCHEMA.COLUMNS"
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
    filter_on: str = ""  # the column of a required partition filter
    bytes_a_value: int = 8


@dataclass(frozen=True)
class Read:
    """A statement that is ready to run, and what it would cost."""

    kind: str
    sql: str
    bytes: int
    tables: int

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
            self.session.execute(statement.sql("duckdb"))
            self._note(statement, (target.db, target.name))

    def _note(self, statement: exp.Expr, key: tuple[str, str]) -> None:
        known = self.tables.get(key)
        now = int(self.clock().timestamp() * 1000)
        if isinstance(statement, exp.Drop):
            del self.tables[key]
        elif isinstance(statement, exp.Create):
            self.tables[key] = Known(now, now, 2 if statement.kind == "VIEW" else 1)
        elif known:
            known.modified = max(now, known.modified + 1)

    def prepare(self, sql: str, default_dataset: str) -> Read:
        """Check a statement as a dry run does. Raises Refused."""
        try:
            statements = sqlglot.parse(sql, read="bigquery")
        except SqlglotError as error:
            found = re.search(r"text: (\S+?),|<Token .*?(\w+)>|\x1b\[4m(\S+?)\x1b", str(error))
            word = next((group for group in found.groups() if group), "end of script") if found else "end of script"
            raise Refused("invalidQuery", f"Syntax error: Unexpected keyword {word} at [1:1]") from error
        statement = statements[0]
        if len(statements) > 1 or statement is None or not isinstance(statement, exp.Query):
            kind = "SCRIPT" if len(statements) > 1 else type(statement).__name__.upper()
            return Read(kind, "", 0, 0)
        size, tables, ctes = 0, 0, _ctes(statement)
        for table in list(statement.find_all(exp.Table)):
            if table.db or table.name not in ctes:
                cost = self._put(statement, table, default_dataset)
                size, tables = size + cost, tables + (cost > 0)
        with self.lock:
            self._bind(statement)
        return Read("SELECT", statement.sql("duckdb"), size, tables)

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

    def _put(self, statement: exp.Expr, table: exp.Table, default_dataset: str) -> int:
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
        return self._read(statement, table, dataset)

    def _read(self, statement: exp.Expr, table: exp.Table, dataset: str) -> int:
        pattern = re.escape(table.name).replace(r"\*", ".*")
        names = [name for home, name in self.tables if home == dataset and re.fullmatch(pattern, name)]
        if not names:
            raise Refused(
                "notFound",
                f"Not found: Table {self.project}:{dataset}.{table.name} was not found in location {self.location}",
            )
        known = [self.tables[dataset, name] for name in names]
        filtered = {column.name for where in statement.find_all(exp.Where) for column in where.find_all(exp.Column)}
        if known[0].filter_on and known[0].filter_on not in filtered:
            raise Refused(
                "invalidQuery",
                f"Cannot query over table '{self.project}.{dataset}.{table.name}' without a filter over column(s) "
                f"'{known[0].filter_on}' that can be used for partition elimination",
            )
        size = sum(self._size(dataset, name, _columns_of(statement)) for name in names)
        parts = [f"SELECT * FROM {_quoted(dataset, name)}" for name in names]
        _replace(table, " UNION ALL BY NAME ".join(parts))
        return size

    def _size(self, dataset: str, name: str, wanted: set[str]) -> int:
        """Rows times the columns that are read; COUNT(*) reads none."""
        known = self.tables[dataset, name]
        columns = [column for column, *_ in self._described(dataset, name)]
        read = columns if "*" in wanted else [column for column in columns if column.lower() in wanted]
        return 0 if known.type == 2 else self.rows(dataset, name) * len(read) * known.bytes_a_value

    def rows(self, dataset: str, name: str) -> int:
        with self.lock:
            row = self.session.execute(f"SELECT count(*) FROM {_quoted(dataset, name)}").fetchone()
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
                count = 0 if view else self.rows(dataset, name)
                size = 0 if view else self._size(dataset, name, {"*"})
                rows.append((self.project, home, name, known.created, known.modified, count, size, known.type))
        names = (
            "project_id", "dataset_id", "table_id", "creation_time", "last_modified_time", "row_count", "size_bytes",
            "type",
        )  # fmt: skip
        return _values(rows, names, texts=3)

    def _columns(self, dataset: str) -> str:
        rows = [
            (self.project, dataset, name, column, TYPES.get(kind, kind), "YES" if null else "NO", "NO", position)
            for home, name in self.tables
            if home == dataset
            for position, (column, kind, null) in enumerate(self._described(dataset, name), start=1)
        ]
        names = (
            "table_catalog", "table_schema", "table_name", "column_name", "data_type", "is_nullable", "is_hidden",
            "ordinal_position",
        )  # fmt: skip
        return _values(rows, names, texts=7)


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
