"""What MariaDB's information_schema says about tables that are written, emptied, swapped or forgotten by a restart."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.connections.engines.contract import Look
from apps.connections.engines.mysql_catalogue import SETTLED, access_of, looks_of
from apps.connections.names import TableName
from apps.connections.watch import advance
from tests.connections.stores import MySQLStore, engine
from tests.servers.mariadb import MariaDBServer

ORDERS = TableName("Store", "orders")
NOW = int(datetime(2026, 11, 21, 3, tzinfo=UTC).timestamp())
LATER = datetime(2026, 11, 21, 3, 5, tzinfo=UTC)


@pytest.fixture
def orders(mysql_store: MySQLStore) -> MySQLStore:
    """A table with three rows."""
    mysql_store.execute("CREATE TABLE orders (id int)", "INSERT INTO orders VALUES (1), (2), (3)")
    return mysql_store


def _look(store: MySQLStore, table: TableName = ORDERS, **changes: Any) -> Look:
    with engine(store, **changes) as session:
        return session.observe()[table]


@pytest.fixture
def look_a_minute_later(orders: MySQLStore) -> Iterator[Callable[[], Look]]:
    """A look in whose session the server's clock is a minute ahead: what was written just now lies back."""
    name = f"u{uuid.uuid4().hex[:8]}"
    orders.server.execute(
        f"CREATE USER {name} IDENTIFIED BY 'x'", f"GRANT SELECT ON *.* TO {name}",
        "SET GLOBAL init_connect = 'SET timestamp = UNIX_TIMESTAMP() + 60'",
    )  # fmt: skip
    yield lambda: _look(orders, user=name, password="x")
    orders.server.execute("SET GLOBAL init_connect = ''", f"DROP USER {name}")


def test_the_time_of_a_write_is_told_in_utc_whatever_zone_the_server_keeps(orders: MySQLStore) -> None:
    changed = _look(orders).changed_at
    assert changed is not None
    assert abs(datetime.now(UTC) - changed) < timedelta(seconds=30)


def test_a_write_of_this_very_second_leaves_no_mark_to_trust(orders: MySQLStore) -> None:
    look = _look(orders)
    assert look.mark == ""
    assert look.writes


def test_once_the_second_is_over_an_unwritten_table_keeps_its_mark(look_a_minute_later: Callable[[], Look]) -> None:
    before = look_a_minute_later()
    assert before.mark
    assert look_a_minute_later().mark == before.mark


@pytest.mark.parametrize(
    "statement", ["SELECT * FROM orders", "ANALYZE TABLE orders", "FLUSH TABLES", "CREATE TABLE x (n int)"]
)
def test_what_writes_no_row_leaves_the_mark(
    orders: MySQLStore, look_a_minute_later: Callable[[], Look], statement: str
) -> None:
    before = look_a_minute_later()
    orders.execute(statement)
    assert look_a_minute_later().mark == before.mark


def test_a_transaction_that_is_rolled_back_is_no_write(orders: MySQLStore) -> None:
    orders.execute("CREATE TABLE empty (n int)", "BEGIN", "INSERT INTO empty VALUES (1)", "ROLLBACK")
    look = _look(orders, TableName("Store", "empty"))
    assert (look.writes, look.changed_at) == (0, None)


def test_a_table_swapped_in_brings_the_time_of_its_own_load(orders: MySQLStore) -> None:
    orders.execute(
        "CREATE TABLE fresh LIKE orders", "INSERT INTO fresh VALUES (7)", "RENAME TABLE orders TO old, fresh TO orders"
    )
    assert _look(orders).changed_at is not None


def test_a_table_made_anew_and_left_empty_has_no_write_to_tell(orders: MySQLStore) -> None:
    orders.execute("DROP TABLE orders", "CREATE TABLE orders (id int)")
    assert (_look(orders).writes, _look(orders).changed_at) == (0, None)


def test_a_restart_forgets_and_the_watch_begins_anew(mysql_store: MySQLStore) -> None:
    server = MariaDBServer().start()
    try:
        store = MySQLStore(server, server.create_database("Store"))
        store.execute("CREATE TABLE orders (id int)", "INSERT INTO orders VALUES (1)")
        before = advance(None, _look(store), fingerprint="", now=LATER - timedelta(hours=1))
        server.restart()
        look = _look(store)
        after = advance(before, look, fingerprint="", now=LATER)
    finally:
        server.stop()
    assert before.changed_at is not None
    assert (look.writes, look.changed_at) == (0, None)
    assert (after.changed_at, after.watched_since) == (None, LATER)


def test_tables_of_other_engines_tell_only_what_they_know(mysql_store: MySQLStore) -> None:
    mysql_store.execute(
        "CREATE TABLE memory (n int) ENGINE = MEMORY", "INSERT INTO memory VALUES (1)",
        "CREATE TABLE files (n int) ENGINE = MyISAM", "INSERT INTO files VALUES (1)",
        "CREATE TABLE parts (n int) PARTITION BY HASH (n) PARTITIONS 3", "INSERT INTO parts VALUES (1)",
    )  # fmt: skip
    with engine(mysql_store) as session:
        looks = session.observe()
    told = {table.name: look.changed_at is not None for table, look in looks.items()}
    assert told == {"memory": False, "files": True, "parts": True}
    assert looks[TableName("Store", "memory")].writes is None


def test_sequences_and_temporary_tables_are_not_listed(mysql_store: MySQLStore) -> None:
    mysql_store.execute("CREATE SEQUENCE numbers", "CREATE TABLE versions (n int) WITH SYSTEM VERSIONING")
    with engine(mysql_store) as session:
        assert [info.name.name for info in session.tables()] == ["versions"]


def test_a_view_whose_table_is_gone_does_not_hide_the_others(mysql_store: MySQLStore) -> None:
    mysql_store.execute(
        "CREATE TABLE a (n int)", "CREATE TABLE b (n int)", "CREATE VIEW v AS SELECT n FROM b", "DROP TABLE b"
    )
    with engine(mysql_store) as session:
        assert {table.name: look.kind for table, look in session.observe().items()} == {"a": "table", "v": "view"}
        assert list(session.columns()) == [TableName("Store", "a")]


def test_names_that_differ_in_case_are_different_tables(mysql_store: MySQLStore) -> None:
    mysql_store.execute("CREATE TABLE orders (a int)", "CREATE TABLE Orders (b int)")
    with engine(mysql_store) as session:
        assert list(session.columns([TableName("Store", "Orders")])) == [TableName("Store", "Orders")]
        assert len(session.observe()) == 2


def test_only_the_database_that_is_named_is_seen(mysql_store: MySQLStore) -> None:
    mysql_store.execute("CREATE DATABASE store", "CREATE TABLE store.hidden (n int)", "CREATE TABLE mine (n int)")
    with engine(mysql_store) as session:
        assert [str(info.name) for info in session.tables()] == ["Store.mine"]
        assert list(session.columns()) == [TableName("Store", "mine")]
    with engine(mysql_store, database="") as session:
        assert [str(info.name) for info in session.tables()] == ["Store.mine", "store.hidden"]


@pytest.mark.parametrize("tables", [1, 150])
def test_a_look_at_all_tables_is_two_statements(mysql_store: MySQLStore, tables: int) -> None:
    mysql_store.execute(*(f"CREATE TABLE t{n} (n int) ENGINE = MyISAM" for n in range(tables)))
    with engine(mysql_store) as session, mysql_store.server.statements() as sent:
        assert len(session.observe()) == tables
    assert len([line for line in sent if "general_log" not in line]) == 2


def row(updated: int | None) -> tuple[Any, ...]:
    return ("Store", "orders", 0, 1, updated, 3, "16384.1", NOW, 400)


def told(rows: list[tuple[Any, ...]], *, uptime: int = 1000, opened: int = 9) -> dict[TableName, Look]:
    return looks_of(rows, uptime=uptime, opened=opened)


def test_a_mark_is_given_once_the_second_of_the_write_is_safely_over() -> None:
    marks = [told([row(NOW - age)])[ORDERS].mark for age in (-5, 0, SETTLED - 1, SETTLED)]
    assert [bool(mark) for mark in marks] == [False, False, False, True]


def test_a_restart_changes_the_mark_of_a_table_that_was_never_written() -> None:
    assert told([row(None)])[ORDERS].mark != told([row(None)], uptime=10)[ORDERS].mark


@pytest.mark.parametrize("opened", [400, 500])
def test_no_time_means_nothing_once_the_cache_of_the_server_is_full(opened: int) -> None:
    crowded = told([row(None)], opened=opened)[ORDERS]
    assert (crowded.mark, crowded.writes, crowded.changed_at) == ("", None, None)


def test_a_time_that_is_no_longer_told_ends_what_is_known() -> None:
    before = advance(None, told([row(NOW - 60)])[ORDERS], fingerprint="", now=LATER - timedelta(hours=1))
    after = advance(before, told([row(None)], opened=400)[ORDERS], fingerprint="", now=LATER)
    assert before.tells_changes
    assert not after.tells_changes


@pytest.mark.parametrize(
    ("grant", "tables", "superuser"),
    [
        ("GRANT USAGE ON *.* TO `u`@`%` IDENTIFIED BY PASSWORD '*0'", (), False),
        ("GRANT SELECT, SHOW VIEW ON `shop`.* TO `u`@`%`", (), False),
        ("GRANT SELECT, INSERT ON `my ``shop`.`t` TO `u`@`%`", ("my shop.t",), False),
        ("GRANT SELECT (a), UPDATE (a, b) ON `s`.`t` TO `u`@`%`", ("s.t",), False),
        ("GRANT ALL PRIVILEGES ON *.* TO `u`@`%` WITH GRANT OPTION", ("*.*",), True),
        ("GRANT SELECT, SUPER ON *.* TO `u`@`%`", (), True),
        ("GRANT CREATE TEMPORARY TABLES ON `s`.* TO `u`@`%`", (), False),
        ("GRANT PROXY ON ``@`%` TO `root`@`%`", (), False),
    ],
)
def test_grants_are_read(grant: str, tables: tuple[str, ...], superuser: bool) -> None:
    access = access_of([grant])
    assert (access.tables, access.superuser) == (tables, superuser)
