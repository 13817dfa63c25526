"""Swaps, emptied tables and counters that began anew, on a real PostgreSQL: each is told from the others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from apps.connections.engines.contract import Look
from apps.connections.marks import Event, event_between
from apps.connections.names import TableName
from apps.connections.watch import Watch, advance
from tests.connections.stores import PostgresStore, engine
from tests.servers.postgres import PostgresServer

ORDERS = TableName("public", "orders")
START = datetime(2026, 11, 21, 2, tzinfo=UTC)
LATER = START + timedelta(minutes=5)
PARTITIONED = (
    "CREATE TABLE orders (id int, region text) PARTITION BY LIST (region)",
    "CREATE TABLE orders_eu PARTITION OF orders FOR VALUES IN ('eu')",
    "CREATE TABLE orders_us PARTITION OF orders FOR VALUES IN ('us')",
    "INSERT INTO orders VALUES (1, 'eu'), (2, 'eu'), (3, 'us')",
)


def _look(store: PostgresStore) -> Look:
    with engine(store) as session:
        return session.observe()[ORDERS]


@pytest.fixture
def orders(postgres_store: PostgresStore) -> PostgresStore:
    """A table with three rows."""
    postgres_store.execute("CREATE TABLE orders (id int)", "INSERT INTO orders VALUES (1), (2), (3)")
    return postgres_store


def happened(store: PostgresStore, change: Callable[[], None]) -> tuple[Event | None, Watch]:
    """What two looks tell of `change`: the event, and the watch that began before it."""
    before = _look(store)
    watch = advance(None, before, fingerprint="", now=START)
    change()
    after = _look(store)
    return event_between(before.mark, after.mark, rows=after.rows), advance(watch, after, fingerprint="", now=LATER)


def by(store: PostgresStore, *statements: str) -> tuple[Event | None, Watch]:
    return happened(store, lambda: store.execute(*statements))


@pytest.mark.parametrize("analysed", [True, False])
def test_truncate_is_an_emptied_table_and_no_load(orders: PostgresStore, analysed: bool) -> None:
    if analysed:
        orders.execute("ANALYZE orders")
    event, watch = by(orders, "TRUNCATE orders")
    assert (event, watch.changed_at, watch.watched_since) == (Event.EMPTIED, None, START)


def test_truncate_and_load_in_one_is_a_load_with_new_storage(orders: PostgresStore) -> None:
    event, watch = by(orders, "BEGIN; TRUNCATE orders; INSERT INTO orders VALUES (1), (2); COMMIT")
    assert (event, watch.changed_at) == (Event.RENEWED, LATER)


@pytest.mark.parametrize("rewrite", ["VACUUM FULL orders", "ALTER TABLE orders ALTER id TYPE bigint"])
def test_a_rewrite_is_neither_a_load_nor_an_emptied_table(orders: PostgresStore, rewrite: str) -> None:
    event, watch = by(orders, rewrite)
    assert (event, watch.changed_at) == (Event.RENEWED, None)


def test_deleting_every_row_is_a_write_and_no_event(orders: PostgresStore) -> None:
    assert by(orders, "DELETE FROM orders")[0] is None


@pytest.mark.parametrize(
    "load",
    [
        ("DROP TABLE orders", "CREATE TABLE orders (id int)", "INSERT INTO orders VALUES (1), (2), (3)"),
        ("CREATE TABLE fresh AS SELECT 1 AS id",
         "BEGIN; ALTER TABLE orders RENAME TO old; ALTER TABLE fresh RENAME TO orders; COMMIT"),
        ("CREATE SCHEMA next", "CREATE TABLE next.orders (id int)",
         "BEGIN; DROP TABLE orders; ALTER TABLE next.orders SET SCHEMA public; COMMIT"),
    ],
    ids=["dropped and made anew", "swapped by renaming", "moved in from another schema"],
)  # fmt: skip
def test_another_table_under_the_name_is_a_change_whatever_its_counters_say(
    orders: PostgresStore, load: tuple[str, ...]
) -> None:
    event, watch = by(orders, *load)
    assert (event, watch.changed_at, watch.watched_since) == (Event.REPLACED, LATER, START)


@pytest.mark.parametrize(
    ("reset", "changed"),
    [
        (("SELECT pg_stat_reset()",), None),
        (("SELECT pg_stat_reset_single_table_counters('orders'::regclass)",), None),
        (("SELECT pg_stat_reset()", "INSERT INTO orders VALUES (4), (5), (6)"), LATER),
        (("SELECT pg_stat_reset()", "INSERT INTO orders SELECT generate_series(4, 99)"), LATER),
    ],
    ids=["all", "one table", "and the same number again", "and more"],
)
def test_counters_that_are_reset_by_hand_begin_the_watch_anew(
    orders: PostgresStore, reset: tuple[str, ...], changed: datetime | None
) -> None:
    event, watch = by(orders, *reset)
    assert (event, watch.watched_since, watch.changed_at) == (Event.RESET, LATER, changed)


@pytest.mark.parametrize("crash", [True, False])
def test_a_crash_resets_the_counters_and_a_clean_restart_does_not(crash: bool) -> None:
    server = PostgresServer().start()
    try:
        store = PostgresStore(server, server.create_database("shop"))
        store.execute("CREATE TABLE orders (id int)", "INSERT INTO orders VALUES (1)", "CHECKPOINT")
        event, watch = happened(store, lambda: server.restart(crash=crash))
    finally:
        server.stop()
    assert watch.changed_at is None
    assert (event, watch.watched_since) == ((Event.RESET, LATER) if crash else (None, START))


@pytest.mark.parametrize(
    ("change", "begun"), [("TRUNCATE orders_eu", START), ("DROP TABLE orders_eu", LATER),
                          ("CREATE TABLE orders_x PARTITION OF orders DEFAULT", START)]
)  # fmt: skip
def test_what_happens_to_one_partition_is_no_reset_of_the_whole(
    postgres_store: PostgresStore, change: str, begun: datetime
) -> None:
    postgres_store.execute(*PARTITIONED)
    event, watch = by(postgres_store, change)
    assert (event, watch.watched_since, watch.changed_at) == (Event.RENEWED, begun, None)


def test_emptying_the_whole_of_a_partitioned_table_empties_it(postgres_store: PostgresStore) -> None:
    postgres_store.execute(*PARTITIONED)
    assert by(postgres_store, "TRUNCATE orders")[0] is Event.EMPTIED


@pytest.mark.parametrize("vacuum", [(), ("VACUUM ANALYZE orders",)], ids=["", "and vacuumed"])
def test_a_load_that_is_rolled_back_is_counted_and_yet_no_change(
    orders: PostgresStore, vacuum: tuple[str, ...]
) -> None:
    event, watch = by(orders, "BEGIN; INSERT INTO orders SELECT generate_series(1, 500); ROLLBACK", *vacuum)
    assert (event, watch.changed_at, watch.writes) == (Event.UNDONE, None, 503)


@pytest.mark.parametrize(
    "attempt",
    ["INSERT INTO orders VALUES (4)", "UPDATE orders SET id = 9", "DELETE FROM orders WHERE id = 1",
     "BEGIN; INSERT INTO orders VALUES (4); SAVEPOINT s; INSERT INTO orders VALUES (5); ROLLBACK TO s; COMMIT",
     "BEGIN; UPDATE orders SET id = 9; ROLLBACK", "BEGIN; DELETE FROM orders; ROLLBACK"],
)  # fmt: skip
def test_other_writes_are_changes_also_those_of_which_it_is_not_known_that_they_were_rolled_back(
    orders: PostgresStore, attempt: str
) -> None:
    event, watch = by(orders, attempt)
    assert (event, watch.changed_at) == (None, LATER)


def test_a_partition_whose_load_is_rolled_back_did_not_change(postgres_store: PostgresStore) -> None:
    postgres_store.execute(*PARTITIONED)
    assert by(postgres_store, "BEGIN; INSERT INTO orders VALUES (4, 'eu'); ROLLBACK")[0] is Event.UNDONE
