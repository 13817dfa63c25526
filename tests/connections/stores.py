"""A store of each engine for the contract suite: made and written with the store's own means, not with Midwatch."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any, ClassVar, Protocol

import duckdb
from sqlglot import exp

from apps.connections.engines import ENGINES
from apps.connections.engines.contract import Engine
from apps.connections.names import TableName
from tests.servers.bigquery import BigQueryServer
from tests.servers.mariadb import MariaDBServer
from tests.servers.postgres import PostgresServer

HOLD = """
import duckdb, sys
session = duckdb.connect(sys.argv[1])
session.execute("CREATE OR REPLACE TABLE held AS SELECT 1 AS n")
print("held", flush=True)
sys.stdin.read()
"""


class Store(Protocol):
    """What the contract suite needs of a store."""

    key: str
    home: str  # the schema of a table that is named without one
    has_schemas: bool
    has_views: ClassVar[bool]
    has_logins: ClassVar[bool]  # which may be allowed to write
    keeps_not_null: ClassVar[bool]  # what is declared NOT NULL can be told from what it stores
    everywhere: ClassVar[dict[str, Any]]  # settings that make every schema visible
    aware: str  # the types of a time with a zone, and without
    naive: str
    half_past_midnight_utc: tuple[str, ...]  # writes 00:30 UTC into column seen of table t, from another zone
    hour_of_seen: str
    commented: tuple[str, ...]  # makes table orders with a comment, and a column with another
    comments: tuple[str, str]  # those of table and column, as far as the store keeps them
    counted: tuple[str, ...]  # makes the store take stock of table orders
    told: frozenset[str]  # what it then tells of: rows, bytes
    wrong_settings: dict[str, Any]

    def settings(self, **changes: Any) -> dict[str, Any]: ...
    def secret(self, text: str) -> str: ...  # a value for a secret setting, with `text` in it
    def spell(self, table: TableName) -> TableName: ...  # without what the store forbids in names
    def plain(self, name: str) -> str: ...  # a name that nobody quoted, as the store keeps it
    def execute(self, *statements: str) -> None: ...


class Standard:
    """What stores have in common that hold to the standard."""

    has_schemas = True
    has_views: ClassVar[bool] = True
    has_logins: ClassVar[bool] = True
    keeps_not_null: ClassVar[bool] = True
    everywhere: ClassVar[dict[str, Any]] = {}
    aware = "timestamp with time zone"
    naive = "timestamp"
    half_past_midnight_utc: tuple[str, ...] = ("INSERT INTO t VALUES ('2026-03-29 02:30:00+02')",)
    hour_of_seen = "SELECT EXTRACT(HOUR FROM seen) FROM t"
    commented: tuple[str, ...] = (
        "CREATE TABLE orders (id integer)",
        "COMMENT ON TABLE orders IS 'All orders'",
        "COMMENT ON COLUMN orders.id IS 'The key'",
    )
    comments: tuple[str, str] = ("All orders", "The key")
    counted: tuple[str, ...] = ()
    told: frozenset[str] = frozenset({"rows", "bytes"})

    def secret(self, text: str) -> str:
        return text

    def spell(self, table: TableName) -> TableName:
        return table

    def plain(self, name: str) -> str:
        return name


class BigQueryStore(Standard):
    key = "bigquery"
    home = "shop"
    everywhere: ClassVar[dict[str, Any]] = {"datasets": ()}
    aware = "TIMESTAMP"
    naive = "DATETIME"
    commented: tuple[str, ...] = ("CREATE TABLE orders (id INT64 OPTIONS (description = 'The key'))",)
    comments: tuple[str, str] = ("", "The key")  # the description of a table would cost money to read

    def __init__(self, server: BigQueryServer) -> None:
        self.server = server
        server.warehouse.add_dataset(self.home)
        self.wrong_settings = self.settings(project="nowhere-1234")

    def settings(self, **changes: Any) -> dict[str, Any]:
        return {
            "project": self.server.warehouse.project,
            "service_account_json": self.server.account.key_file(),
            "datasets": (self.home,),
            **changes,
        }

    def secret(self, text: str) -> str:
        return self.server.account.key_file(client_id=text)

    def spell(self, table: TableName) -> TableName:
        return TableName(re.sub(r"\W", "", table.schema, flags=re.ASCII), re.sub(r"[^\w -]", "", table.name))

    def execute(self, *statements: str) -> None:
        for statement in statements:
            self.server.warehouse.execute(statement, dataset=self.home)


class PostgresStore(Standard):
    key = "postgres"
    home = "public"
    counted: tuple[str, ...] = ("ANALYZE orders",)

    def __init__(self, server: PostgresServer, database: str) -> None:
        self.server = server
        self.database = database
        self.wrong_settings = self.settings(database="nowhere")

    def settings(self, **changes: Any) -> dict[str, Any]:
        return {**self.server.settings(self.database), **changes}

    def execute(self, *statements: str) -> None:
        # The server would publish its counters a moment later; this makes it do so before it answers.
        self.server.execute(*statements, "SELECT pg_stat_force_next_flush()", database=self.database)


class DuckDBStore(Standard):
    key = "duckdb"
    home = "main"
    has_logins = False
    told: frozenset[str] = frozenset({"rows"})

    def __init__(self, path: Path) -> None:
        self.path = path
        self.wrong_settings = {"path": str(path.with_name("nowhere.duckdb"))}
        self.execute()

    def settings(self, **changes: Any) -> dict[str, Any]:
        return {"path": str(self.path), **changes}

    def execute(self, *statements: str) -> None:
        with duckdb.connect(str(self.path)) as session:
            for statement in statements:
                session.execute(statement)

    def held_by_a_writer(self) -> subprocess.Popen[str]:
        """Another process that has the file open for writing until its input is closed."""
        command = [sys.executable, "-c", HOLD, str(self.path)]
        writer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
        assert writer.stdout
        assert writer.stdout.readline() == "held\n"
        return writer


class MySQLStore(Standard):
    key = "mysql"
    everywhere: ClassVar[dict[str, Any]] = {"database": ""}
    aware = "timestamp"
    naive = "datetime"
    commented: tuple[str, ...] = ("CREATE TABLE orders (id integer COMMENT 'The key') COMMENT = 'All orders'",)
    counted: tuple[str, ...] = ("ANALYZE TABLE orders",)
    half_past_midnight_utc: tuple[str, ...] = (
        "SET time_zone = '+02:00'",
        "INSERT INTO t VALUES ('2026-03-29 02:30:00')",
    )

    def __init__(self, server: MariaDBServer, database: str) -> None:
        self.server = server
        self.home = database
        self.wrong_settings = self.settings(database="nowhere")

    def settings(self, **changes: Any) -> dict[str, Any]:
        return {**self.server.settings(self.home), **changes}

    def execute(self, *statements: str) -> None:
        self.server.execute(*statements, database=self.home)


class SQLiteStore(Standard):
    key = "sqlite"
    home = "main"
    has_logins = False
    has_schemas = False
    commented: tuple[str, ...] = ("CREATE TABLE orders (id integer)",)
    comments: tuple[str, str] = ("", "")
    told: frozenset[str] = frozenset()
    half_past_midnight_utc: tuple[str, ...] = ("INSERT INTO t VALUES ('2026-03-29 02:30:00+02:00')",)
    hour_of_seen = "SELECT CAST(strftime('%H', seen) AS INTEGER) FROM t"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.wrong_settings = {"path": str(path.with_name("nowhere.sqlite3"))}
        self.execute("VACUUM")  # makes the file

    def settings(self, **changes: Any) -> dict[str, Any]:
        return {"path": str(self.path), **changes}

    def execute(self, *statements: str) -> None:
        with closing(self.connect()) as session:
            for statement in statements:
                session.execute(statement)

    def connect(self) -> sqlite3.Connection:
        """An autocommit session that may write."""
        return sqlite3.connect(self.path, isolation_level=None)


def engine(store: Store, **changes: Any) -> Engine:
    """The store's engine, not opened yet."""
    driver = ENGINES[store.key]
    return driver(driver.Settings.model_validate(store.settings(**changes)))


def at_home(store: Store, name: str) -> TableName:
    """A table of the store's home that was made without quotes."""
    return TableName(store.home, store.plain(name))


def written(store: Store, table: TableName) -> str:
    """The table's name as the store's SQL has it."""
    return exp.table_(table.name, db=table.schema, quoted=True).sql(ENGINES[store.key].dialect)
