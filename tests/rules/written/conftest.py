"""A store of every engine, and rules with SQL of a person's own on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from apps.connections.models import Connection
from apps.connections.services import save_connection
from apps.rules.models import Check, Rule
from apps.rules.services import RuleDraft, check_now, save_rule
from apps.teams.models import Team
from tests.connections.conftest import (  # noqa: F401
    bigquery_store,
    duckdb_store,
    lake_store,
    mysql_store,
    postgres_store,
    redshift_store,
    snowflake_store,
    sqlite_store,
    store,
)
from tests.connections.stores import Store, at_home
from tests.rules.conftest import Clock

Saver = Callable[..., Rule]
Checker = Callable[[], Check]


def connect(team: Team, of: Store, name: str = "shop") -> Connection:
    return save_connection(team=team, name=name, engine=of.key, settings=of.settings())


@pytest.fixture
def save(team: Team, clock: Clock) -> Saver:
    """Save a rule on a table of a store's home; keyword arguments are the kind's settings."""

    def make(
        kind: str, connection: Connection, of: Store, table: str = "orders", *, verify: bool = True, **settings: Any
    ) -> Rule:
        draft = RuleDraft(
            name="Mine", connection=connection, kind=kind, table=str(at_home(of, table)), settings=settings
        )
        return save_rule(team=team, draft=draft, now=clock(), verify=verify).rule

    return make


@pytest.fixture
def check(clock: Clock) -> Checker:
    """Check everything now; the newest check."""

    def run() -> Check:
        check_now(rules=None, clock=clock)
        return Check.objects.latest("pk")

    return run
