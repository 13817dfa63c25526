"""Rules on Redshift: what a column tells, and that nothing is made up where no column is named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from apps.common.errors import InvalidInput
from apps.connections.engines.redshift import Redshift
from apps.connections.models import Connection
from apps.connections.services import save_connection
from apps.rules.services import RuleDraft, check_now, save_rule
from apps.teams.models import Team
from tests.connections.store_redshift import RedshiftStore
from tests.rules.conftest import NIGHT, Clock
from tests.servers.postgres import PostgresServer


@pytest.fixture
def store(postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[RedshiftStore]:
    monkeypatch.setattr(Redshift, "label_parameter", "redshift.query_group")
    database = postgres_server.create_database("redshift_rules")
    yield RedshiftStore(postgres_server, database)
    postgres_server.drop_database(database)


@pytest.fixture
def shop(team: Team, store: RedshiftStore) -> Connection:
    return save_connection(team=team, name="shop", engine="redshift", settings=store.settings())


@pytest.mark.parametrize("kind", ["timestamp", "timestamptz"])
def test_freshness_and_volume_are_checked_by_a_column(
    store: RedshiftStore, team: Team, shop: Connection, clock: Clock, kind: str
) -> None:
    times = [NIGHT - timedelta(minutes=30), NIGHT + timedelta(days=2)]  # one in the future, which is left out
    rows = ", ".join(f"('{time.isoformat()}')" for time in times)
    store.execute(f"CREATE TABLE orders (at {kind})", f"INSERT INTO orders VALUES {rows}")
    arrivals = {"column": "at", "per": "1d", "drop": None, "spike": None, "at_most": 9}
    for name, settings in (("freshness", {"every": "1h", "column": "at"}), ("volume", arrivals)):
        draft = RuleDraft(name=name, connection=shop, kind=name, table="public.orders", settings=settings)
        save_rule(team=team, draft=draft, now=clock())
    assert {result.rule: result.verdict for result in check_now(rules=None, clock=clock)} == {
        "freshness": "ok", "volume": "ok",
    }  # fmt: skip
    clock.forward(hours=2)
    assert {result.verdict for result in check_now(rules=None, clock=clock)} == {"ok", "breached"}


def test_freshness_without_a_column_is_refused_and_the_columns_are_named(
    store: RedshiftStore, team: Team, shop: Connection, clock: Clock
) -> None:
    store.execute("CREATE TABLE orders (id int, at timestamp)", "INSERT INTO orders VALUES (1, now())")
    draft = RuleDraft(name="f", connection=shop, kind="freshness", table="public.orders", settings={"every": "1h"})
    with pytest.raises(InvalidInput, match=r"does not tell when public\.orders was written.*such as: at"):
        save_rule(team=team, draft=draft, now=clock())
