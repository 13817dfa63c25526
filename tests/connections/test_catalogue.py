"""What the stored catalogue tells of changes, and that two who look at once do not undo each other's work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from apps.connections.catalogue import load_watches, look_again, save_watches
from apps.connections.lately import what_changed
from apps.connections.models import Connection, Table
from apps.connections.services import open_engine, refresh_catalogue, save_connection
from apps.connections.snapshots import column_history
from apps.teams.models import Team
from tests.connections.stores import PostgresStore

pytestmark = pytest.mark.django_db
NIGHT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def shop(postgres_store: PostgresStore) -> Connection:
    postgres_store.execute("CREATE TABLE orders (id int, amount int)", "CREATE TABLE users (id int)")
    team = Team.objects.create(name="Watchers")
    return save_connection(team=team, name="shop", engine="postgres", settings=postgres_store.settings())


@pytest.fixture
def alter(shop: Connection, postgres_store: PostgresStore) -> Callable[..., None]:
    """Run statements in the store, and read its catalogue so many hours after the night began."""
    refresh_catalogue(connection=shop, now=NIGHT)

    def run(*statements: str, hours: int = 1) -> None:
        postgres_store.execute(*statements)
        refresh_catalogue(connection=shop, now=NIGHT + hours * HOUR)

    return run


def told(shop: Connection, *, since: datetime = NIGHT - HOUR, limit: int = 50) -> list[tuple[int, str]]:
    """What changed lately: hours after the night began, and what."""
    return [
        ((event.at - NIGHT) // HOUR, " ".join(event.sentences))
        for event in what_changed(shop, since=since, limit=limit)
    ]


def test_a_first_look_is_no_news(alter: Callable[..., None], shop: Connection) -> None:
    assert told(shop) == []


def test_tables_that_appear_vanish_or_are_renamed_are_told(alter: Callable[..., None], shop: Connection) -> None:
    alter("ALTER TABLE orders RENAME TO orders_old", "CREATE VIEW recent AS SELECT * FROM users", hours=1)
    alter("DROP VIEW recent", "DROP TABLE users", hours=2)
    assert sorted(told(shop)) == [
        (1, "The table public.orders was renamed to public.orders_old."),
        (1, "The view public.recent appeared."),
        (2, "The table public.users vanished."),
        (2, "The view public.recent vanished."),
    ]


def test_columns_that_changed_are_told_with_their_table(alter: Callable[..., None], shop: Connection) -> None:
    alter("ALTER TABLE orders ALTER amount TYPE bigint", "COMMENT ON TABLE orders IS 'All'", hours=1)
    alter("ALTER TABLE orders RENAME amount TO total", hours=2)
    assert told(shop) == [
        (2, "Column amount was renamed to total."),
        (1, "Column amount changed from integer to bigint (wider). A comment was added to the table: “All”."),
    ]
    assert {event.table.name for event in what_changed(shop, since=NIGHT, limit=9)} == {"orders"}


def test_only_the_latest_are_told_and_only_since_a_moment(alter: Callable[..., None], shop: Connection) -> None:
    for hours in (1, 2, 3):
        alter(f"ALTER TABLE orders ADD c{hours} int", hours=hours)
    assert [hour for hour, _ in told(shop, since=NIGHT + HOUR)] == [3, 2]
    assert [hour for hour, _ in told(shop, limit=1)] == [3]


def test_the_history_of_a_table_is_told_newest_first(alter: Callable[..., None], shop: Connection) -> None:
    alter("ALTER TABLE orders ADD note text", hours=1)
    alter("ALTER TABLE orders DROP note, ALTER id SET NOT NULL", hours=2)
    table = Table.objects.get(name="orders")
    assert list(column_history(table, limit=50)) == [
        (NIGHT + 2 * HOUR, ["Column id may no longer be empty.", "Column note (text) was removed."]),
        (NIGHT + HOUR, ["Column note (text) was added."]),
    ]
    assert len(list(column_history(table, limit=1))) == 1


def test_a_pass_that_looked_earlier_and_writes_later_does_not_undo_a_reading(
    alter: Callable[..., None], shop: Connection, postgres_store: PostgresStore
) -> None:
    before = load_watches(shop)
    postgres_store.execute("INSERT INTO orders VALUES (1, 2)")
    with open_engine(connection=shop) as engine:
        after = look_again(engine, engine.observe(), before, evidence_for=(), now=NIGHT, still_mine=lambda: None)
    alter("INSERT INTO orders VALUES (2, 3)", "DROP TABLE users", hours=1)
    save_watches(shop, before, after, now=NIGHT + 2 * HOUR)
    orders, users = Table.objects.order_by("name")
    assert (orders.changed_at, orders.writes, orders.changes) == (NIGHT + HOUR, 2, 1)
    assert users.gone_at == NIGHT + HOUR


def test_a_table_that_two_find_at_once_is_stored_once(shop: Connection) -> None:
    with open_engine(connection=shop) as engine:
        after = look_again(engine, engine.observe(), {}, evidence_for=(), now=NIGHT, still_mine=lambda: None)
    refresh_catalogue(connection=shop, now=NIGHT)
    save_watches(shop, {}, after, now=NIGHT)
    assert list(Table.objects.order_by("name").values_list("name", flat=True)) == ["orders", "users"]
