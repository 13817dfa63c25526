"""Reading the catalogue of a connection: what is stored of it, and what is left alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection as own_database
from django.test.utils import CaptureQueriesContext

from apps.connections.models import Connection, ConnectionState, Table, TableVersion, Usage
from apps.connections.refresh import CatalogueNotRead, Refreshed, refresh
from apps.connections.schedule import LEASE, claim_now
from apps.connections.services import note_answer, note_failure, refresh_catalogue, save_connection
from apps.connections.snapshots import columns_of
from apps.rules.models import Rule
from apps.teams.models import Team
from tests.connections.stores import BigQueryStore, DuckDBStore, PostgresStore

pytestmark = pytest.mark.django_db
NIGHT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
Read = Callable[..., Refreshed]


@pytest.fixture
def shop(duckdb_store: DuckDBStore) -> Connection:
    """A DuckDB file with one table and one view."""
    duckdb_store.execute(
        "CREATE TABLE orders (id BIGINT NOT NULL, amount INTEGER)",
        "COMMENT ON TABLE orders IS 'All orders'",
        "COMMENT ON COLUMN orders.amount IS 'In euros'",
        "INSERT INTO orders VALUES (1, 20)",
        "CREATE VIEW recent AS SELECT id FROM orders",
    )
    team = Team.objects.create(name="Watchers")
    return save_connection(team=team, name="shop", engine="duckdb", settings=duckdb_store.settings())


def read(connection: Connection, *, hours: float = 0) -> Refreshed:
    """Read the catalogue so many hours after the night began."""
    return refresh_catalogue(connection=connection, now=NIGHT + timedelta(hours=hours))


def state_of(connection: Connection) -> ConnectionState:
    return ConnectionState.objects.get(connection=connection)


def test_a_first_reading_stores_tables_with_their_comments_rows_and_columns(shop: Connection) -> None:
    assert read(shop) == Refreshed(tables=1, views=1, snapshots=2, statements=4)
    orders = Table.objects.get(name="orders")
    assert (orders.kind, orders.comment, orders.rows, orders.bytes) == ("table", "All orders", 1, None)
    columns = columns_of(orders.versions.get().columns)
    assert [(column.name, column.type, column.nullable, column.comment) for column in columns] == [
        ("id", "BIGINT", False, ""),
        ("amount", "INTEGER", True, "In euros"),
    ]
    assert Table.objects.get(name="recent").kind == "view"


def test_the_state_of_the_connection_tells_of_the_reading(shop: Connection) -> None:
    read(shop)
    state = state_of(shop)
    assert (state.catalogued_at, state.answered_at, state.tables, state.views) == (NIGHT, NIGHT, 1, 1)


def test_a_second_reading_of_the_same_takes_no_snapshot_and_writes_no_table(shop: Connection) -> None:
    read(shop)
    with CaptureQueriesContext(own_database) as queries:
        assert read(shop, hours=1).snapshots == 0
    tables = ("connections_table", "connections_tableversion")
    assert not [q for q in queries if q["sql"].startswith(("INSERT", "UPDATE")) and any(t in q["sql"] for t in tables)]


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE orders ADD COLUMN note VARCHAR",
        "ALTER TABLE orders ALTER COLUMN amount TYPE BIGINT",
        "COMMENT ON COLUMN orders.amount IS 'In dollars'",
        "COMMENT ON TABLE orders IS 'Only the paid ones'",
    ],
)
def test_what_changed_gets_a_snapshot_of_its_own(shop: Connection, duckdb_store: DuckDBStore, statement: str) -> None:
    duckdb_store.execute("DROP VIEW recent")
    read(shop)
    duckdb_store.execute(statement)
    assert read(shop, hours=1).snapshots == 1
    assert [version.seen_at for version in TableVersion.objects.all()] == [NIGHT + timedelta(hours=1), NIGHT]


def test_a_table_that_vanished_is_gone_and_comes_back_as_the_same(shop: Connection, duckdb_store: DuckDBStore) -> None:
    read(shop)
    duckdb_store.execute("ALTER TABLE orders RENAME TO elsewhere")
    read(shop, hours=1)
    assert Table.objects.get(name="orders").gone_at == NIGHT + timedelta(hours=1)
    assert Table.objects.get(name="elsewhere").first_seen_at == NIGHT + timedelta(hours=1)
    duckdb_store.execute("ALTER TABLE elsewhere RENAME TO orders")
    assert read(shop, hours=2).snapshots == 0
    assert Table.objects.get(name="orders").gone_at is None


def test_a_store_that_cannot_be_read_is_noted_and_the_old_catalogue_stays(
    shop: Connection, duckdb_store: DuckDBStore
) -> None:
    read(shop)
    duckdb_store.path.write_text("no database")
    with pytest.raises(CatalogueNotRead) as caught:
        read(shop, hours=1)
    state = state_of(shop)
    assert (state.error, state.failing_since, state.failures) == (str(caught.value), NIGHT + timedelta(hours=1), 0)
    assert Table.objects.filter(gone_at=None).count() == 2


def test_an_error_in_a_driver_is_noted_and_ends_the_reading(shop: Connection) -> None:
    """No file has such a name: the operating system's functions raise a ValueError, which no driver expects."""
    claim = claim_now(shop, NIGHT)
    shop.settings = {"path": "a\0b"}
    assert claim is not None
    found = refresh(shop, claim, NIGHT)
    assert found.error == "Midwatch failed to read it; the log of the worker has the details."
    state = state_of(shop)
    assert (state.error, state.failing_since, state.catalogued_at) == (found.error, NIGHT, NIGHT)


def test_a_store_that_is_back_fails_no_more(shop: Connection, duckdb_store: DuckDBStore) -> None:
    moved = duckdb_store.path.with_name("moved")
    duckdb_store.path.rename(moved)
    with pytest.raises(CatalogueNotRead):
        read(shop)
    moved.rename(duckdb_store.path)
    read(shop, hours=1)
    assert (state_of(shop).failing_since, state_of(shop).error) == (None, "")


def test_without_rules_a_reading_also_ends_the_failure_that_a_pass_noted(shop: Connection) -> None:
    note_failure(shop, reason="Nobody answered.", now=NIGHT)
    read(shop, hours=1)
    assert (state_of(shop).failures, state_of(shop).failing_since) == (0, None)


def test_a_failure_that_a_pass_noted_is_left_for_a_pass_to_end(shop: Connection) -> None:
    """Or else nobody would close the incident that the pass opened."""
    Rule.objects.create(team=shop.team, connection=shop, name="Orders", kind="freshness", table="main.orders")
    note_failure(shop, reason="Nobody answered.", now=NIGHT)
    read(shop, hours=1)
    assert state_of(shop).failures == 1
    assert note_answer(shop, tables=1, views=1, now=NIGHT + timedelta(hours=1))


def test_a_reading_that_took_too_long_writes_nothing(shop: Connection) -> None:
    late = claim_now(shop, NIGHT)
    read(shop, hours=1)
    Table.objects.all().delete()
    assert late is not None
    assert refresh(shop, late, NIGHT + timedelta(hours=1)).error
    assert not Table.objects.exists()
    assert state_of(shop).catalogued_at == NIGHT + timedelta(hours=1)


def test_nobody_reads_while_somebody_else_does(shop: Connection) -> None:
    claim_now(shop, NIGHT)
    with pytest.raises(CatalogueNotRead, match="are being read just now"):
        refresh_catalogue(connection=shop, now=NIGHT + LEASE / 2)
    assert read(shop, hours=1).tables == 1


def test_a_connection_that_was_changed_throws_away_what_was_read_with_its_old_settings(
    shop: Connection, duckdb_store: DuckDBStore
) -> None:
    claim = claim_now(shop, NIGHT)
    save_connection(team=shop.team, name="shop 2", engine="duckdb", settings=duckdb_store.settings(), instance=shop)
    assert claim is not None
    assert refresh(shop, claim, NIGHT).error
    assert state_of(shop).catalogued_at is None


@pytest.fixture
def warehouse(postgres_store: PostgresStore) -> Connection:
    """A PostgreSQL database: a store that counts writes and knows a table under any name."""
    postgres_store.execute("CREATE TABLE orders (id int)", "CREATE TABLE users (id int)")
    team = Team.objects.create(name="Watchers")
    return save_connection(team=team, name="warehouse", engine="postgres", settings=postgres_store.settings())


def test_changes_are_counted_before_any_rule_watches(warehouse: Connection, postgres_store: PostgresStore) -> None:
    read(warehouse)
    for hours in (1, 2):
        postgres_store.execute("INSERT INTO orders VALUES (1)")
        read(warehouse, hours=hours)
    orders = Table.objects.get(name="orders")
    assert (orders.changes, orders.watched_since, orders.changed_at) == (2, NIGHT, NIGHT + timedelta(hours=2))
    assert Table.objects.get(name="users").changes == 0


def test_a_small_store_without_counters_is_compared_by_fingerprint(shop: Connection, duckdb_store: DuckDBStore) -> None:
    read(shop)
    assert read(shop, hours=1).statements == 3
    duckdb_store.execute("INSERT INTO orders VALUES (2, 30)")
    assert read(shop, hours=2).statements == 4
    assert Table.objects.get(name="orders").changes == 1


def test_a_large_store_without_counters_is_not(db: None, duckdb_store: DuckDBStore) -> None:
    duckdb_store.execute(*(f"CREATE TABLE t{number} (a INTEGER)" for number in range(101)))
    team = Team.objects.create(name="Watchers")
    connection = save_connection(team=team, name="many", engine="duckdb", settings=duckdb_store.settings())
    assert read(connection).statements == 3


@pytest.mark.parametrize("tables", [5, 50])
def test_a_reading_takes_three_statements_however_many_tables(postgres_store: PostgresStore, tables: int) -> None:
    postgres_store.execute(*(f"CREATE TABLE t{number} (a int, b text)" for number in range(tables)))
    team = Team.objects.create(name="Watchers")
    connection = save_connection(team=team, name="many", engine="postgres", settings=postgres_store.settings())
    with postgres_store.server.statements(postgres_store.database) as sent:
        assert read(connection) == Refreshed(tables=tables, views=0, snapshots=tables, statements=3)
    assert len(sent) == 3


def test_where_reading_costs_money_the_catalogue_tells_what_it_cost(db: None, bigquery_store: BigQueryStore) -> None:
    bigquery_store.execute(*bigquery_store.commented)
    team = Team.objects.create(name="Watchers")
    connection = save_connection(team=team, name="lake", engine="bigquery", settings=bigquery_store.settings())
    found = read(connection)
    assert (found.tables, found.statements, found.bytes_billed) == (1, 4, 2 * 10 * 2**20)
    looks = Usage.objects.get(connection=connection, day=NIGHT.date(), rule_key=0)
    assert (looks.statements, looks.bytes_billed) == (4, 2 * 10 * 2**20)
    [column] = columns_of(TableVersion.objects.get().columns)
    assert column.comment == "The key"
