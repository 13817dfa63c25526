"""A team, a real DuckDB file to watch, and a clock that the test moves."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from apps.alerts.models import Channel
from apps.alerts.services import save_channel
from apps.connections.models import Connection
from apps.connections.services import save_connection
from apps.rules.models import Rule
from apps.rules.services import RuleDraft, check_now, save_rule
from apps.teams.models import Team
from tests.connections.stores import MySQLStore, PostgresStore, SQLiteStore
from tests.servers.mariadb import MariaDBServer
from tests.servers.postgres import PostgresServer

NIGHT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


@dataclass
class Clock:
    """The time, as far as the code under test can tell."""

    now: datetime = NIGHT

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **length: float) -> None:
        self.now += timedelta(**length)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def team(db: None) -> Team:
    return Team.objects.create(name="data-ops")


@dataclass(frozen=True)
class Shop:
    """A DuckDB file with `main.orders`, written as somebody else's pipeline would."""

    path: Path

    def write(self, *statements: str) -> None:
        with duckdb.connect(str(self.path)) as store:
            for statement in statements:
                store.execute(statement)

    def order(self, at: datetime, rows: int = 1) -> None:
        """Add `rows` orders, created and updated at `at`."""
        stamp = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        self.write(f"INSERT INTO orders SELECT range, TIMESTAMP '{stamp}', TIMESTAMP '{stamp}' FROM range({rows})")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    store = Shop(tmp_path / "shop.duckdb")
    store.write("CREATE TABLE orders (id BIGINT, created_at TIMESTAMP, updated_at TIMESTAMP)")
    return store


@pytest.fixture
def connection(team: Team, shop: Shop) -> Connection:
    return save_connection(team=team, name="shop", engine="duckdb", settings={"path": str(shop.path)})


@pytest.fixture
def channel(team: Team) -> Channel:
    return save_channel(team=team, name="ops-mail", type="email", settings={"to": ["ops@example.com"]})


RuleMaker = Callable[..., Rule]


@pytest.fixture
def make_rule(team: Team, connection: Connection, channel: Channel, clock: Clock) -> RuleMaker:
    """Save a rule on `main.orders`; keyword arguments are the kind's settings."""

    def make(
        kind: str = "freshness",
        *,
        name: str = "Orders",
        table: str = "main.orders",
        include: tuple[str, ...] = (),
        **settings: Any,
    ) -> Rule:
        draft = RuleDraft(
            name=name, connection=connection, kind=kind, table="" if include else table, include=include,
            settings=settings, severity="high", channels=(channel,),
        )  # fmt: skip
        return save_rule(team=team, draft=draft, now=clock()).rule

    return make


@pytest.fixture
def verdicts(clock: Clock) -> Callable[[], dict[str, str]]:
    """Check everything now, and give the verdict by table."""

    def run() -> dict[str, str]:
        return {result.table: result.verdict for result in check_now(rules=None, clock=clock)}

    return run


@pytest.fixture
def mysql_store(mariadb_server: MariaDBServer) -> Iterator[MySQLStore]:
    yield MySQLStore(mariadb_server, mariadb_server.create_database("Store"))
    mariadb_server.drop_databases()


@pytest.fixture
def postgres_store(postgres_server: PostgresServer) -> Iterator[PostgresStore]:
    database = postgres_server.create_database(f"Store {uuid.uuid4().hex[:8]}")
    yield PostgresStore(postgres_server, database)
    postgres_server.drop_database(database)


@pytest.fixture
def sqlite_store(tmp_path: Path) -> SQLiteStore:
    return SQLiteStore(tmp_path / "shop.sqlite3")
