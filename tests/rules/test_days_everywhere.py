"""The days of a table by one grouped count, on stores that keep none."""

from __future__ import annotations

from datetime import date

import pytest

from apps.connections.models import Connection
from apps.connections.services import TableName, save_connection
from apps.rules.services import days_of
from apps.teams.models import Team
from tests.connections.stores import Store
from tests.rules.conftest import NIGHT


@pytest.fixture(params=["mysql", "postgres", "sqlite"])
def store(request: pytest.FixtureRequest) -> Store:
    found: Store = request.getfixturevalue(f"{request.param}_store")
    return found


@pytest.fixture
def connection(team: Team, store: Store) -> Connection:
    settings = store.settings()
    return save_connection(team=team, name="shop", engine=store.key, settings=settings, timezone="Asia/Kathmandu")


def counted(connection: Connection, store: Store, kind: str, *values: str) -> dict[date, int]:
    rows = ", ".join(f"('{value}')" for value in values)
    zone = ["SET time_zone = '+00:00'"] if store.key == "mysql" else []
    store.execute(*zone, f"CREATE TABLE t (seen {kind})", f"INSERT INTO t VALUES {rows}")
    found = days_of(connection=connection, table=TableName(store.home, "t"), now=NIGHT).found
    return {day.day: day.rows for day in found.days if day.rows}


def test_times_without_a_zone_make_the_days_of_the_stores_clock(connection: Connection, store: Store) -> None:
    found = counted(connection, store, store.naive, "2026-11-19 00:00:00", "2026-11-19 23:59:59", "2026-11-20 00:00:00")
    assert found == {date(2026, 11, 19): 2, date(2026, 11, 20): 1}


def test_dates_are_days(connection: Connection, store: Store) -> None:
    assert counted(connection, store, "date", "2026-11-19", "2026-11-20") == {
        date(2026, 11, 19): 1,
        date(2026, 11, 20): 1,
    }


def test_moments_make_the_days_of_a_zone_with_odd_minutes(connection: Connection, store: Store) -> None:
    if store.key == "sqlite":
        pytest.skip("SQLite has no moments")
    found = counted(connection, store, store.aware, "2026-11-19 18:14:59", "2026-11-19 18:15:00")
    assert found == {date(2026, 11, 19): 1, date(2026, 11, 20): 1}
