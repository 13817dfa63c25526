"""How a PostgreSQL session is opened, what it may do, and the words for each way that opening it fails."""

from __future__ import annotations

import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
import pytest

from apps.common.addresses import AddressUnknown
from apps.common.errors import InvalidInput
from apps.common.plugins import check_settings
from apps.connections.engines import postgres_errors
from apps.connections.engines.errors import (
    Busy,
    ConnectionFailed,
    DatabaseMissing,
    LoginRefused,
    NoAnswer,
    NotPermitted,
    PortRefused,
    QueryTimeout,
    TlsFailed,
    UnknownHost,
)
from apps.connections.engines.postgres import READER, PostgresSettings
from tests.connections.stores import PostgresStore, engine
from tests.servers.ports import free_port
from tests.servers.postgres import PostgresServer

TROUBLE: list[tuple[dict[str, Any], type[ConnectionFailed], str]] = [
    ({"password": "wrong"}, LoginRefused, "does not accept this password"),
    ({"password": ""}, LoginRefused, "none is set"),
    ({"host": "nowhere.invalid"}, UnknownHost, "nowhere.invalid cannot be found"),
    ({"port": 1}, PortRefused, "nothing listens on port 1"),
    ({"database": "nowhere"}, DatabaseMissing, "no database nowhere"),
    ({"sslmode": "require"}, TlsFailed, "does not offer TLS"),
]


@pytest.mark.parametrize(("changes", "error", "words"), TROUBLE, ids=[words for _, _, words in TROUBLE])
def test_each_trouble_has_its_own_error_and_words(
    postgres_store: PostgresStore, changes: dict[str, Any], error: type[ConnectionFailed], words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        engine(postgres_store, **changes).open()
    assert isinstance(caught.value.__cause__, psycopg.Error | AddressUnknown)
    assert postgres_store.server.password not in f"{caught.value} {caught.value.__cause__}"


def test_something_other_than_postgres_is_named_by_its_place() -> None:
    cause = psycopg.OperationalError("received invalid response to SSL negotiation: 2")
    found = postgres_errors.connecting(cause, host="db", port=25, database="d", user="u", sslmode="prefer")
    assert str(found) == "Something other than PostgreSQL answers at db:25. Check the host and the port."


def test_no_two_troubles_share_their_words() -> None:
    assert len({words for _, _, words in TROUBLE}) == len(TROUBLE)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('FATAL:  no pg_hba.conf entry for host "1.2.3.4", user "u", database "d", no encryption', TlsFailed),
        ('FATAL:  no pg_hba.conf entry for host "1.2.3.4", user "u", database "d", SSL encryption', LoginRefused),
        ("SSL error: certificate verify failed", TlsFailed),
        ('root certificate file "/root.crt" does not exist', TlsFailed),
        ("FATAL:  sorry, too many clients already", Busy),
        ("FATAL:  the database system is starting up", Busy),
        ("connection timeout expired", NoAnswer),
        ("received invalid response to SSL negotiation: 2", NoAnswer),
        ('FATAL:  role "u" is not permitted to log in', LoginRefused),
        ("FATAL:  Passwort-Authentifizierung fehlgeschlagen", ConnectionFailed),
    ],
)
def test_what_other_servers_say_is_understood(text: str, error: type[ConnectionFailed]) -> None:
    cause = psycopg.OperationalError(f'connection failed: connection to server at "1.2.3.4", port 5432 failed: {text}')
    found = postgres_errors.connecting(cause, host="db", port=5432, database="d", user="u", sslmode="prefer")
    assert type(found) is error
    assert str(found).endswith(".")


@contextmanager
def _answering(reply: bytes) -> Iterator[int]:
    """A port where something answers `reply` to whoever comes, and hangs up."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def serve() -> None:
            client, _ = listener.accept()
            with client:
                client.recv(1024)
                client.sendall(reply)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


@pytest.mark.parametrize("reply", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b""])
def test_something_else_on_the_port_is_told(postgres_store: PostgresStore, reply: bytes) -> None:
    with _answering(reply) as port, pytest.raises(NoAnswer, match="Check the host"):
        engine(postgres_store, port=port, sslmode="disable").open()


def test_a_server_that_was_stopped_refuses_and_a_session_it_had_is_lost() -> None:
    server = PostgresServer().start()
    store = PostgresStore(server, "postgres")
    with engine(store) as session:
        server.stop()
        with pytest.raises(NoAnswer, match="connection broke"):
            session.query("SELECT 1")
    with pytest.raises(PortRefused):
        engine(store).open()


def test_the_session_is_set_up_without_a_statement(postgres_store: PostgresStore) -> None:
    names = ["default_transaction_read_only", "statement_timeout", "lock_timeout", "jit", "TimeZone"]
    values = ", ".join(f"current_setting('{name}')" for name in [*names, "application_name"])
    with postgres_store.server.statements(postgres_store.database) as asked, engine(postgres_store) as session:
        assert session.query(f"SELECT {values}") == [("on", "30s", "5s", "off", "UTC", "Midwatch")]
    assert len(asked) == 1


def test_a_session_that_was_made_writable_is_made_read_only_again(postgres_store: PostgresStore) -> None:
    with engine(postgres_store) as session:
        session.query("SELECT set_config('default_transaction_read_only', 'off', false)")
        with pytest.raises(NotPermitted, match="only reads"):
            session.query("CREATE TABLE t (n int)")


def test_a_locked_table_is_not_waited_for_for_long(postgres_store: PostgresStore) -> None:
    postgres_store.execute("CREATE TABLE t (n int)")
    with postgres_store.server.connect(postgres_store.database) as other, engine(postgres_store) as session:
        session.query("SELECT set_config('lock_timeout', '20', false)")
        other.execute("BEGIN; LOCK TABLE t")
        with pytest.raises(QueryTimeout, match="locked"):
            session.query("SELECT * FROM t")
        other.execute("ROLLBACK")


@pytest.fixture
def login(postgres_store: PostgresStore) -> Iterator[str]:
    """A login without any rights, whose password is its name."""
    name = f"login_{uuid.uuid4().hex[:8]}"
    postgres_store.server.create_login(name, name)
    yield name
    postgres_store.execute(f"DROP OWNED BY {name}", f"DROP ROLE {name}")


def test_a_table_that_may_not_be_read_is_named(postgres_store: PostgresStore, login: str) -> None:
    postgres_store.execute("CREATE TABLE salaries (n int)")
    with engine(postgres_store, user=login, password=login) as session:
        assert session.observe()
        with pytest.raises(NotPermitted, match=r"salaries.*Grant"):
            session.query("SELECT * FROM salaries")


def test_a_superuser_is_noticed(postgres_store: PostgresStore) -> None:
    with engine(postgres_store) as session:
        assert session.write_access().superuser


@pytest.mark.parametrize("right", ["INSERT", "UPDATE", "DELETE", "TRUNCATE", "UPDATE (n)"])
def test_each_right_to_write_is_noticed(postgres_store: PostgresStore, login: str, right: str) -> None:
    postgres_store.execute('CREATE TABLE "A.b" (n int)', f'GRANT {right} ON "A.b" TO {login}')
    with engine(postgres_store, user=login, password=login) as session:
        assert session.write_access().tables == ('public."A.b"',)


def test_at_most_five_tables_are_named(postgres_store: PostgresStore, login: str) -> None:
    postgres_store.execute(*(f"CREATE TABLE t{n} (n int)" for n in range(7)))
    postgres_store.execute(f"GRANT INSERT ON ALL TABLES IN SCHEMA public TO {login}")
    with engine(postgres_store, user=login, password=login) as session:
        assert len(session.write_access().tables) == 5


def test_the_script_makes_a_login_that_reads_everything_also_later_and_writes_nothing(
    postgres_store: PostgresStore,
) -> None:
    postgres_store.execute('CREATE SCHEMA "Sal es"', 'CREATE TABLE "Sal es".old (n int)')
    with engine(postgres_store) as session:
        script = session.grant_script(["public", "Sal es"])
    try:
        postgres_store.execute(script, 'CREATE TABLE "Sal es".new (n int)')
        with engine(postgres_store, user=READER, password="choose-a-password") as session:
            assert session.query('SELECT * FROM "Sal es".old UNION ALL SELECT * FROM "Sal es".new') == []
            assert not session.write_access()
    finally:
        postgres_store.execute(f"DROP OWNED BY {READER}", f"DROP ROLE {READER}")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sslmode": "never"}, "sslmode"),
        ({"port": 70000}, "port"),
        ({"hots": "db"}, "Did you mean host"),
        ({"host": ""}, "host"),
    ],
)
def test_settings_that_cannot_be_right_are_refused_without_repeating_a_secret(
    changes: dict[str, Any], words: str
) -> None:
    values = {"host": "db", "database": "app", "user": "u", "password": "gehe1m", **changes}
    with pytest.raises(InvalidInput, match=words) as caught:
        check_settings(PostgresSettings, values)
    assert "gehe1m" not in f"{caught.value!r} {caught.value.__cause__!r}"


def test_an_address_where_nothing_listens_is_refused_at_once(postgres_store: PostgresStore) -> None:
    with pytest.raises(PortRefused):
        engine(postgres_store, port=free_port()).open()
