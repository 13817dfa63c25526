"""What PostgreSQL's catalogue and counters say about tables that are written, emptied, swapped or partitioned."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.connections.engines.contract import Look
from apps.connections.names import TableName
from tests.connections.stores import PostgresStore, engine
from tests.servers.postgres import PostgresServer

ORDERS = TableName("public", "orders")


def _look(store: PostgresStore, table: TableName = ORDERS) -> Look:
    with engine(store) as session:
        return session.observe()[table]


@pytest.fixture
def orders(postgres_store: PostgresStore) -> PostgresStore:
    """A table with three rows."""
    postgres_store.execute("CREATE TABLE orders (id int)", "INSERT INTO orders VALUES (1), (2), (3)")
    return postgres_store


def test_the_counter_grows_by_the_rows_written(orders: PostgresStore) -> None:
    before = _look(orders)
    orders.execute("INSERT INTO orders VALUES (4)", "UPDATE orders SET id = 9 WHERE id < 3", "DELETE FROM orders")
    assert (before.writes, _look(orders).writes) == (3, 3 + 1 + 2 + 4)


def test_reading_and_analysing_leave_the_mark(orders: PostgresStore) -> None:
    before = _look(orders)
    orders.execute("SELECT * FROM orders", "ANALYZE orders", "VACUUM orders")
    assert _look(orders).mark == before.mark


def test_a_rolled_back_insert_counts_as_a_write(orders: PostgresStore) -> None:
    before = _look(orders)
    orders.execute("BEGIN; INSERT INTO orders VALUES (4); ROLLBACK")
    assert _look(orders).writes == (before.writes or 0) + 1


def test_truncate_moves_no_counter_and_changes_the_mark(orders: PostgresStore) -> None:
    before = _look(orders)
    orders.execute("TRUNCATE orders")
    after = _look(orders)
    assert (after.writes, after.identity) == (before.writes, before.identity)
    assert after.mark != before.mark


def test_a_table_made_anew_has_another_identity(orders: PostgresStore) -> None:
    before = _look(orders)
    orders.execute("DROP TABLE orders", "CREATE TABLE orders (id int)", "INSERT INTO orders VALUES (1), (2), (3)")
    after = _look(orders)
    assert after.writes == before.writes
    assert after.identity != before.identity


def test_a_table_swapped_in_by_renaming_has_another_identity(orders: PostgresStore) -> None:
    before = _look(orders)
    orders.execute(
        "CREATE TABLE fresh (id int)",
        "BEGIN; ALTER TABLE orders RENAME TO old; ALTER TABLE fresh RENAME TO orders; COMMIT",
    )
    assert _look(orders).identity != before.identity


def test_rows_are_unknown_until_the_table_is_analysed(orders: PostgresStore) -> None:
    assert _look(orders).rows is None
    orders.execute("ANALYZE orders")
    assert _look(orders).rows == 3


def test_counters_reset_by_hand_change_the_mark_even_when_they_come_back_to_the_same_number(
    orders: PostgresStore,
) -> None:
    before = _look(orders)
    orders.execute("SELECT pg_stat_reset()", "INSERT INTO orders VALUES (4), (5), (6)")
    after = _look(orders)
    assert after.writes == before.writes
    assert after.mark != before.mark


def test_a_crash_loses_the_counters_and_changes_the_mark() -> None:
    server = PostgresServer().start()
    try:
        store = PostgresStore(server, server.create_database("shop"))
        store.execute("CREATE TABLE orders (id int)", "INSERT INTO orders VALUES (1)", "CHECKPOINT")
        before = _look(store)
        server.restart(crash=True)
        after = _look(store)
    finally:
        server.stop()
    assert (before.writes, after.writes) == (1, 0)
    assert after.mark != before.mark


def test_a_partitioned_table_stands_for_its_partitions_at_every_depth(postgres_store: PostgresStore) -> None:
    postgres_store.execute(
        "CREATE TABLE orders (id int, region text) PARTITION BY LIST (region)",
        "CREATE TABLE orders_eu PARTITION OF orders FOR VALUES IN ('eu') PARTITION BY RANGE (id)",
        "CREATE TABLE orders_eu_1 PARTITION OF orders_eu FOR VALUES FROM (0) TO (100)",
        "CREATE TABLE orders_us PARTITION OF orders FOR VALUES IN ('us')",
        "INSERT INTO orders VALUES (1, 'eu'), (2, 'us')",
    )
    with engine(postgres_store) as session:
        assert [info.name for info in session.tables()] == [ORDERS]
        assert session.observe()[ORDERS].writes == 2
    postgres_store.execute("INSERT INTO orders VALUES (3, 'eu')", "ANALYZE orders")
    after = _look(postgres_store)
    assert (after.writes, after.rows) == (3, 3)


@pytest.mark.parametrize("write", ["TRUNCATE orders_us", "CREATE TABLE p PARTITION OF orders DEFAULT"])
def test_what_happens_to_one_partition_changes_the_mark_of_the_whole(postgres_store: PostgresStore, write: str) -> None:
    postgres_store.execute(
        "CREATE TABLE orders (id int, region text) PARTITION BY LIST (region)",
        "CREATE TABLE orders_us PARTITION OF orders FOR VALUES IN ('us')",
        "INSERT INTO orders VALUES (2, 'us')",
    )
    before = _look(postgres_store)
    postgres_store.execute(write)
    assert _look(postgres_store).mark != before.mark


def test_a_parent_by_inheritance_changes_with_its_children(orders: PostgresStore) -> None:
    orders.execute("CREATE TABLE child () INHERITS (orders)")
    before = _look(orders)
    orders.execute("INSERT INTO child VALUES (4)")
    after = _look(orders)
    assert after.writes == (before.writes or 0) + 1
    assert after.mark != before.mark


def test_a_materialised_view_is_a_view_that_tells_when_it_was_refreshed(orders: PostgresStore) -> None:
    view = TableName("public", "totals")
    orders.execute("CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS n FROM orders")
    before = _look(orders, view)
    orders.execute("REFRESH MATERIALIZED VIEW totals")
    after = _look(orders, view)
    assert after.kind == "view"
    assert (after.writes or 0) > (before.writes or 0)
    assert after.identity == before.identity


def test_temporary_tables_and_system_schemas_are_not_listed(orders: PostgresStore) -> None:
    with orders.server.connect(orders.database) as other, engine(orders) as session:
        other.execute("CREATE TEMPORARY TABLE scratch (n int)")
        assert [info.name for info in session.tables()] == [ORDERS]


@pytest.mark.parametrize("act", ["observe", "columns", "tables", "write_access"])
def test_one_statement_is_enough_however_many_tables(orders: PostgresStore, act: str) -> None:
    orders.execute(*(f"CREATE TABLE t{number} (n int)" for number in range(150)))
    with orders.server.statements(orders.database) as asked, engine(orders) as session:
        getattr(session, act)()
    assert len(asked) == 1


def test_only_an_unusual_timeout_costs_a_statement_of_its_own(orders: PostgresStore) -> None:
    with orders.server.statements(orders.database) as asked, engine(orders) as session:
        session.query("SELECT 1")
        session.query("SELECT 2", timeout=timedelta(seconds=3))
        session.query("SELECT 3", timeout=timedelta(seconds=3))
    assert asked == ["SELECT 1", "SET statement_timeout = 3000", "SELECT 2", "SELECT 3"]
