"""How a Redshift session is opened, what it may do, and what is made of Redshift's system views."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from apps.connections.engines import postgres_errors
from apps.connections.engines.contract import Look, TableInfo
from apps.connections.engines.errors import (
    ConnectionFailed,
    DatabaseMissing,
    LoginRefused,
    NotPermitted,
    PortRefused,
    QueryTimeout,
    TlsFailed,
)
from apps.connections.engines.redshift import READER, Redshift
from apps.connections.engines.redshift_catalogue import SQL
from apps.connections.names import TableName
from tests.connections.store_redshift import RedshiftStore
from tests.connections.stores import engine

ORDERS = TableName("public", "orders")
SET_UP = ["SET redshift.query_group TO 'Midwatch'", "SET timezone TO 'UTC'", "SET statement_timeout TO '30000'"]


@pytest.fixture
def orders(redshift_store: RedshiftStore) -> RedshiftStore:
    """A table with three rows."""
    redshift_store.execute("CREATE TABLE orders (id int)", "INSERT INTO orders VALUES (1), (2), (3)")
    return redshift_store


@pytest.fixture
def login(redshift_store: RedshiftStore) -> Iterator[str]:
    """A login without any rights, whose password is its name."""
    name = f"login_{uuid.uuid4().hex[:8]}"
    redshift_store.server.create_login(name, name)
    yield name
    redshift_store.execute(f"DROP OWNED BY {name}", f"DROP ROLE {name}")


def test_deleted_rows_do_not_count_though_they_wait_for_a_vacuum(orders: RedshiftStore) -> None:
    orders.execute("DELETE FROM orders WHERE id > 1")
    with orders.server.connect(orders.database) as session:
        assert session.execute("SELECT tbl_rows, estimated_visible_rows FROM svv_table_info").fetchone() == (3, 1)
    with engine(orders) as session:
        assert session.observe()[ORDERS] == Look(ORDERS, "table", rows=1, bytes=2**20)


def test_an_empty_table_is_listed_and_its_rows_are_not_known(orders: RedshiftStore) -> None:
    orders.execute("TRUNCATE orders")
    with engine(orders) as session:
        assert session.tables() == [TableInfo(ORDERS, "table")]


def test_when_a_table_was_written_is_never_told(orders: RedshiftStore) -> None:
    with engine(orders) as session:
        look = session.observe()[ORDERS]
        assert session.fingerprints([ORDERS]) == {}
    assert (look.mark, look.identity, look.writes, look.changed_at) == ("", "", None, None)


def test_external_tables_are_listed_and_nothing_is_said_of_them(redshift_store: RedshiftStore) -> None:
    redshift_store.execute(
        "CREATE FOREIGN DATA WRAPPER glue",
        "CREATE SERVER spectrum FOREIGN DATA WRAPPER glue",
        "CREATE FOREIGN TABLE clicks (at timestamp) SERVER spectrum",
    )
    table = TableName("public", "clicks")
    with engine(redshift_store) as session:
        assert session.observe() == {table: Look(table, "table")}
        assert [column.time for column in session.columns([table])[table]] == ["naive"]


def test_what_redshift_keeps_for_itself_is_left_out(orders: RedshiftStore) -> None:
    orders.execute("CREATE TABLE mv_tbl__totals__0 (n int)", "CREATE VIEW totals AS SELECT n FROM mv_tbl__totals__0")
    with engine(orders) as session:
        assert [(info.name.name, info.kind) for info in session.tables()] == [("orders", "table"), ("totals", "view")]
        assert {table.name for table in session.columns()} == {"orders", "totals"}


def test_types_are_written_with_their_length_and_precision(redshift_store: RedshiftStore) -> None:
    redshift_store.execute("CREATE TABLE t (a varchar(256), b numeric(18, 2), c numeric, d bigint)")
    with engine(redshift_store) as session:
        [columns] = session.columns().values()
    assert [column.type for column in columns] == ["character varying(256)", "numeric(18,2)", "numeric", "bigint"]


def test_without_the_right_to_see_sizes_tables_are_listed_without_them(orders: RedshiftStore, login: str) -> None:
    with engine(orders, user=login, password=login) as session:
        assert session.observe() == {ORDERS: Look(ORDERS, "table")}
        with orders.server.statements(orders.database) as asked:
            session.tables()
    assert not any("svv_table_info" in statement for statement in asked)


def test_the_script_makes_a_login_that_sees_sizes_and_reads_everything_also_later(orders: RedshiftStore) -> None:
    with engine(orders) as session:
        script = session.grant_script(["public"])
    try:
        orders.execute(script, "CREATE TABLE later (n int)")
        with engine(orders, user=READER, password="Choose-a-passw0rd") as session:
            assert session.observe()[ORDERS].rows == 3
            assert session.query("SELECT count(*) FROM later") == [(0,)]
            assert not session.write_access()
    finally:
        orders.execute(f"DROP OWNED BY {READER}", f"DROP ROLE {READER}")


@pytest.mark.parametrize("right", ["INSERT", "UPDATE", "DELETE"])
def test_each_right_to_write_is_noticed(orders: RedshiftStore, login: str, right: str) -> None:
    orders.execute(
        "CREATE SCHEMA closed", "CREATE TABLE closed.t (n int)", f"GRANT {right} ON closed.t TO {login}",
        'CREATE TABLE "A.b" (n int)', f'GRANT {right} ON "A.b" TO {login}',
    )  # fmt: skip
    with engine(orders, user=login, password=login) as session:
        assert session.write_access().tables == ('public."A.b"',)


@pytest.mark.parametrize("act", ["observe", "columns", "tables", "write_access"])
def test_one_statement_is_enough_however_many_tables(orders: RedshiftStore, act: str) -> None:
    orders.execute(*(f"CREATE TABLE t{number} (n int)" for number in range(50)))
    with orders.server.statements(orders.database) as asked, engine(orders) as session:
        getattr(session, act)()
    # The first lines of the statements; those of the catalogue begin with a line break.
    assert asked == [*SET_UP, "BEGIN READ ONLY", "", "ROLLBACK"]


def test_only_an_unusual_timeout_costs_a_statement_of_its_own(orders: RedshiftStore) -> None:
    around = ("BEGIN READ ONLY", "SELECT 1", "ROLLBACK")
    with orders.server.statements(orders.database) as asked, engine(orders) as session:
        session.query("SELECT 1")
        session.query("SELECT 1", timeout=timedelta(seconds=3))
        session.query("SELECT 1", timeout=timedelta(seconds=3))
    assert asked == [*SET_UP, *around, "SET statement_timeout TO '3000'", *around, *around]


def test_every_statement_is_labelled_with_a_name_that_cannot_break_out(orders: RedshiftStore) -> None:
    settings = Redshift.Settings.model_validate(orders.settings())
    with Redshift(settings, label="Midwatch: o'neil\\") as session:
        assert session.query("SELECT current_setting('redshift.query_group')") == [("Midwatch: o neil ",)]


def test_a_function_that_writes_is_stopped_by_the_transaction(orders: RedshiftStore) -> None:
    orders.execute("CREATE FUNCTION sly() RETURNS int LANGUAGE sql AS 'INSERT INTO orders VALUES (9) RETURNING id'")
    with engine(orders) as session, pytest.raises(NotPermitted, match="only reads"):
        session.query("SELECT sly()")


def test_a_copy_by_select_is_refused_before_it_is_sent(orders: RedshiftStore) -> None:
    sent = orders.server.statements(orders.database)
    with sent as asked, engine(orders) as session, pytest.raises(NotPermitted, match="INTO"):
        session.query("SELECT * INTO copied FROM orders")
    assert asked == SET_UP


TROUBLE: list[tuple[dict[str, Any], type[ConnectionFailed], str]] = [
    ({"sslmode": "require"}, TlsFailed, "does not offer TLS"),
    ({"password": "wrong"}, LoginRefused, "does not accept this password"),
    ({"database": "nowhere"}, DatabaseMissing, "no database nowhere"),
    ({"port": 1}, PortRefused, "and that Redshift runs"),
]


@pytest.mark.parametrize(("changes", "error", "words"), TROUBLE, ids=[words for _, _, words in TROUBLE])
def test_each_trouble_has_its_own_error_and_words(
    redshift_store: RedshiftStore, changes: dict[str, Any], error: type[ConnectionFailed], words: str
) -> None:
    with pytest.raises(error, match=words):
        engine(redshift_store, **changes).open()


def test_tls_is_asked_for_unless_it_is_switched_off() -> None:
    settings = Redshift.Settings.model_validate({"host": "db", "database": "dev", "user": "u"})
    assert (settings.model_dump()["sslmode"], settings.model_dump()["port"]) == ("require", 5439)


@pytest.mark.parametrize("spelling", ["canceled", "cancelled"])
def test_redshifts_words_for_a_timeout_are_understood(spelling: str) -> None:
    cause = psycopg.errors.InternalError_(f"Query (150) {spelling} on user's request")
    assert isinstance(postgres_errors.running(cause, seconds=30, lost=False), QueryTimeout)


@pytest.mark.parametrize("text", ["plain", "o'neil", "back\\slash", "\\'; --"])
def test_a_text_is_the_same_whether_a_backslash_means_something_or_not(
    redshift_store: RedshiftStore, text: str
) -> None:
    written = SQL.text(text)
    assert "\\" not in written
    with engine(redshift_store) as session:
        assert session.query(f"SELECT {written}") == [(text,)]
