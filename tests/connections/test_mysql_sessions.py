"""How a MySQL session is opened, what it may do, and the words for each way that opening it fails."""

from __future__ import annotations

import shlex
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pymysql
import pytest

from apps.connections.engines import mysql_errors
from apps.connections.engines.errors import (
    Busy,
    ConnectionFailed,
    DatabaseMissing,
    LoginRefused,
    NoAnswer,
    NotPermitted,
    PortRefused,
    QueryFailed,
    QueryTimeout,
    TlsFailed,
    UnknownHost,
)
from apps.connections.engines.mysql import READER, MySQL
from apps.connections.engines.mysql_guard import check_select
from apps.connections.names import TableName
from tests.connections.stores import MySQLStore, engine, written
from tests.servers.certificate import write_certificate
from tests.servers.mariadb import MariaDBServer

TROUBLE: list[tuple[dict[str, Any], type[ConnectionFailed], str]] = [
    ({"password": "wrong"}, LoginRefused, "does not accept this password"),
    ({"password": "schlüssel 🔑"}, LoginRefused, "Check the user name and the password"),
    ({"password": ""}, LoginRefused, "none is set"),
    ({"host": "nowhere.invalid"}, UnknownHost, "nowhere.invalid cannot be found"),
    ({"port": 1}, PortRefused, "nothing listens on port 1"),
    ({"database": "nowhere"}, DatabaseMissing, "no database nowhere"),
    ({"ssl_mode": "required"}, TlsFailed, "does not offer TLS"),
    ({"ssl_mode": "verify_ca", "ssl_ca": "/nowhere.pem"}, TlsFailed, "nowhere.pem cannot be read"),
]


@pytest.mark.parametrize(("changes", "error", "words"), TROUBLE, ids=[words for _, _, words in TROUBLE])
def test_each_trouble_has_its_own_error_and_words(
    mysql_store: MySQLStore, changes: dict[str, Any], error: type[ConnectionFailed], words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        engine(mysql_store, **changes).open()
    assert caught.value.__cause__ is not None
    assert mysql_store.server.password not in f"{caught.value} {caught.value.__cause__}"


@pytest.mark.parametrize(
    ("number", "text", "error"),
    [
        (1040, "Too many connections", Busy),
        (1129, "Host is blocked", Busy),
        (1130, "Host '10.0.0.1' is not allowed to connect", LoginRefused),
        (1044, "Access denied for user to database", LoginRefused),
        (2059, "Authentication plugin 'auth_gssapi_client' not configured", LoginRefused),
        (3159, "Connections using insecure transport are prohibited", TlsFailed),
        (2003, "Can't connect ([SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate)", TlsFailed),
        (2003, "Can't connect (timed out)", NoAnswer),
        (2013, "Lost connection to MySQL server during query", NoAnswer),
        (9999, "Etwas ganz anderes", ConnectionFailed),
    ],
)
def test_what_other_servers_say_is_understood(number: int, text: str, error: type[ConnectionFailed]) -> None:
    cause = pymysql.err.OperationalError(number, text)
    found = mysql_errors.connecting(cause, host="db", port=3306, database="d", user="u", ssl_mode="preferred")
    assert type(found) is error
    assert str(found).endswith(".")


@contextmanager
def _answering(reply: bytes) -> Iterator[int]:
    """A port where something answers `reply` to whoever comes, and hangs up."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def serve() -> None:
            client, _ = listener.accept()
            with client:
                client.sendall(reply)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


@pytest.mark.parametrize("reply", [b"SSH-2.0-OpenSSH_9.2\r\n", b"220 mail.example.com ESMTP ready\r\n", b""])
def test_something_else_on_the_port_is_told(mysql_store: MySQLStore, reply: bytes) -> None:
    with _answering(reply) as port, pytest.raises(NoAnswer, match="Check the host"):
        engine(mysql_store, port=port).open()


def test_a_server_that_was_stopped_refuses_and_a_session_it_had_is_lost(mysql_store: MySQLStore) -> None:
    server = MariaDBServer().start()
    store = MySQLStore(server, "mysql")
    with engine(store) as session:
        server.stop()
        with pytest.raises(NoAnswer, match="connection broke"):
            session.query("SELECT 1")
    with pytest.raises(PortRefused):
        engine(store).open()


def test_a_server_with_tls_is_trusted_only_by_the_authority_that_is_named(mysql_store: MySQLStore) -> None:
    server = MariaDBServer()
    certificate = write_certificate(server.folder / "server.pem", "localhost")
    certificate.chmod(0o644)
    server.options += (f"--ssl-cert={certificate}", f"--ssl-key={certificate}")
    store = MySQLStore(server.start(), "mysql")
    try:
        for mode in ("preferred", "required"):
            with engine(store, ssl_mode=mode) as session:
                assert session.query("SELECT VARIABLE_VALUE <> '' FROM information_schema.SESSION_STATUS"
                                     " WHERE VARIABLE_NAME = 'SSL_CIPHER'") == [(1,)]  # fmt: skip
        with engine(store, host="localhost", ssl_mode="verify_identity", ssl_ca=str(certificate)) as session:
            assert session.query("SELECT 1") == [(1,)]
        with pytest.raises(TlsFailed, match=r"certificate that is not trusted here.*in ssl_ca"):
            engine(store, host="localhost", ssl_mode="verify_identity").open()
        with pytest.raises(TlsFailed, match="certificate for another name"):
            engine(store, host="127.0.0.1", ssl_mode="verify_identity", ssl_ca=str(certificate)).open()
    finally:
        server.stop()


def test_the_session_is_read_only_and_in_utc(mysql_store: MySQLStore) -> None:
    with engine(mysql_store) as session:
        assert session.query("SELECT @@tx_read_only, @@time_zone, @@max_statement_time, @@lock_wait_timeout") == [
            (1, "+00:00", 30.0, 5)
        ]


def test_a_session_that_cannot_be_set_up_is_closed(mysql_store: MySQLStore) -> None:
    mysql_store.server.execute("CREATE USER twice IDENTIFIED BY 'twice' WITH MAX_QUERIES_PER_HOUR 2")
    session = engine(mysql_store, user="twice", password="twice", database="")
    try:
        with pytest.raises(Busy):
            session.open()
        assert isinstance(session, MySQL)
        assert not session._session.open
    finally:
        mysql_store.server.execute("DROP USER twice")


def test_a_function_that_writes_is_stopped_by_the_transaction(mysql_store: MySQLStore) -> None:
    mysql_store.execute(
        "CREATE TABLE t (n int)", "CREATE FUNCTION sly() RETURNS int BEGIN INSERT INTO t VALUES (1); RETURN 1; END"
    )
    with engine(mysql_store) as session, pytest.raises(NotPermitted, match="only reads"):
        session.query("SELECT sly()")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 INTO OUTFILE '{0}'",
        "SELECT 1 into dumpfile '{0}'",
        "SELECT 1 /*! INTO OUTFILE '{0}' */",
        "SELECT 1 /*M! INTO OUTFILE '{0}' */",
        "SELECT 5--1 INTO OUTFILE '{0}'",
        "SELECT `a\\` INTO OUTFILE '{0}' -- `",
        "(SELECT 1) UNION SELECT 2 INTO OUTFILE '{0}'",
        "TABLE t INTO OUTFILE '{0}'",
    ],
)
def test_no_file_is_written_on_the_server(mysql_store: MySQLStore, sql: str) -> None:
    target = mysql_store.server.folder / "stolen"
    with engine(mysql_store) as session, pytest.raises(QueryFailed):
        session.query(sql.format(target))
    assert not target.exists()


@pytest.mark.parametrize(
    "sql",
    ["SELECT * FROM t FOR UPDATE", "SELECT * FROM t FOR SHARE", "SELECT * FROM t LOCK IN SHARE MODE", "SET @x = 1",
     "CALL p()", "SHOW TABLES", "SELECT 1; SELECT 2", "", ";", "WITH a AS (SELECT 1) DELETE FROM t"],
)  # fmt: skip
def test_what_is_more_than_one_plain_select_is_refused(sql: str) -> None:
    with pytest.raises(NotPermitted, match="only reads"):
        check_select(sql)


@pytest.mark.parametrize(
    "sql",
    ["SELECT 'INTO; /' AS `into`, `update` FROM t;", "WITH a AS (SELECT 1) SELECT * FROM a",
     "(SELECT 1) UNION ALL (SELECT 2)", "SELECT SUBSTRING('abc' FROM 1 FOR 2) FROM t USE INDEX FOR JOIN (i)"],
)  # fmt: skip
def test_plain_selects_pass(sql: str) -> None:
    check_select(sql)


def test_a_quote_that_does_not_end_is_named() -> None:
    with pytest.raises(QueryFailed, match="does not end"):
        check_select("SELECT 'x")


def test_the_limit_of_rows_holds_for_unions_and_spares_what_stands_inside(mysql_store: MySQLStore) -> None:
    with engine(mysql_store) as session:
        union = "SELECT seq FROM seq_1_to_6 UNION ALL SELECT seq FROM seq_1_to_4"
        assert len(session.query(union, max_rows=10)) == 10
        assert session.query("SELECT count(*) FROM (SELECT seq FROM seq_1_to_500) AS s", max_rows=1) == [(500,)]
        with pytest.raises(QueryFailed, match="more than 9 rows"):
            session.query(f"{union} LIMIT 10", max_rows=9)


def test_a_cap_on_rows_does_not_cut_the_catalogue_that_is_read_after_it(mysql_store: MySQLStore) -> None:
    mysql_store.execute(*(f"CREATE TABLE t{n} (n int)" for n in range(5)))
    with engine(mysql_store) as session:
        session.query("SELECT 1", max_rows=1)
        assert len(session.tables()) == len(session.observe()) == len(session.columns()) == 5


@pytest.mark.parametrize("name", ["we`ird", "back\\slash", "per%cent"])
def test_names_with_signs_that_mean_something_to_mysql_are_read(mysql_store: MySQLStore, name: str) -> None:
    table = TableName("Store", name)
    mysql_store.execute(f"CREATE TABLE {written(mysql_store, table)} (n int)")
    with engine(mysql_store) as session:
        assert list(session.columns([table])) == [table]
        assert session.query(f"SELECT count(*) FROM {session.sql.table(table)}") == [(0,)]


def test_a_statement_that_sleeps_is_cut(mysql_store: MySQLStore) -> None:
    with engine(mysql_store) as session:
        with pytest.raises(QueryTimeout, match=r"0\.1 s"):
            session.query("SELECT sleep(20)", timeout=timedelta(milliseconds=100))
        assert session.query("SELECT 5") == [(5,)]


@pytest.fixture
def login(mysql_store: MySQLStore) -> Iterator[str]:
    """A login without any rights, whose password is its name."""
    name = f"login_{uuid.uuid4().hex[:8]}"
    mysql_store.server.execute(f"CREATE USER {name} IDENTIFIED BY '{name}'")
    yield name
    mysql_store.server.execute(f"DROP USER {name}")


def test_a_table_that_may_not_be_read_is_named(mysql_store: MySQLStore, login: str) -> None:
    mysql_store.execute("CREATE TABLE salaries (n int)", "CREATE TABLE t (n int)", f"GRANT SELECT ON t TO {login}")
    with engine(mysql_store, user=login, password=login) as session:
        assert [info.name.name for info in session.tables()] == ["t"]
        with pytest.raises(NotPermitted, match=r"salaries.*Grant"):
            session.query("SELECT * FROM salaries")


def test_a_database_that_may_not_be_used_is_named(mysql_store: MySQLStore, login: str) -> None:
    with pytest.raises(LoginRefused, match="may not use database Store"):
        engine(mysql_store, user=login, password=login).open()


@pytest.mark.parametrize("right", ["INSERT", "UPDATE", "DELETE", "DROP", "UPDATE (n)"])
def test_each_right_to_write_is_noticed(mysql_store: MySQLStore, login: str, right: str) -> None:
    mysql_store.execute("CREATE TABLE t (n int)", f"GRANT {right} ON t TO {login}")
    with engine(mysql_store, user=login, password=login) as session:
        assert session.write_access().tables == ("Store.t",)


def test_the_script_makes_a_login_that_reads_this_database_and_none_that_looks_like_it(mysql_store: MySQLStore) -> None:
    mysql_store.execute(
        "CREATE DATABASE `a_b`", "CREATE TABLE `a_b`.t (n int)", "CREATE DATABASE `axb`", "CREATE TABLE `axb`.t (n int)"
    )
    with engine(mysql_store) as session:
        lines = session.grant_script(["a_b"]).splitlines()
    try:
        mysql_store.execute(*lines[1:])
        with engine(mysql_store, user=READER, password="choose-a-password", database="") as session:
            assert [str(info.name) for info in session.tables()] == ["a_b.t"]
            assert not session.write_access()
    finally:
        mysql_store.execute(f"DROP USER {READER}")


def test_without_the_package_the_engine_says_how_to_install_it(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['pymysql'] = None\n"
        "from apps.connections.engines import ENGINES\n"
        "from apps.connections.engines.contract import missing\n"
        "driver = ENGINES['mysql']\n"
        "print(missing(driver))\n"
        "try: driver(driver.Settings(host='db', user='u')).__enter__()\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    first, second = done.stdout.splitlines()
    assert first == shlex.join([sys.executable, "-m", "pip", "install", "pymysql>=1.2"])
    assert second.startswith("ConnectionFailed Midwatch needs a package for MySQL and MariaDB. Run this")
    assert second.endswith(first)
