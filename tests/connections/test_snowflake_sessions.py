"""Sessions with Snowflake: what they are named, allowed and limited to, and what they tell nobody."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from apps.common.clock import utc_now
from apps.connections.catalogue import evidence, look_again
from apps.connections.engines.contract import Budget
from apps.connections.engines.errors import NotPermitted, QueryTimeout, TooManyRows
from apps.connections.engines.snowflake import Snowflake, SnowflakeSettings
from apps.connections.names import TableName
from apps.connections.testing import try_out
from apps.connections.watch import Watch
from tests.connections.store_snowflake import SnowflakeStore
from tests.connections.stores import engine
from tests.project.files import ROOT
from tests.servers.http import HttpServer
from tests.servers.snowflake import ABORT, END, QUERY, RENEW, TELEMETRY
from tests.servers.snowflake_account import pem, private_key

ORDERS = TableName("PUBLIC", "ORDERS")
SERIES = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 900) SELECT n FROM r"
SLOW = "SELECT count(*) FROM t a, t b, t c, t d, t e, t f"
ALONE = """
import json, sys
from apps.connections.engines.snowflake import Snowflake, SnowflakeSettings
settings, Snowflake.place = json.loads(sys.argv[1]), json.loads(sys.argv[2])
with Snowflake(SnowflakeSettings.model_validate(settings)) as session:
    print(len(session.tables()))
"""


@pytest.fixture
def store(snowflake_store: SnowflakeStore) -> SnowflakeStore:
    snowflake_store.execute("CREATE TABLE orders (id integer)", "INSERT INTO orders VALUES (1), (2)")
    return snowflake_store


def named(store: SnowflakeStore, label: str) -> Snowflake:
    return Snowflake(SnowflakeSettings.model_validate(store.settings()), label=label)


@pytest.mark.parametrize("passphrase", ["", "open sesame"])
def test_a_login_with_a_key_is_signed_for_real(store: SnowflakeStore, passphrase: str) -> None:
    key = pem(private_key(), passphrase)
    with engine(store, private_key=key, private_key_passphrase=passphrase) as session:
        assert session.tables()
    assert store.server.requests[0].body["data"]["AUTHENTICATOR"] == "SNOWFLAKE_JWT"


def test_a_login_with_a_password_goes_too(store: SnowflakeStore) -> None:
    with engine(store, password=store.server.account.password) as session:
        assert session.tables()


def test_a_session_is_in_utc_limited_and_named(store: SnowflakeStore) -> None:
    with named(store, "Midwatch: Shop (EU)"):
        (session,) = store.server.account.sessions
    told = {
        "QUERY_TAG": "Midwatch: Shop (EU)", "TIMEZONE": "UTC", "STATEMENT_TIMEOUT_IN_SECONDS": "30",
        "STATEMENT_QUEUED_TIMEOUT_IN_SECONDS": "30", "AUTOCOMMIT": "true", "CLIENT_TELEMETRY_ENABLED": "false",
    }  # fmt: skip
    assert told.items() <= session.parameters.items()
    assert store.server.requests[0].body["data"]["CLIENT_ENVIRONMENT"]["APPLICATION"] == "Midwatch"


def test_a_statement_carries_the_label_of_its_budget_its_time_and_its_rows(store: SnowflakeStore) -> None:
    with named(store, "Midwatch: Shop") as session:
        session.query("SELECT 1", timeout=timedelta(seconds=6.5), max_rows=9, budget=Budget(label="rule Orders"))
        session.observe()
    first, second = store.server.queries
    assert (first.tag, second.tag) == ("Midwatch: Shop | rule Orders", "Midwatch: Shop")
    assert first.parameters["STATEMENT_TIMEOUT_IN_SECONDS"] == 7
    assert first.parameters["ROWS_PER_RESULTSET"] == 10
    assert "ROWS_PER_RESULTSET" not in second.parameters


def test_a_thousand_tables_in_many_schemas_are_looked_at_by_one_statement(store: SnowflakeStore) -> None:
    for schema in range(20):
        store.execute(f"CREATE SCHEMA s{schema}", f"CREATE TABLE s{schema}.t (n integer)")
    with engine(store, schemas=()) as session:
        assert len(session.observe()) == 21
    assert len(store.server.queries) == 1


def test_only_the_chosen_schemas_are_seen(store: SnowflakeStore) -> None:
    store.execute("CREATE SCHEMA sales", "CREATE TABLE sales.t (n integer)")
    with engine(store, schemas=("SALES",)) as session:
        assert list(session.observe()) == [TableName("SALES", "T")]
        assert list(session.columns()) == [TableName("SALES", "T")]
        assert session.query("SELECT count(*) FROM t") == [(0,)]


def test_names_that_differ_only_in_case_are_two_tables(store: SnowflakeStore) -> None:
    store.execute('CREATE TABLE "orders" (n integer)', 'INSERT INTO "orders" VALUES (7)')
    with engine(store) as session:
        assert {info.name.name for info in session.tables()} == {"ORDERS", "orders"}
        assert session.query('SELECT n FROM "orders"') == [(7,)]
        assert [column.name for column in session.columns([ORDERS])[ORDERS]] == ["ID"]


def test_a_statement_over_its_time_is_cut_by_snowflake(store: SnowflakeStore) -> None:
    store.execute("CREATE TABLE t (n integer)", f"INSERT INTO t {SERIES}")
    with engine(store) as session, pytest.raises(QueryTimeout, match="longer than 1 s and was cut"):
        session.query(SLOW, timeout=timedelta(seconds=1))


def test_a_statement_that_snowflake_does_not_answer_is_taken_back(
    store: SnowflakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Snowflake, "patience", timedelta(seconds=1))
    store.server.faults[QUERY] = ["hang"]
    with engine(store) as session:
        with pytest.raises(Exception, match="gave no answer in time"):
            session.query("SELECT 5")
        assert session.query("SELECT 5") == [(5,)]
    assert store.server.asked(ABORT) == 1


def test_a_statement_in_progress_is_waited_for(store: SnowflakeStore) -> None:
    store.server.patience = 0
    with engine(store) as session:
        assert session.query("SELECT max(id) FROM orders") == [(2,)]
    assert any(request.path.endswith("/result") for request in store.server.requests)


def test_more_rows_than_the_cap_are_not_even_sent(store: SnowflakeStore) -> None:
    with engine(store) as session, pytest.raises(TooManyRows, match="more than 10 rows"):
        session.query(SERIES, max_rows=10)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM orders",
        "SELECT 1; DROP TABLE orders",
        "SELECT 1 ->> DELETE FROM orders",
        "CALL p()",
        "WITH p AS PROCEDURE () RETURNS STRING LANGUAGE SQL AS $$ x $$ CALL p()",
        "SELECT SYSTEM$ABORT_SESSION(1)",
        'SELECT "SYSTEM$CANCEL_ALL_QUERIES"(1)',
    ],
)
def test_what_could_write_is_refused_before_it_is_sent(store: SnowflakeStore, sql: str) -> None:
    with engine(store) as session, pytest.raises(NotPermitted, match="only reads"):
        session.query(sql)
    assert store.server.queries == []


def test_words_of_commands_may_stand_in_texts_and_names(store: SnowflakeStore) -> None:
    with engine(store) as session:
        assert session.query("""SELECT 'CALL SYSTEM$x' AS "procedure" """) == [("CALL SYSTEM$x",)]


def test_maintenance_is_no_write_and_a_write_after_it_is(store: SnowflakeStore) -> None:
    now, seen, watches = utc_now(), [], dict[TableName, Watch]()
    with engine(store) as session:
        for happens in ("INSERT INTO orders VALUES (3)", "maintenance", "DELETE FROM orders", "maintenance"):
            if happens == "maintenance":
                store.server.warehouse.touch("PUBLIC", "ORDERS")
            else:
                store.execute(happens)
            watches = look_again(
                session, session.observe(), watches, evidence_for=[ORDERS], now=now, still_mine=lambda: None
            )
            seen.append(evidence(session, watches[ORDERS]))
    first, touched, written, again = [told.changed_at for told in seen]
    assert first == touched
    assert written == again
    assert first is not None
    assert written is not None
    assert first < written
    assert {told.watched_since for told in seen} == {None}  # times from before the watch are told too


def test_the_test_of_a_connection_warns_of_a_role_that_may_write(store: SnowflakeStore) -> None:
    report = try_out(engine(store))
    assert report.message == "Connected: 1 table, 0 views."
    assert "may write, for example to PUBLIC.ORDERS" in report.warning
    assert 'GRANT USAGE ON WAREHOUSE "WATCH_WH"' in report.script


def test_a_role_that_may_only_read_gets_no_warning(store: SnowflakeStore) -> None:
    store.server.warehouse.privileges = ("SELECT", "REFERENCES")
    assert try_out(engine(store)).warning == ""


def test_a_session_ends_with_a_logout_and_tells_nobody_of_its_use(store: SnowflakeStore) -> None:
    with engine(store) as session:
        session.tables()
    assert store.server.account.sessions == []
    assert {request.path for request in store.server.requests[1:]} == {QUERY, END}
    assert store.server.asked(TELEMETRY) == store.server.asked(RENEW) == 0


def test_nothing_is_written_to_the_home_directory_and_no_cloud_is_asked_where_this_is(
    store: SnowflakeStore, tmp_path: Path
) -> None:
    proxy = HttpServer().start()  # a request to anybody but the double would come here
    environment = {
        **os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path),
        "HTTP_PROXY": proxy.url, "NO_PROXY": "127.0.0.1",
    }  # fmt: skip
    settings = store.settings(password=store.server.account.password)
    command = [sys.executable, "-c", ALONE, json.dumps(settings), json.dumps(store.server.place)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)  # noqa: S603
    proxy.stop()
    assert done.stdout == "1\n"
    assert list(tmp_path.rglob("*")) == []
    assert proxy.requests == []
