"""`doctor --deep`: every step on every engine, and what it says where something is amiss."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest

from apps.connections.deepcheck import STEPS, Outcome, Step, look_words, samples, try_everything
from apps.connections.engines import ENGINES
from apps.connections.engines.contract import MAX_ROWS, NO_BUDGET, STATEMENT_TIMEOUT, Budget, Look, TableInfo
from apps.connections.engines.sqlite import SQLite
from apps.connections.hiding import hide, secret_words
from apps.connections.names import TableName
from tests.connections.stores import PostgresStore, SQLiteStore, Store, at_home, engine

ALL = ["open", *STEPS, "secrets"]


def steps(store: Store, **changes: Any) -> dict[str, Step]:
    return {step.name: step for step in try_everything(engine(store, **changes))}


@pytest.fixture
def login(postgres_store: PostgresStore) -> Iterator[str]:
    """A login without any rights; its password is `a-secret-password`."""
    name = f"login_{uuid.uuid4().hex[:8]}"
    postgres_store.server.create_login(name, "a-secret-password")
    yield name
    postgres_store.execute(f"DROP OWNED BY {name}", f"DROP ROLE {name}")


def test_every_step_is_tried_on_every_engine_and_none_fails(store: Store) -> None:
    store.execute("CREATE TABLE orders (id integer, name varchar(9))")
    store.execute("INSERT INTO orders VALUES (1, 'a'), (2, 'b'), (3, 'c')")
    if store.has_views:
        store.execute("CREATE VIEW recent AS SELECT id FROM orders")
    found = steps(store)
    assert list(found) == ALL
    assert {name: step.message for name, step in found.items() if step.outcome is Outcome.FAILED} == {}
    views, columns, all_of_them = ("1 view", "3 columns", 2) if store.has_views else ("0 views", "2 columns", 1)
    assert found["tables"].message.startswith(f"1 table and {views}")
    assert found["columns"].message.startswith(f"{columns} of {all_of_them} tables and views")
    assert f"{at_home(store, 'orders')} has 3 rows" in found["read a table"].message
    assert (
        found["time limit"].outcome is found["row limit"].outcome is found["writing is refused"].outcome is Outcome.OK
    )
    assert (found["fingerprints"].outcome is Outcome.OK) != ENGINES[store.key].look_counts_writes


def test_it_changes_nothing(store: Store) -> None:
    store.execute("CREATE TABLE orders (id integer)", "INSERT INTO orders VALUES (1), (2), (3)")
    table = at_home(store, "orders")
    with engine(store) as session:
        before = (session.observe()[table].writes, session.fingerprints([table]))
    steps(store)
    with engine(store) as session:
        assert (session.observe()[table].writes, session.fingerprints([table])) == before
        assert [info.name for info in session.tables()] == [table]


def test_a_store_that_cannot_be_opened_says_so_once(store: Store) -> None:
    driver = ENGINES[store.key]
    settings = driver.Settings.model_validate(store.wrong_settings)
    found = list(try_everything(driver(settings)))
    assert [(step.name, step.outcome) for step in found][:1] == [("open", Outcome.FAILED)]
    assert [step.name for step in found] == ["open", "secrets"]


def test_an_empty_store_is_no_failure(store: Store) -> None:
    found = steps(store)
    assert found["tables"].outcome is Outcome.WARNING
    assert found["read a table"].outcome is found["writing is refused"].outcome is Outcome.NOT_OFFERED
    assert Outcome.FAILED not in {step.outcome for step in found.values()}


def test_no_secret_is_in_any_line(store: Store) -> None:
    store.execute("CREATE TABLE orders (id integer)")
    secrets = secret_words(ENGINES[store.key].Settings.model_validate(store.settings()))
    found = steps(store)
    assert found["secrets"].outcome is (Outcome.OK if secrets else Outcome.NOT_OFFERED)
    assert not any(secret in step.message for secret in secrets for step in found.values())


def test_a_wrong_password_is_named_and_not_shown(postgres_store: PostgresStore) -> None:
    found = steps(postgres_store, password="a-wrong-password")
    assert "does not accept this password" in found["open"].message
    assert "a-wrong-password" not in str(found)


def test_a_login_that_may_write_is_warned_of_with_an_example(postgres_store: PostgresStore, login: str) -> None:
    postgres_store.execute("CREATE TABLE orders (id int)", f"GRANT SELECT, INSERT ON orders TO {login}")
    found = steps(postgres_store, user=login, password="a-secret-password")
    assert found["rights of the login"].outcome is Outcome.WARNING
    assert "may write to public.orders" in found["rights of the login"].message
    assert found["writing is refused"].outcome is Outcome.OK


def test_a_login_that_only_reads_passes_everything(postgres_store: PostgresStore, login: str) -> None:
    postgres_store.execute("CREATE TABLE orders (id int)", f"GRANT SELECT ON orders TO {login}", "ANALYZE")
    found = steps(postgres_store, user=login, password="a-secret-password")
    assert {step.outcome for step in found.values()} == {Outcome.OK, Outcome.NOT_OFFERED}
    assert "0 (PostgreSQL's" not in found["look at all tables"].message


def test_tables_that_the_login_may_not_read_are_named(postgres_store: PostgresStore, login: str) -> None:
    postgres_store.execute("CREATE TABLE a (id int)", "CREATE TABLE b (id int)")
    found = steps(postgres_store, user=login, password="a-secret-password")
    assert found["read a table"].outcome is Outcome.FAILED
    postgres_store.execute(f"GRANT SELECT ON b TO {login}")
    found = steps(postgres_store, user=login, password="a-secret-password")
    assert found["read a table"].outcome is Outcome.WARNING
    assert "public.b has 0 rows" in found["read a table"].message
    assert "may not read this" in found["read a table"].message


def test_a_session_that_is_lost_ends_it(postgres_store: PostgresStore) -> None:
    found = []
    for step in try_everything(engine(postgres_store)):
        found.append(step)
        if step.name == "tables":
            postgres_store.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name ="
                                   " 'Midwatch' AND pid <> pg_backend_pid()")  # fmt: skip
    assert [(step.name, step.outcome) for step in found][2:] == [
        ("look at all tables", Outcome.FAILED), ("secrets", Outcome.OK),
    ]  # fmt: skip


class Careless(SQLite):
    """A driver that minds no limit and refuses nothing, and whose list fails in its own code."""

    def query(
        self, sql: str, *, timeout: timedelta = STATEMENT_TIMEOUT, max_rows: int = MAX_ROWS, budget: Budget = NO_BUDGET
    ) -> Sequence[tuple[Any, ...]]:
        return [(1,), (2,)]

    def estimate(self, sql: str) -> int | None:
        raise KeyError("reply")


def test_a_driver_that_minds_no_limit_is_caught(sqlite_store: SQLiteStore) -> None:
    sqlite_store.execute("CREATE TABLE orders (id integer)")
    careless = Careless(SQLite.Settings.model_validate(sqlite_store.settings()))
    found = {step.name: step for step in try_everything(careless)}
    failed = {name for name, step in found.items() if step.outcome is Outcome.FAILED}
    assert failed == {"row limit", "time limit", "writing is refused", "estimate"}
    assert found["estimate"].message == "Midwatch itself failed: KeyError: 'reply'. Report this."


def test_the_smallest_table_that_is_not_empty_is_read_first() -> None:
    sizes = {"big": 9_000, "empty": 0, "small": 3, "unknown": None, "days_*": 1}
    names = {name: TableName("s", name) for name in sizes}
    looks = {names[name]: Look(names[name], "table", rows=rows) for name, rows in sizes.items()}
    infos = [TableInfo(name, "table") for name in looks]
    assert [table.name for table in samples(infos, looks)] == ["small", "big", "unknown", "empty"]


def test_a_store_that_tells_no_changes_says_what_to_do() -> None:
    driver = ENGINES["redshift"]
    told = look_words(driver(None), [Look(TableName("s", "t"), "table", rows=3), Look(TableName("s", "v"), "view")])
    assert told == (
        "Of 1 table it tells a number of rows for 1 (Redshift's SVV_TABLE_INFO, estimate). When they were written is "
        "not told: name timestamp columns in rules."
    )


def test_a_secret_is_cut_out_and_what_only_looks_like_one_stays() -> None:
    login = {"host": "db", "database": "app", "user": "reader", "password": "hunter22"}
    words = secret_words(ENGINES["postgres"].Settings.model_validate(login))
    assert hide("reader said hunter22, not hunter221", words) == "reader said …, not hunter221"
    same = ENGINES["postgres"].Settings.model_validate({**login, "password": "reader"})
    assert secret_words(same) == frozenset()


def test_the_lines_of_a_key_are_secrets_too() -> None:
    line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKB"
    login = {"host": "db", "database": "app", "user": "reader", "password": f'{{"key": "x\\n{line}\\n"}}'}
    assert line in secret_words(ENGINES["postgres"].Settings.model_validate(login))
