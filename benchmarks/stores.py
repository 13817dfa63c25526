"""A store of each engine with as many small tables as are wanted, made with the store's own means."""

from __future__ import annotations

import multiprocessing
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import duckdb
import psycopg

from benchmarks.filled import Filled
from benchmarks.measure import in_own_process
from tests.servers.bigquery import BigQueryServer
from tests.servers.bigquery_warehouse import Warehouse
from tests.servers.mariadb import MariaDBServer
from tests.servers.postgres import PostgresServer
from tests.servers.redshift_views import VIEWS
from tests.servers.snowflake import SnowflakeServer

COLUMNS = "id integer, customer_id integer, amount double precision, status varchar(20), updated_at timestamp"
FOLDERS = 100  # schemas of a lake


Filling = Callable[[int], AbstractContextManager[Filled]]


def names(count: int) -> list[str]:
    return [f"tbl_{number:05d}" for number in range(count)]


@contextmanager
def postgres(count: int) -> Iterator[Filled]:
    server = PostgresServer(options=("autovacuum=off", "max_locks_per_transaction=512")).start()
    try:
        server.create_database("bench")
        with server.connect("bench") as session:
            for name in names(count):
                session.execute(f"CREATE TABLE {name} ({COLUMNS})".encode())
            session.execute("VACUUM ANALYZE")
        yield Filled(server.settings("bench"))
    finally:
        server.stop()


@contextmanager
def redshift(count: int) -> Iterator[Filled]:
    with postgres(count) as filled:
        server = {name: filled.settings[name] for name in ("host", "port", "user", "password", "database")}
        login = {name: value for name, value in server.items() if name != "database"}
        with psycopg.connect(dbname="bench", autocommit=True, **login) as session:
            for statement in VIEWS:
                session.execute(statement.encode())
            for name in names(count):  # SVV_TABLE_INFO leaves empty tables out
                session.execute(f"INSERT INTO {name} VALUES (1)".encode())
        note = "PostgreSQL with the system views of Redshift answers"
        yield Filled({**server, "sslmode": "disable"}, {"label_parameter": "redshift.query_group"}, note)


@contextmanager
def mysql(count: int) -> Iterator[Filled]:
    server = MariaDBServer().start()
    try:
        server.create_database("bench")
        server.execute(*(f"CREATE TABLE {name} ({COLUMNS})" for name in names(count)), database="bench")
        yield Filled(server.settings("bench"))
    finally:
        server.stop()


@contextmanager
def in_duckdb(count: int) -> Iterator[Filled]:
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "bench.duckdb"))
        in_own_process(_fill_duckdb, path, count)  # a process hands its peak of memory down to those that it starts
        yield Filled({"path": path})


def _fill_duckdb(path: str, count: int) -> None:
    with duckdb.connect(path) as session:
        session.begin()
        for name in names(count):
            session.execute(f"CREATE TABLE {name} ({COLUMNS})")
        session.commit()


@contextmanager
def sqlite(count: int) -> Iterator[Filled]:
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "bench.sqlite3"))
        with closing(sqlite3.connect(path)) as session, session:
            for name in names(count):
                session.execute(f"CREATE TABLE {name} ({COLUMNS})")
        yield Filled({"path": path})


@contextmanager
def lake(count: int) -> Iterator[Filled]:
    with tempfile.TemporaryDirectory() as folder:
        one = Path(folder, "one.parquet")
        select = (
            "SELECT 1 AS id, 2 AS customer_id, 0.5 AS amount, 'new' AS status, TIMESTAMP '2026-01-01' AS updated_at"
        )
        duckdb.execute(f"COPY ({select}) TO '{one}'")
        root = Path(folder, "lake")
        for number, name in enumerate(names(count)):
            table = root / f"schema_{number % FOLDERS:02d}" / name
            table.mkdir(parents=True)
            shutil.copy(one, table / "part-0.parquet")
        yield Filled({"path": str(root)}, note="the floor is a walk over the folders with a stat of each file")


@contextmanager
def bigquery(count: int) -> Iterator[Filled]:
    with _elsewhere(_serve_bigquery, count) as filled:
        yield filled


@contextmanager
def snowflake(count: int) -> Iterator[Filled]:
    with _elsewhere(_serve_snowflake, count) as filled:
        yield filled


@contextmanager
def _elsewhere(serve: Callable[[Connection, int], None], count: int) -> Iterator[Filled]:
    """What a double in a process of its own has to offer, so that its time and memory are not ours."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=serve, args=(there, count))
    process.start()
    try:
        yield here.recv()
    finally:
        here.send("stop")
        process.join()


class Wide(Warehouse):
    """A project that says that it has `count` tables: the double would take minutes to tell of so many real ones."""

    count = 0

    def _listed(self, dataset: str) -> str:
        return (
            f"SELECT '{self.project}' AS project_id, '{dataset}' AS dataset_id, printf('tbl_%05d', range) AS table_id,"
            " 1767225600000 AS creation_time, 1767225600000 + range AS last_modified_time, 0 AS row_count,"
            f" 0 AS size_bytes, 1 AS type FROM range({self.count})"
        )

    def _columns(self, dataset: str) -> str:
        columns = ", ".join(
            f"({position}, '{text.split()[0]}')" for position, text in enumerate(COLUMNS.split(", "), 1)
        )
        return (
            f"SELECT '{self.project}' AS table_catalog, '{dataset}' AS table_schema,"
            " printf('tbl_%05d', range) AS table_name, named.name AS column_name, 'INT64' AS data_type,"
            " 'YES' AS is_nullable, 'NO' AS is_hidden, 'NO' AS is_partitioning_column,"
            f" named.position AS ordinal_position FROM range({self.count}), (VALUES {columns}) AS named(position, name)"
        )

    def _field_paths(self, dataset: str) -> str:
        wanted = "table_schema, table_name, column_name AS field_path, NULL AS description"
        return f"SELECT {wanted} FROM ({self._columns(dataset)})"


def _serve_bigquery(pipe: Connection, count: int) -> None:
    server = BigQueryServer()
    server.warehouse = Wide(server.warehouse.project, server.warehouse.location)
    server.warehouse.count = count
    server.warehouse.add_dataset("shop")
    server.start()
    settings = {"project": server.warehouse.project, "service_account_json": server.account.key_file()}
    place = {"endpoint": server.url, "token_uri": f"{server.url}/token"}
    pipe.send(Filled(settings, place, "a double answers: its time is in both columns"))
    pipe.recv()
    server.stop()


def _serve_snowflake(pipe: Connection, count: int) -> None:
    server = SnowflakeServer().start()
    for name in names(count):
        server.warehouse.execute(f"CREATE TABLE {name} ({COLUMNS})", schema="PUBLIC")
    account = server.account
    settings = {"account": account.name, "user": account.user, "password": account.password,
                "warehouse": "WATCH_WH", "database": server.warehouse.name}  # fmt: skip
    pipe.send(Filled(settings, {"place": server.place}, "a double answers: its time is in both columns"))
    pipe.recv()
    server.stop()


STORES: dict[str, Filling] = {
    "postgres": postgres, "redshift": redshift, "mysql": mysql, "duckdb": in_duckdb, "sqlite": sqlite, "lake": lake,
    "bigquery": bigquery, "snowflake": snowflake,
}  # fmt: skip
