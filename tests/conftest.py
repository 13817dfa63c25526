"""Real servers for every test that asks for one. They start at their first use and stop with the run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from django.db import connections
from pytest_django import Settings

from apps.connections.engines.bigquery import BigQuery
from apps.connections.engines.snowflake import Snowflake
from tests.servers import schema
from tests.servers.bigquery import BigQueryServer
from tests.servers.llm import ModelServer
from tests.servers.mariadb import MariaDBServer
from tests.servers.postgres import PostgresServer
from tests.servers.s3 import S3Server
from tests.servers.snowflake import SnowflakeServer
from tests.servers.valkey import ValkeyServer

# A busy machine is slow to make examples, too: that says nothing about the code.
hypothesis.settings.register_profile("midwatch", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("midwatch")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """A copy of the migrated tables. SQLite in a file, as Midwatch uses it: threads and child processes can share it,
    which memory they cannot."""
    database = connections["default"]
    wanted = database.settings_dict["TEST"]
    if database.vendor == "sqlite":
        wanted["NAME"] = str(settings.MIDWATCH_HOME / "test.sqlite3")
        schema.copy_sqlite(Path(wanted["NAME"]))
    else:
        wanted["NAME"] = f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
        schema.copy_postgres(os.environ["DATABASE_URL"], wanted["NAME"])


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Django finds the database there, with nothing to migrate; it goes with the run's folder or server."""
    return True


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL to watch. It is never the one that Django keeps its own data in."""
    server = PostgresServer().start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariaDBServer]:
    """A MariaDB to watch."""
    server = MariaDBServer().start()
    yield server
    server.stop()


@pytest.fixture
def bigquery_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[BigQueryServer]:
    """The double of BigQuery with a project without datasets; the engine is sent there."""
    server = BigQueryServer().start()
    monkeypatch.setattr(BigQuery, "endpoint", server.url)
    monkeypatch.setattr(BigQuery, "token_uri", f"{server.url}/token")
    monkeypatch.setattr(BigQuery, "patience", timedelta(milliseconds=300))
    yield server
    server.stop()


@pytest.fixture
def snowflake_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SnowflakeServer]:
    """The double of Snowflake with an empty database; the engine is sent there."""
    server = SnowflakeServer().start()
    monkeypatch.setattr(Snowflake, "place", server.place)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[ValkeyServer]:
    server = ValkeyServer().start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """Storage that speaks S3."""
    server = S3Server().start()
    yield server
    server.stop()


@pytest.fixture
def model(settings: Settings) -> Iterator[ModelServer]:
    """A language model that is configured as the one to ask. By itself it writes nothing."""
    server = ModelServer()
    server.start()
    settings.MIDWATCH_LLM_URL, settings.MIDWATCH_LLM_MODEL = server.base, "double"
    settings.MIDWATCH_LLM_KEY, settings.MIDWATCH_LLM_TIMEOUT = "sk-not-a-real-one", 5.0
    yield server
    server.stop()
