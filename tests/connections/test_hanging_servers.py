"""Servers that take a connection and then hang: they are given up in time, wherever they fall silent."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import closing
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from apps.connections.engines import ENGINES
from apps.connections.engines.bigquery import BigQuery
from apps.connections.engines.errors import ConnectionFailed, EngineError, NoAnswer
from apps.connections.engines.mysql import MySQL
from apps.connections.engines.postgres import Postgres
from apps.connections.engines.redshift import Redshift
from tests.connections.stores import BigQueryStore, PostgresStore, Store, engine
from tests.servers.silent import SilentServer

NETWORKED = ["bigquery", "mysql", "postgres", "redshift"]
SHORT = timedelta(milliseconds=200)
MARK = "SELECT 20480041"

# A server's first words, after which a client begins with TLS. MySQL: "Protocol::HandshakeV10" of its internals manual.
POSTGRES_YES = b"S"
POSTGRES_READY = b"R\0\0\0\x08\0\0\0\0" + b"Z\0\0\0\x05I"
REFUSAL = b"SERROR\0CXX000\0Mno set-up here\0\0"
POSTGRES_REFUSES = b"E" + struct.pack(">I", len(REFUSAL) + 4) + REFUSAL + b"Z\0\0\0\x05I"
GREETING = b"".join(
    [b"\x0a11.4.0\0", struct.pack("<I", 1), b"saltsalt\0", struct.pack("<HBHHB", 0x8A00, 45, 2, 0x0008, 21), bytes(10),
     b"saltsaltsalt\0", b"mysql_native_password\0"]
)  # fmt: skip
MYSQL_HELLO = struct.pack("<I", len(GREETING)) + GREETING


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Engines that wait hardly at all for a session. (For PostgreSQL it is two seconds at least.)"""
    for driver in (MySQL, Postgres, Redshift):
        monkeypatch.setattr(driver, "patience", SHORT)
    monkeypatch.setattr(BigQuery, "answer_within", SHORT)


@pytest.fixture
def bigquery_has_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of its requests may take a second, which is enough for those that are answered."""
    monkeypatch.setattr(BigQuery, "answer_within", timedelta(seconds=1))


@pytest.fixture(params=NETWORKED)
def store(request: pytest.FixtureRequest) -> Store:
    found: Store = request.getfixturevalue(f"{request.param}_store")
    return found


def port_of(store: Store) -> int:
    if store.key == "bigquery":
        return urlsplit(str(BigQuery.endpoint)).port or 0
    port: int = store.settings()["port"]
    return port


def through(store: Store, port: int, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Settings that lead to the store by way of `port`."""
    if store.key != "bigquery":
        return {"port": port}
    monkeypatch.setattr(BigQuery, "endpoint", f"http://127.0.0.1:{port}")
    return {}


@pytest.mark.usefixtures("impatient")
def test_a_server_that_never_says_a_word_is_given_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with SilentServer() as server, pytest.raises(NoAnswer, match="gave no answer"):
        engine(store, **through(store, server.port, monkeypatch)).open()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("key", "says"), [("postgres", POSTGRES_YES), ("mysql", MYSQL_HELLO)], ids=["postgres", "mysql"]
)
def test_a_server_that_hangs_while_tls_is_agreed_upon_is_given_up(
    request: pytest.FixtureRequest, key: str, says: bytes
) -> None:
    store: Store = request.getfixturevalue(f"{key}_store")
    with SilentServer(says=says) as server, pytest.raises(NoAnswer, match="gave no answer"):
        engine(store, port=server.port).open()


@pytest.mark.usefixtures("impatient")
def test_a_token_that_google_never_gives_is_given_up(
    bigquery_store: BigQueryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SilentServer() as server:
        monkeypatch.setattr(BigQuery, "token_uri", f"http://127.0.0.1:{server.port}/token")
        with pytest.raises(NoAnswer, match="gave no answer"):
            engine(bigquery_store).open()


@pytest.mark.usefixtures("bigquery_has_a_second")
def test_a_server_that_falls_silent_during_a_statement_is_given_up_and_left_without_a_wait(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SilentServer(behind=port_of(store), until=MARK.encode()) as server:
        session = engine(store, **through(store, server.port, monkeypatch))
        session.open()
        assert session.query("SELECT 5") == [(5,)]
        monkeypatch.setattr(session, "patience", SHORT)
        with pytest.raises(NoAnswer):
            session.query(MARK, timeout=SHORT)
        session.close()
        assert server.reached.is_set()


@pytest.mark.parametrize("key", ["mysql", "postgres", "redshift"])
def test_a_server_that_sends_a_byte_now_and_then_is_given_up(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    store: Store = request.getfixturevalue(f"{key}_store")
    with (
        SilentServer(behind=port_of(store), until=MARK.encode(), piece=1) as server,
        engine(store, port=server.port) as session,
    ):
        monkeypatch.setattr(session, "patience", SHORT)
        with pytest.raises(NoAnswer, match="connection broke"):
            session.query(MARK, timeout=SHORT)


def test_rows_that_come_in_many_slow_answers_are_given_up(
    postgres_store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = postgres_store
    with (
        SilentServer(behind=port_of(store), until=b"AS slow", piece=4096) as server,
        engine(store, port=server.port) as session,
    ):
        monkeypatch.setattr(session, "patience", SHORT)
        with pytest.raises(NoAnswer, match="connection broke"):
            session.query("SELECT n, repeat('x', 40) AS slow FROM generate_series(1, 20000) n", timeout=SHORT)


@pytest.mark.parametrize("key", ["postgres", "redshift"])
def test_a_session_that_cannot_be_set_up_is_closed(key: str) -> None:
    ends: list[bytes] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def serve() -> None:
            client, _ = listener.accept()
            with client:
                client.settimeout(5)
                client.recv(4096)
                client.sendall(POSTGRES_READY)
                client.recv(4096)
                client.sendall(POSTGRES_REFUSES)
                ends.append(client.recv(4096))

        thread = threading.Thread(target=serve)
        thread.start()
        place = {"host": "127.0.0.1", "port": listener.getsockname()[1], "database": "d", "user": "u"}
        session = ENGINES[key](ENGINES[key].Settings.model_validate({**place, "sslmode": "disable"}))
        with pytest.raises(ConnectionFailed, match="no set-up here"):
            session.open()
        thread.join()
    assert ends == [b"X\0\0\0\4"]  # Terminate


@pytest.mark.usefixtures("bigquery_has_a_second")
@pytest.mark.parametrize("until", ["/queries/", "/jobs/", "/cancel"])
def test_bigquery_is_given_up_while_its_job_is_waited_for_or_cancelled(
    bigquery_store: BigQueryStore, monkeypatch: pytest.MonkeyPatch, until: str
) -> None:
    store = bigquery_store
    store.execute("CREATE TABLE t (n integer)", "INSERT INTO t SELECT * FROM UNNEST(GENERATE_ARRAY(1, 900))")
    store.server.cuts_in_time = False
    with SilentServer(behind=port_of(store), until=until.encode()) as server:
        session = engine(store, **through(store, server.port, monkeypatch))
        with session, pytest.raises(EngineError) as caught:
            session.query("SELECT count(*) FROM t a, t b, t c, t d, t e", timeout=SHORT)
    assert caught.value.retryable
