"""The history and the values of a table are read the same way on stores of several kinds."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.connections.models import Connection
from apps.connections.services import refresh_catalogue
from apps.rules.services import Reading, propose_rules, suggest_tables
from tests.connections.stores import Store
from tests.rules.conftest import NIGHT
from tests.rules.test_days_everywhere import (  # noqa: F401  # fixtures
    connection,
    store,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def orders(store: Store) -> None:  # noqa: F811
    """A thousand loads of two rows, one every half hour by the clock of the store, up to now there."""
    by_the_clock = (NIGHT + timedelta(hours=5, minutes=45)).replace(tzinfo=None)  # of Kathmandu
    rows = []
    for load in range(1_000):
        stamp = f"{by_the_clock - load * timedelta(minutes=30):%Y-%m-%d %H:%M:%S}"
        rows += [f"({2 * load + row}, '{('paid', 'open')[row]}', '{stamp}')" for row in range(2)]
    zone = ["SET time_zone = '+00:00'"] if store.key == "mysql" else []
    table = f"CREATE TABLE orders (id INTEGER, status VARCHAR(20), created_at {store.naive})"
    store.execute(*zone, table, f"INSERT INTO orders VALUES {', '.join(rows)}")


def test_rhythm_and_values_are_found(connection: Connection, store: Store, orders: None) -> None:  # noqa: F811
    refresh_catalogue(connection=connection, now=NIGHT)
    (table,) = suggest_tables(connection=connection, now=NIGHT).ranked
    reading = Reading(history=True, values=True)
    rules = propose_rules(connection=connection, suggestions=[table], reading=reading, now=NIGHT)[table.table.id]
    by_kind = {rule.draft.kind: rule for rule in rules}
    freshness = by_kind["freshness"]
    assert (freshness.draft.settings["every"], freshness.draft.settings["column"]) == ("30m", "created_at")
    assert freshness.why == "30-minute loads on 100 % of days; the longest gap was 30 min."
    assert by_kind["unique"].draft.settings["columns"] == ["id"]
    assert sorted(by_kind["values"].draft.settings["accept"]) == ["open", "paid"]
