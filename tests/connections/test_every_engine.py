"""The contract that every registered engine keeps, tried on a real store of each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from apps.connections.engines import ENGINES
from apps.connections.engines.contract import Column, Trust
from apps.connections.engines.errors import (
    ColumnMissing,
    ConnectionFailed,
    QueryFailed,
    QueryTimeout,
    TableMissing,
    TooManyRows,
)
from apps.connections.names import TableName
from tests.connections.conftest import STORES
from tests.connections.stores import Store, at_home, engine, written

ODD_NAMES = [
    TableName("Sales", "Orders"),
    TableName("sales", "Q1.2026"),
    TableName("übersicht", "kunden ☕"),
    TableName('we"ird', 'say "hi"'),
    TableName("o'neil", "100% 'true' {x}"),
    TableName("select", "table"),
]  # fmt: skip
SLOW = "SELECT count(*) FROM {0} a, {0} b, {0} c, {0} d, {0} e, {0} f"
SERIES = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < {}) SELECT n FROM r"


def test_the_suite_has_a_store_for_every_engine() -> None:
    assert set(STORES) == set(ENGINES)


@pytest.mark.parametrize("key", sorted(ENGINES))
def test_an_engine_describes_itself_and_each_of_its_settings(key: str) -> None:
    driver = ENGINES[key]
    assert driver.label
    assert isinstance(driver.change_trust, Trust)
    fields = driver.Settings.model_fields.values()
    assert all(field.title and field.description for field in fields)


def test_tables_and_views_are_told_apart(viewing: Store) -> None:
    viewing.execute("CREATE TABLE orders (id integer)", "CREATE VIEW recent AS SELECT id FROM orders")
    with engine(viewing) as session:
        found = session.tables()
    assert [(info.name, info.kind) for info in found] == [
        (at_home(viewing, "orders"), "table"),
        (at_home(viewing, "recent"), "view"),
    ]


def test_comments_of_tables_and_columns_are_told(store: Store) -> None:
    store.execute(*store.commented)
    with engine(store) as session:
        [info], [[column]] = session.tables(), session.columns().values()
    assert (info.comment, column.comment) == store.comments


def test_rows_and_bytes_are_told_as_far_as_the_store_knows_them(store: Store) -> None:
    store.execute("CREATE TABLE orders (id integer)", "INSERT INTO orders VALUES (1), (2), (3)", *store.counted)
    with engine(store) as session:
        [info] = session.tables()
    assert info.rows == (3 if "rows" in store.told else None)
    assert (info.bytes is not None and info.bytes > 0) == ("bytes" in store.told)


def test_an_empty_store_has_no_tables(store: Store) -> None:
    with engine(store) as session:
        assert (session.tables(), session.observe(), session.columns()) == ([], {}, {})


@pytest.mark.parametrize("table", ODD_NAMES, ids=str)
def test_a_name_of_any_spelling_works_everywhere(store: Store, table: TableName) -> None:
    table = store.spell(table)
    if store.has_schemas:
        store.execute(f"CREATE SCHEMA {written(store, TableName('', table.schema))}")
    else:
        table = TableName(store.home, table.name)
    name, column = written(store, table), written(store, TableName("", "Größe %"))
    store.execute(f"CREATE TABLE {name} ({column} integer)", f"INSERT INTO {name} VALUES (7)")
    with engine(store, **store.everywhere) as session:
        assert [info.name for info in session.tables()] == [table]
        assert session.observe()[table].name == table
        assert set(session.fingerprints([table])) <= {table}
        assert [column.name for column in session.columns([table])[table]] == ["Größe %"]
        assert session.query(f"SELECT {column} FROM {name}") == [(7,)]


def test_columns_come_in_order_with_type_time_and_nullability(store: Store) -> None:
    store.execute(
        f"CREATE TABLE t (zone {store.aware}, local {store.naive} NOT NULL, day date, clock time, n integer)",
        "CREATE TABLE other (x integer)",
    )
    table = at_home(store, "t")
    with engine(store) as session:
        columns = session.columns([table])
        everything = session.columns()
    assert [(column.name, column.time) for column in columns[table]] == [
        (store.plain(name), time)
        for name, time in [("zone", "aware"), ("local", "naive"), ("day", "date"), ("clock", ""), ("n", "")]
    ]
    assert [column.nullable for column in columns[table]] == [True, not store.keeps_not_null, True, True, True]
    assert everything[table] == columns[table]
    assert len(everything) == 2


def test_views_have_columns_and_unknown_tables_have_none(viewing: Store) -> None:
    viewing.execute("CREATE TABLE t (n integer, day date)", "CREATE VIEW v AS SELECT n, day FROM t")
    view, missing = at_home(viewing, "v"), at_home(viewing, "missing")
    with engine(viewing) as session:
        columns = session.columns([view, missing])
        assert session.columns([]) == {}
    assert list(columns) == [view]
    assert columns[view][1] == Column(viewing.plain("day"), columns[view][1].type, "date")


def _state(store: Store, table: TableName) -> tuple[str, int | datetime | str | None]:
    """The mark, and what tells of a change: a counter, a time, or a fingerprint."""
    with engine(store) as session:
        look = session.observe()[table]
        return look.mark, look.changed_at or look.writes or session.fingerprints([table]).get(table, "")


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO orders VALUES (4, 'd')",
        "UPDATE orders SET name = 'x' WHERE id = 2",
        "DELETE FROM orders WHERE id = 3",
    ],
)
def test_a_write_shows_in_the_mark_and_in_the_evidence(store: Store, statement: str) -> None:
    store.execute(
        "CREATE TABLE orders (id integer, name varchar(9))", "INSERT INTO orders VALUES (1,'a'),(2,'b'),(3,'c')"
    )
    table = at_home(store, "orders")
    before = _state(store, table)
    assert _state(store, table) == before
    store.execute(statement)
    after = _state(store, table)
    assert after[0] != before[0] or not after[0]
    if not ENGINES[store.key].change_source:
        assert after == before == ("", "")  # it tells nothing, rather than something that may be wrong
    elif isinstance(after[1], datetime):  # it may be coarse: two writes within a second share it
        assert timedelta(seconds=-2) < datetime.now(UTC) - after[1] < timedelta(seconds=30)
    else:
        assert after[1] != before[1]


def test_writing_one_table_leaves_the_evidence_of_another(store: Store) -> None:
    store.execute("CREATE TABLE a (n integer)", "CREATE TABLE b (n integer)", "INSERT INTO b VALUES (1)")
    table = at_home(store, "b")
    before = _state(store, table)
    store.execute("INSERT INTO a VALUES (1)", "INSERT INTO a VALUES (2)")
    assert _state(store, table)[1] == before[1]


def test_all_tables_are_looked_at_with_two_statements_at_most_and_each_statement_counts(store: Store) -> None:
    store.execute(*(f"CREATE TABLE t{number} (n integer)" for number in range(5)))
    with engine(store) as session:
        assert len(session.observe()) == 5
        assert 1 <= (looking := session.statements) <= 2
        session.query("SELECT 5")
        assert session.statements == looking + 1


def test_a_view_has_no_mark(viewing: Store) -> None:
    viewing.execute("CREATE VIEW v AS SELECT 1 AS n")
    table = at_home(viewing, "v")
    with engine(viewing) as session:
        look = session.observe()[table]
    assert (look.kind, look.mark, look.writes, look.rows) == ("view", "", None, None)


def test_times_are_read_in_utc(store: Store) -> None:
    store.execute(f"CREATE TABLE t (seen {store.aware})", *store.half_past_midnight_utc)
    with engine(store) as session:
        assert session.query(store.hour_of_seen) == [(0,)]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO t VALUES (1)",
        "DROP TABLE t",
        "SELECT 1; DROP TABLE t",
        "CREATE TABLE u (n integer)",
    ],
)
def test_nothing_can_be_written(store: Store, statement: str) -> None:
    store.execute("CREATE TABLE t (n integer)")
    with engine(store) as session:
        with pytest.raises(QueryFailed):
            session.query(statement)
        assert session.query("SELECT count(*) FROM t") == [(0,)]


@pytest.mark.parametrize(
    ("sql", "error", "said"),
    [
        ("SELECT n FROM missing", TableMissing, "missing"),
        ("SELECT n FROM nowhere.t", TableMissing, "nowhere"),
        ("SELECT missing FROM t", ColumnMissing, "missing"),
        ("SELECT FROM WHERE", QueryFailed, "syntax"),
    ],
)
def test_a_failing_statement_is_named_and_the_session_lives_on(
    store: Store, sql: str, error: type[QueryFailed], said: str
) -> None:
    store.execute("CREATE TABLE t (n integer)")
    with engine(store) as session:
        with pytest.raises(error) as caught:
            session.query(sql)
        assert said.lower() in str(caught.value).lower()
        assert caught.value.__cause__ is not None
        assert session.query("SELECT 5") == [(5,)]


def test_a_slow_statement_is_cut_and_the_session_lives_on(store: Store) -> None:
    store.execute("CREATE TABLE t (n integer)", "INSERT INTO t " + SERIES.format(900))
    with engine(store) as session:
        with pytest.raises(QueryTimeout, match=r"0\.2 s"):
            session.query(SLOW.format("t"), timeout=timedelta(milliseconds=200))
        assert session.query("SELECT count(*) FROM t") == [(900,)]


def test_exactly_as_many_rows_as_the_cap_are_given_and_one_more_is_refused(store: Store) -> None:
    with engine(store) as session:
        assert len(session.query(SERIES.format(900), max_rows=900)) == 900
        with pytest.raises(TooManyRows, match="more than 900 rows"):
            session.query(SERIES.format(901), max_rows=900)
        assert session.query("SELECT 5") == [(5,)]


def test_a_store_that_is_not_there_is_a_connection_error_with_its_cause(store: Store) -> None:
    driver = ENGINES[store.key]
    with pytest.raises(ConnectionFailed) as caught:
        driver(driver.Settings.model_validate(store.wrong_settings)).open()
    assert str(caught.value).endswith(".")
    assert caught.value.__cause__ is not None


def test_no_secret_shows_in_the_settings(store: Store) -> None:
    driver = ENGINES[store.key]
    names = driver.Settings.secret_names()
    settings = driver.Settings.model_validate(store.settings(**dict.fromkeys(names, store.secret("gehe1m"))))
    assert "gehe1m" not in f"{settings!r} {settings} {settings.plain()} {settings.model_dump_json()}"


def test_a_reader_gets_no_warning_where_the_store_has_no_logins(store: Store) -> None:
    store.execute("CREATE TABLE t (n integer)")
    with engine(store) as session:
        assert bool(session.write_access()) == store.has_logins
