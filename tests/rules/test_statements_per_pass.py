"""The product's headline: what a pass asks of the data store grows with what was written, not with tables or rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from apps.connections.models import Connection
from apps.connections.services import save_connection
from apps.rules.services import RuleDraft, check_now, save_rule
from apps.teams.models import Team
from tests.rules.conftest import NIGHT, Clock
from tests.servers.postgres import PostgresServer

Fill = Callable[[int], Connection]
METADATA = 2  # the look at all tables, and the columns of those that are read


@pytest.fixture
def database(postgres_server: PostgresServer) -> Iterator[str]:
    name = postgres_server.create_database("many tables")
    yield name
    postgres_server.drop_database(name)


@pytest.fixture
def fill(postgres_server: PostgresServer, database: str, team: Team, clock: Clock) -> Fill:
    """Make so many tables with a fresh row each, and a freshness and a volume rule that cover them all."""

    def make(tables: int) -> Connection:
        postgres_server.execute(
            *(f"CREATE TABLE t{n:04d} AS SELECT TIMESTAMP '{NIGHT:%Y-%m-%d %H:%M}' AS at" for n in range(tables)),
            database=database,
        )
        store = save_connection(team=team, name="app", engine="postgres", settings=postgres_server.settings(database))
        limits = {"drop": None, "spike": None, "at_least": 1}
        for kind, settings in (("freshness", {"every": "1d", "column": "at"}), ("volume", limits)):
            draft = RuleDraft(name=kind, connection=store, kind=kind, include=("public.*",), settings=settings)
            save_rule(team=team, draft=draft, now=clock())
        return store

    return make


@pytest.mark.parametrize("tables", [10, 100, 250])
def test_a_first_pass_reads_a_hundred_tables_a_statement(
    fill: Fill, postgres_server: PostgresServer, database: str, clock: Clock, tables: int
) -> None:
    fill(tables)
    with postgres_server.statements(database) as sent:
        results = check_now(rules=None, clock=clock)
    assert len(sent) == METADATA + -(-tables // 100)
    assert {result.verdict for result in results} == {"ok"}


@pytest.mark.parametrize("tables", [10, 250])
def test_a_pass_over_tables_that_nobody_wrote_is_one_statement(
    fill: Fill, postgres_server: PostgresServer, database: str, clock: Clock, tables: int
) -> None:
    fill(tables)
    check_now(rules=None, clock=clock)
    clock.forward(minutes=5)
    with postgres_server.statements(database) as sent:
        results = check_now(rules=None, clock=clock)
    assert len(sent) == 1
    assert len(results) == 2 * tables + 2


def test_only_the_written_tables_are_read_again(
    fill: Fill, postgres_server: PostgresServer, database: str, clock: Clock
) -> None:
    fill(50)
    check_now(rules=None, clock=clock)
    postgres_server.execute("INSERT INTO t0007 VALUES ('2026-11-21 02:00')", database=database)
    with postgres_server.statements(database) as sent:
        check_now(rules=None, clock=clock)
    read = [statement for statement in sent if "UNION ALL" in statement or '"t' in statement]
    assert len(sent) == METADATA + 1
    assert '"t0007"' in read[-1]
    assert '"t0008"' not in read[-1]
