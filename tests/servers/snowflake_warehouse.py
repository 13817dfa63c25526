"""The data behind the double of Snowflake: DuckDB, to which sqlglot translates, and what Snowflake knows of each table.

The views of INFORMATION_SCHEMA have the columns of the pages "TABLES view", "COLUMNS view", "SCHEMATA view" and
"TABLE_PRIVILEGES view" that are asked for; errors have the numbers and words of Snowflake's own. Names are kept as on
the page "Identifier requirements": in upper case unless quoted. BYTES moves with every write, as new micro-partitions
make it do there; DuckDB keeps no offsets, so a TIMESTAMP_TZ is a TIMESTAMP_LTZ here.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.normalize_identifiers import normalize_identifiers

from apps.common.clock import utc_now
from tests.servers.snowflake_errors import Refused, missing

TEXT, NUMBER, TIME = "VARCHAR", "BIGINT", "TIMESTAMP WITH TIME ZONE"
VIEWS = {
    "TABLES": {
        "TABLE_SCHEMA": TEXT, "TABLE_NAME": TEXT, "TABLE_TYPE": TEXT, "ROW_COUNT": NUMBER, "BYTES": NUMBER,
        "CREATED": TIME, "LAST_ALTERED": TIME, "COMMENT": TEXT,
    },
    "COLUMNS": {
        "TABLE_SCHEMA": TEXT, "TABLE_NAME": TEXT, "COLUMN_NAME": TEXT, "ORDINAL_POSITION": NUMBER, "DATA_TYPE": TEXT,
        "CHARACTER_MAXIMUM_LENGTH": NUMBER, "NUMERIC_PRECISION": NUMBER, "NUMERIC_SCALE": NUMBER,
        "IS_NULLABLE": TEXT, "COMMENT": TEXT,
    },
    "SCHEMATA": {"SCHEMA_NAME": TEXT},
    "TABLE_PRIVILEGES": {"GRANTEE": TEXT, "TABLE_SCHEMA": TEXT, "TABLE_NAME": TEXT, "PRIVILEGE_TYPE": TEXT},
}  # fmt: skip
SYSTEM = "INFORMATION_SCHEMA"
TYPES: tuple[tuple[str, str, int | None, int | None], ...] = (  # DuckDB's, Snowflake's, length, precision
    ("BOOLEAN", "BOOLEAN", None, None), ("TIMESTAMP WITH", "TIMESTAMP_LTZ", None, None),
    ("TIMESTAMP", "TIMESTAMP_NTZ", None, None), ("DATE", "DATE", None, None), ("TIME", "TIME", None, None),
    ("DOUBLE", "FLOAT", None, None), ("VARCHAR", "TEXT", 16777216, None), ("", "NUMBER", None, 38),
)  # fmt: skip


@dataclass
class Known:
    """What Snowflake keeps beside a table's rows. `stored` is its name in DuckDB, which does not tell case apart."""

    stored: str
    type: str
    created: datetime
    altered: datetime
    rows: int | None = None
    bytes: int | None = None
    comment: str | None = None
    comments: dict[str, str] = field(default_factory=dict)  # of columns
    writes: int = 0


class Warehouse:
    """Database `name` with its schemas. `clock` tells the time at which tables are written."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.clock: Callable[[], datetime] = utc_now
        self.schemas = ["PUBLIC"]
        self.tables: dict[tuple[str, str], Known] = {}
        self.forbidden: set[str] = set()  # tables that the role may see but not read
        self.privileges: tuple[str, ...] = ("SELECT", "INSERT")  # of the role, on every table
        self.limit = 1_000_000  # rows that a view of INFORMATION_SCHEMA may have before Snowflake refuses it
        self.lock = threading.RLock()
        self.session = duckdb.connect()
        self.session.execute("SET TimeZone = 'UTC'")
        self._numbers = count(1)

    def execute(self, sql: str, *, schema: str = "PUBLIC") -> None:
        """Run a statement that changes something, as somebody else's pipeline would."""
        statement = normalize_identifiers(sqlglot.parse_one(sql, read="snowflake"), dialect="snowflake")
        if isinstance(statement, exp.Comment):
            self._comment(statement, schema)
            return
        target = statement.find(exp.Table)
        assert target is not None
        if isinstance(statement, exp.Create) and statement.kind == "SCHEMA":
            self.schemas.append(target.db)
        else:
            key = (target.db or schema, target.name)
            if isinstance(statement, exp.Create):
                now, view = self.clock(), statement.kind == "VIEW"
                known = Known(f"t{next(self._numbers)}", "VIEW" if view else "BASE TABLE", now, now)
                self.tables[key] = known
            with self.lock:
                for table in _sources(statement):
                    self._put(table, table.db or schema, named=table is not target)
                self.session.execute(statement.sql("duckdb"))
                self._note(statement, key)

    def touch(self, schema: str, name: str) -> None:
        """Maintenance, or DDL that leaves the rows alone: LAST_ALTERED moves, and nothing else."""
        known = self.tables[schema, name]
        known.altered = max(self.clock(), known.altered)

    def prepare(self, sql: str, schema: str, role: str) -> str:
        """A SELECT as DuckDB's. Raises Refused as Snowflake's compiler does."""
        try:
            statements = sqlglot.parse(sql, read="snowflake")
        except SqlglotError as error:
            raise _syntax(str(error)) from error
        if len(statements) != 1:
            raise Refused(
                "000008",
                f"Actual statement count {len(statements)} did not match the desired statement count 1.",
                "0A000",
            )
        if not isinstance(statements[0], exp.Query):
            raise Refused("003001", "SQL access control error:\nInsufficient privileges to operate on schema", "42501")
        statement = normalize_identifiers(statements[0], dialect="snowflake")
        for call in list(statement.find_all(exp.Anonymous)):
            if call.name.upper() == "IS_ROLE_IN_SESSION":
                call.replace(exp.EQ(this=call.expressions[0], expression=exp.Literal.string(role)))
        for table in _sources(statement):
            if table.catalog not in ("", self.name):
                raise missing("Database", table.catalog)
            self._put(table, table.db or schema, named=True)
        with self.lock:
            self._bind(statement.sql("duckdb"))
        return statement.sql("duckdb")

    def _put(self, table: exp.Table, schema: str, *, named: bool) -> None:
        """Let `table` stand for what DuckDB has; `named`: under the name that it had."""
        if schema == SYSTEM and table.name in VIEWS:
            _rename(table, self._view(table.name), named=named)
            return
        if schema not in self.schemas:
            raise missing("Schema", f"{self.name}.{schema}")
        if (schema, table.name) not in self.tables:
            raise missing("Object", table.name)
        if table.name in self.forbidden:
            raise Refused("003001", "SQL access control error:\nInsufficient privileges to operate on table "
                          f"'{table.name}'.", "42501")  # fmt: skip
        _rename(table, self.tables[schema, table.name].stored, named=named)

    def _bind(self, sql: str) -> None:
        """Let DuckDB look up every name."""
        try:
            self.session.execute(f"EXPLAIN {sql}")
        except duckdb.ParserException as error:
            raise _syntax(str(error)) from error
        except duckdb.BinderException as error:
            column = re.search(r'column "([^"]+)"', str(error))
            said = f"error line 1 at position 7\ninvalid identifier '{column[1]}'" if column else str(error)
            raise Refused("000904", f"SQL compilation error: {said}", "42000") from error

    def _note(self, statement: exp.Expr, key: tuple[str, str]) -> None:
        known = self.tables[key]
        if isinstance(statement, exp.Drop):
            del self.tables[key]
        elif known.type == "BASE TABLE":
            written = not isinstance(statement, exp.Create | exp.Alter)
            row = self.session.execute(f"SELECT count(*) FROM {known.stored}").fetchone()
            known.rows, known.writes = int(row[0]) if row else 0, known.writes + written
            known.bytes = (1024 + 8 * known.rows + known.writes) if known.rows else 0
            known.altered = max(self.clock(), known.altered)

    def _comment(self, statement: exp.Comment, schema: str) -> None:
        text = statement.expression.name
        if isinstance(statement.this, exp.Column):
            column = statement.this
            self.tables[column.db or schema, column.table].comments[column.name] = text
        else:
            self.tables[statement.this.db or schema, statement.this.name].comment = text

    def _view(self, name: str) -> str:
        """A view of INFORMATION_SCHEMA as it is now: the table in DuckDB that holds it."""
        rows, columns, stored = list(getattr(self, f"_{name.lower()}")()), VIEWS[name], f"{SYSTEM}_{name}"
        if len(rows) > self.limit:
            raise Refused(
                "090030",
                "Information schema query returned too much data.  Please repeat query with more selective predicates.",
                "22000",
            )
        typed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        values = ", ".join(f"unnest(CAST(? AS {kind}[]))" for kind in columns.values())
        with self.lock:
            self.session.execute(f"CREATE OR REPLACE TABLE {stored} ({typed})")
            if rows:
                self.session.execute(
                    f"INSERT INTO {stored} SELECT {values}", [list(part) for part in zip(*rows, strict=True)]
                )
        return stored

    def _tables(self) -> Iterator[tuple[Any, ...]]:
        yield SYSTEM, "TABLES", "VIEW", None, None, None, None, None
        for key, known in self.tables.items():
            yield *key, known.type, known.rows, known.bytes, known.created, known.altered, known.comment

    def _columns(self) -> Iterator[tuple[Any, ...]]:
        with self.lock:
            rows = self.session.execute(
                "SELECT table_name, column_name, column_index, data_type, numeric_precision, numeric_scale, "
                "is_nullable FROM duckdb_columns() ORDER BY table_name, column_index"
            ).fetchall()
        keys = {known.stored: key for key, known in self.tables.items()}
        for stored, column, index, kind, precision, scale, nullable in rows:
            if key := keys.get(stored):
                theirs, length, digits = next(ours for start, *ours in TYPES if str(kind).startswith(start))
                decimal = str(kind).startswith("DECIMAL")
                yield (
                    *key, column, index, theirs, length, precision if decimal else digits,
                    scale if decimal else digits and 0, "YES" if nullable else "NO",
                    self.tables[key].comments.get(column),
                )  # fmt: skip

    def _schemata(self) -> Iterator[tuple[str]]:
        yield from ((name,) for name in (*self.schemas, SYSTEM))

    def _table_privileges(self) -> Iterator[tuple[str, ...]]:
        yield from (("READER_ROLE", *key, privilege) for key in self.tables for privilege in self.privileges)


def _sources(statement: exp.Expr) -> list[exp.Table]:
    """The tables of a statement, without what a WITH in it defines."""
    defined = {cte.alias for cte in statement.find_all(exp.CTE)}
    return [table for table in statement.find_all(exp.Table) if table.db or table.name not in defined]


def _rename(table: exp.Table, stored: str, *, named: bool) -> None:
    """Let a table be the one in DuckDB that is called `stored`; `named`: under the name that it had."""
    if named and not table.alias:
        table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name, quoted=True)))
    table.set("this", exp.to_identifier(stored))
    table.set("db", None)
    table.set("catalog", None)


def _syntax(said: str) -> Refused:
    found = re.search(r'at or near "([^"]+)"|\x1b\[4m(\S+?)\x1b', said)
    word = next((group for group in found.groups() if group), "<EOF>") if found else "<EOF>"
    return Refused("001003", f"SQL compilation error:\nsyntax error line 1 at position 7 unexpected '{word}'.", "42000")
