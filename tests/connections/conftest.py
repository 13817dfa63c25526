"""Real stores to watch: a fresh PostgreSQL database, a fresh DuckDB file, and both behind one face."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.connections.engines.redshift import Redshift
from tests.connections.store_lake import LakeStore
from tests.connections.store_redshift import RedshiftStore
from tests.connections.store_snowflake import SnowflakeStore
from tests.connections.stores import (
    BigQueryStore,
    DuckDBStore,
    MySQLStore,
    PostgresStore,
    SQLiteStore,
    Standard,
    Store,
)
from tests.servers.bigquery import BigQueryServer
from tests.servers.mariadb import MariaDBServer
from tests.servers.postgres import PostgresServer
from tests.servers.snowflake import SnowflakeServer

STORES: dict[str, type[Standard]] = {
    "bigquery": BigQueryStore,
    "duckdb": DuckDBStore,
    "lake": LakeStore,
    "mysql": MySQLStore,
    "postgres": PostgresStore,
    "redshift": RedshiftStore,
    "snowflake": SnowflakeStore,
    "sqlite": SQLiteStore,
}


@pytest.fixture
def postgres_store(postgres_server: PostgresServer) -> Iterator[PostgresStore]:
    """An empty PostgreSQL database."""
    database = postgres_server.create_database(f"Store {uuid.uuid4().hex[:8]}")
    yield PostgresStore(postgres_server, database)
    postgres_server.drop_database(database)


@pytest.fixture
def bigquery_store(bigquery_server: BigQueryServer) -> BigQueryStore:
    """A project with one empty dataset."""
    return BigQueryStore(bigquery_server)


@pytest.fixture
def duckdb_store(tmp_path: Path) -> DuckDBStore:
    """An empty DuckDB file."""
    return DuckDBStore(tmp_path / "Shop Ü.duckdb")


@pytest.fixture
def lake_store(tmp_path: Path) -> LakeStore:
    """An empty folder."""
    return LakeStore(tmp_path / "Lake Ü")


@pytest.fixture
def mysql_store(mariadb_server: MariaDBServer) -> Iterator[MySQLStore]:
    """An empty MariaDB server; its database `Store` is home."""
    yield MySQLStore(mariadb_server, mariadb_server.create_database("Store"))
    mariadb_server.drop_databases()


@pytest.fixture
def redshift_store(postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[RedshiftStore]:
    """An empty PostgreSQL database with the system views of Redshift."""
    monkeypatch.setattr(Redshift, "label_parameter", "redshift.query_group")
    database = postgres_server.create_database(f"Store {uuid.uuid4().hex[:8]}")
    yield RedshiftStore(postgres_server, database)
    postgres_server.drop_database(database)


@pytest.fixture
def snowflake_store(snowflake_server: SnowflakeServer) -> SnowflakeStore:
    """A database with one empty schema, PUBLIC."""
    return SnowflakeStore(snowflake_server)


@pytest.fixture
def sqlite_store(tmp_path: Path) -> SQLiteStore:
    """An empty SQLite file."""
    return SQLiteStore(tmp_path / "Shop Ü.sqlite3")


@pytest.fixture(params=sorted(STORES))
def store(request: pytest.FixtureRequest) -> Store:
    """One store of every registered engine after another."""
    found: Store = request.getfixturevalue(f"{request.param}_store")
    return found


@pytest.fixture(params=sorted(key for key, store in STORES.items() if store.has_views))
def viewing(request: pytest.FixtureRequest) -> Store:
    """One store after another of every engine that has views."""
    found: Store = request.getfixturevalue(f"{request.param}_store")
    return found
