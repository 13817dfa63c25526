"""The floor under a look: the bare driver and one statement for what the store knows of all tables, nothing kept."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import duckdb
import psycopg
import pymysql

from apps.connections.engines.duckdb_session import CONFIG

STATEMENTS = {
    "bigquery": "SELECT dataset_id, table_id, type, creation_time, last_modified_time, row_count, size_bytes"
    " FROM `shop`.`__TABLES__`",
    "duckdb": "SELECT schema_name, table_name, estimated_size FROM duckdb_tables()",
    "mysql": "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, UPDATE_TIME, TABLE_ROWS, DATA_LENGTH"
    " FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'bench'",
    "postgres": "SELECT s.schemaname, s.relname, c.relkind, c.oid, c.relfilenode, s.n_tup_ins, s.n_tup_upd,"
    " s.n_tup_del, c.reltuples FROM pg_class c JOIN pg_stat_user_tables s ON s.relid = c.oid",
    "redshift": 'SELECT "schema", "table", table_id, tbl_rows, size FROM svv_table_info',
    "snowflake": "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, ROW_COUNT, BYTES, LAST_ALTERED"
    " FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA <> 'INFORMATION_SCHEMA'",
    "sqlite": "PRAGMA main.table_list",
}
Ask = Callable[[], int]  # runs the statement, and returns how many rows it gave


@contextmanager
def bare(key: str, settings: Mapping[str, Any], place: Mapping[str, Any]) -> Iterator[Ask]:
    """A session of the bare driver of engine `key`."""
    with SESSIONS[key](settings, place) as ask:
        yield ask


@contextmanager
def _postgres(settings: Mapping[str, Any], _: Mapping[str, Any]) -> Iterator[Ask]:
    login = {name: settings[name] for name in ("host", "port", "user", "password")}
    statement = STATEMENTS["postgres" if "sslmode" not in settings else "redshift"].encode()
    with psycopg.connect(dbname=settings["database"], autocommit=True, **login) as session:
        yield lambda: len(session.execute(statement).fetchall())


@contextmanager
def _mysql(settings: Mapping[str, Any], _: Mapping[str, Any]) -> Iterator[Ask]:
    with closing(pymysql.connect(autocommit=True, **settings)) as session, session.cursor() as cursor:

        def ask() -> int:
            cursor.execute(STATEMENTS["mysql"])
            return len(cursor.fetchall())

        yield ask


@contextmanager
def _duckdb(settings: Mapping[str, Any], _: Mapping[str, Any]) -> Iterator[Ask]:
    # A file can be open with one configuration at a time in a process.
    with duckdb.connect(settings["path"], read_only=True, config=CONFIG) as session:
        yield lambda: len(session.execute(STATEMENTS["duckdb"]).fetchall())


@contextmanager
def _sqlite(settings: Mapping[str, Any], _: Mapping[str, Any]) -> Iterator[Ask]:
    with closing(sqlite3.connect(f"file:{settings['path']}?mode=ro", uri=True)) as session:
        own = 1  # sqlite_schema itself
        yield lambda: len(session.execute(STATEMENTS["sqlite"]).fetchall()) - own


@contextmanager
def _bigquery(settings: Mapping[str, Any], place: Mapping[str, Any]) -> Iterator[Ask]:
    from google.cloud.bigquery import Client  # noqa: PLC0415 (half a second, of no use to the others)
    from google.oauth2 import service_account  # noqa: PLC0415

    key = {**json.loads(settings["service_account_json"]), "token_uri": place["token_uri"]}
    credentials = service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
        key, scopes=("https://www.googleapis.com/auth/bigquery",)
    )
    options = {"api_endpoint": place["endpoint"]}
    client = Client(project=settings["project"], credentials=credentials, client_options=options)
    with closing(client):
        yield lambda: len([row.values() for row in client.query_and_wait(STATEMENTS["bigquery"])])


@contextmanager
def _snowflake(settings: Mapping[str, Any], place: Mapping[str, Any]) -> Iterator[Ask]:
    import snowflake.connector  # noqa: PLC0415 (a second, of no use to the others)

    login = {name: settings[name] for name in ("account", "user", "password", "warehouse", "database")}
    connected = snowflake.connector.connect(**login, **place["place"], session_parameters={"TIMEZONE": "UTC"})
    with closing(connected) as session, session.cursor() as cursor:
        yield lambda: len(cursor.execute(STATEMENTS["snowflake"]).fetchall())


@contextmanager
def _lake(settings: Mapping[str, Any], _: Mapping[str, Any]) -> Iterator[Ask]:
    def walk() -> int:
        return sum(len([os.stat(os.path.join(folder, name)) for name in names])  # noqa: PTH116, PTH118 (the bare one)
                   for folder, _, names in os.walk(settings["path"]))  # fmt: skip

    yield walk


SESSIONS = {
    "bigquery": _bigquery, "duckdb": _duckdb, "lake": _lake, "mysql": _mysql, "postgres": _postgres,
    "redshift": _postgres, "snowflake": _snowflake, "sqlite": _sqlite,
}  # fmt: skip
