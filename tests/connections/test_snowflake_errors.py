"""Everything that Snowflake refuses, as a sentence that says what to do."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from apps.connections.engines import errors
from apps.connections.engines.snowflake import Snowflake
from apps.connections.engines.snowflake_errors import connecting
from tests.connections.store_snowflake import SnowflakeStore
from tests.connections.stores import engine
from tests.servers.certificate import write_certificate
from tests.servers.http import HttpServer
from tests.servers.ports import free_port
from tests.servers.snowflake import LOGIN, QUERY, Fault
from tests.servers.snowflake_errors import Refused, expired, gone

NAMES = {"account": "myorg-account1", "user": "READER", "role": "", "warehouse": "", "database": "SHOP"}


@pytest.fixture
def store(snowflake_store: SnowflakeStore) -> SnowflakeStore:
    snowflake_store.execute("CREATE TABLE orders (id integer)")
    return snowflake_store


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Snowflake, "patience", timedelta(seconds=1))


def refused(store: SnowflakeStore, error: type[errors.EngineError], said: str, **changes: Any) -> None:
    """Opening a session ends in exactly this error, with its cause."""
    with pytest.raises(error, match=said) as caught:
        engine(store, **changes).open()
    assert type(caught.value) is error
    assert caught.value.__cause__ is not None


def failing(store: SnowflakeStore, error: type[errors.EngineError], said: str, **changes: Any) -> None:
    """A look ends in exactly this error."""
    with engine(store, **changes) as session, pytest.raises(error, match=said) as caught:
        session.observe()
    assert type(caught.value) is error


def test_a_wrong_password_and_an_unknown_user_are_said_so(store: SnowflakeStore) -> None:
    said = "does not accept this password for user"
    refused(store, errors.LoginRefused, f"{said} READER", password="wrong")
    refused(store, errors.LoginRefused, f"{said} NOBODY", user="NOBODY", password=store.server.account.password)


def test_a_second_factor_is_answered_with_the_way_around_it(store: SnowflakeStore) -> None:
    store.server.account.second_factor = True
    refused(store, errors.LoginRefused, "TYPE = SERVICE with a key pair", password=store.server.account.password)


def test_a_key_that_is_not_assigned_is_said_so(store: SnowflakeStore) -> None:
    store.server.account.public_key = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    refused(store, errors.LoginRefused, r"JWT token is invalid\. \[.*ALTER USER READER SET RSA_PUBLIC_KEY")


def test_a_key_of_another_user_and_a_clock_that_is_wrong_are_met_with_both(store: SnowflakeStore) -> None:
    refused(store, errors.LoginRefused, "this key for user NOBODY", user="NOBODY")
    store.server.account.clock_offset = 7200
    refused(store, errors.LoginRefused, "the clock of the machine that runs Midwatch")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"locked": True}, "locked user READER .* Wait 15 minutes"),
        ({"disabled": True}, "User READER is disabled"),
        ({"blocked_address": "192.0.2.7"}, "network policy of the account myorg-account1 .*192.0.2.7"),
    ],
)
def test_a_login_that_is_barred_is_said_why(store: SnowflakeStore, change: dict[str, Any], said: str) -> None:
    vars(store.server.account).update(change)
    refused(store, errors.LoginRefused, said)


def test_a_password_that_has_expired_is_said_so(store: SnowflakeStore) -> None:
    said = "Specified password has expired.  Password must be changed using the Snowflake web console."
    store.server.faults[LOGIN] = [Refused("390106", said)]
    refused(store, errors.LoginRefused, "password of user READER has expired", password="old")


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"role": "nobody"}, errors.LoginRefused, "There is no role nobody, or .* GRANT ROLE nobody TO USER READER"),
        ({"warehouse": "nowhere"}, errors.ConnectionFailed, "There is no warehouse nowhere"),
        ({"database": "nowhere"}, errors.DatabaseMissing, "no database nowhere that the user's default role can see"),
        ({"schemas": ("SALES",)}, errors.DatabaseMissing, "Database SHOP has no schema of this name"),
    ],
)
def test_what_a_login_names_has_to_be_there(
    store: SnowflakeStore, changes: dict[str, Any], error: type[errors.EngineError], said: str
) -> None:
    refused(store, error, said, **changes)


def test_one_of_several_schemas_that_is_missing_is_met_with_the_nearest(store: SnowflakeStore) -> None:
    store.execute("CREATE SCHEMA empty")
    with engine(store, schemas=("PUBLIC", "EMPTY")) as session:
        assert len(session.tables()) == 1
    with (
        engine(store, schemas=("PUBLIC", "EMPTI")) as session,
        pytest.raises(errors.DatabaseMissing, match=r"no schema EMPTI .* Did you mean EMPTY\?"),
    ):
        session.tables()


def test_without_a_warehouse_nothing_runs(store: SnowflakeStore) -> None:
    store.server.account.default_warehouse = ""
    failing(store, errors.ConnectionFailed, "No warehouse runs the statements. Name one", warehouse="")


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("Warehouse 'WATCH_WH' is suspended.", "does not resume by itself: .*AUTO_RESUME"),
        (
            "Warehouse 'WATCH_WH' cannot be resumed because resource monitor 'CAP' has exceeded its quota.",
            "A resource monitor keeps the warehouse from running: .*'CAP'",
        ),
    ],
)
def test_a_warehouse_that_does_not_run_is_said_why(store: SnowflakeStore, reason: str, said: str) -> None:
    store.server.account.warehouses["WATCH_WH"] = reason
    failing(store, errors.ConnectionFailed, said)


@pytest.mark.parametrize(
    ("faults", "error", "said"),
    [
        ([404], errors.UnknownHost, r"knows no account myorg-account1 \(it answered 404\)"),
        ([403], errors.UnknownHost, "end"),
        ([503] * 9, errors.Busy, r"not available for the moment \(503\)"),
        ([429] * 9, errors.Busy, r"not available for the moment \(429\)"),
        ([Refused("390999", "No entry today.")], errors.ConnectionFailed, "refused the connection: No entry today."),
    ],
)
def test_a_refusal_of_the_login_is_a_sentence(
    store: SnowflakeStore, faults: list[Fault], error: type[errors.EngineError], said: str
) -> None:
    store.server.faults[LOGIN] = faults
    refused(store, error, said)


@pytest.mark.parametrize("path", [LOGIN, QUERY])
def test_what_may_pass_by_itself_is_tried_again(store: SnowflakeStore, path: str) -> None:
    store.server.faults[path] = [503]
    with engine(store) as session:
        assert session.tables()


def test_a_connection_that_is_refused_names_proxy_and_firewall(
    store: SnowflakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Snowflake, "place", {**store.server.place, "port": free_port()})
    refused(store, errors.PortRefused, "Check the proxy and the firewall")


def test_a_name_that_cannot_be_resolved_is_that_of_the_account(
    store: SnowflakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Snowflake, "place", {"host": "nowhere.invalid", "protocol": "http"})
    refused(store, errors.UnknownHost, "myorg-account1 cannot be found. Check its identifier and region")


def test_a_certificate_that_nobody_knows_is_a_matter_of_tls(
    store: SnowflakeStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server = HttpServer(certificate=write_certificate(tmp_path / "proxy.pem", "localhost")).start()
    monkeypatch.setattr(Snowflake, "place", {"host": "localhost", "port": server.port})
    refused(store, errors.TlsFailed, "SSL_CERT_FILE")
    server.stop()


def test_a_certificate_for_another_name_means_that_there_is_no_such_account() -> None:
    cause = 'invalid peer certificate: certificate not valid for name "x.snowflakecomputing.com"'
    said = f"Failed to login: HTTP request failed after retries: login request. {cause}"
    assert "There is no account myorg-account1" in str(connecting(250001, said, NAMES))


@pytest.mark.usefixtures("impatient")
def test_a_login_that_hangs_is_given_up(store: SnowflakeStore) -> None:
    store.server.faults[LOGIN] = ["hang"]
    refused(store, errors.NoAnswer, "gave no answer in time: login timed out after 1s")


@pytest.mark.usefixtures("impatient")
def test_a_statement_that_hangs_is_given_up_and_taken_back(store: SnowflakeStore) -> None:
    store.server.faults[QUERY] = ["hang"]
    failing(store, errors.NoAnswer, "gave no answer in time: Query timed out after 1s")


def test_a_session_that_expired_is_renewed_in_its_midst(store: SnowflakeStore) -> None:
    with engine(store) as session:
        store.server.account.expired.add(store.server.account.sessions[0].token)
        assert session.tables()


def test_a_session_that_cannot_be_renewed_has_ended(store: SnowflakeStore) -> None:
    with engine(store) as session:
        store.server.account.expired.add(store.server.account.sessions[0].token)
        store.server.account.renewable = False
        with pytest.raises(errors.NoAnswer, match="Snowflake ended the session") as caught:
            session.tables()
    assert caught.value.retryable


@pytest.mark.parametrize("fault", [gone(), expired()], ids=lambda fault: fault.code)
def test_a_session_that_is_gone_has_ended(store: SnowflakeStore, fault: Refused) -> None:
    store.server.faults[QUERY] = [fault] * 2
    failing(store, errors.NoAnswer, "Snowflake ended the session: .*Midwatch opens a new one")


@pytest.mark.parametrize(
    ("fault", "error", "said"),
    [
        (Refused("000604", "SQL execution canceled", "57014"), errors.QueryFailed, "Somebody cancelled"),
        (Refused("090105", "Cannot perform SELECT. This session does not have a current database.", "22000"),
         errors.TableMissing, r"Write schema\.table"),
        (Refused("100038", "Numeric value 'TLS handshake timed out' is not recognized", "22018"),
         errors.QueryFailed, "The statement failed: Numeric value 'TLS handshake timed out'"),
        (Refused("100051", "Division by zero", "22012"), errors.QueryFailed, "The statement failed: Division by zero."),
    ],
    ids=lambda value: value.code if isinstance(value, Refused) else "",
)  # fmt: skip
def test_a_refusal_of_a_statement_is_a_sentence(
    store: SnowflakeStore, fault: Refused, error: type[errors.EngineError], said: str
) -> None:
    store.server.faults[QUERY] = [fault]
    failing(store, error, said)


def test_a_table_that_may_not_be_read_is_named_with_the_right_it_needs(store: SnowflakeStore) -> None:
    store.server.warehouse.forbidden.add("ORDERS")
    said = "This is not allowed to role READER_ROLE: .*'ORDERS'. Grant the role SELECT on it"
    with engine(store, role="READER_ROLE") as session, pytest.raises(errors.NotPermitted, match=said):
        session.query("SELECT count(*) FROM orders")


def test_a_database_with_too_much_in_it_asks_for_schemas(store: SnowflakeStore) -> None:
    store.server.warehouse.limit = 1
    failing(store, errors.QueryFailed, "Name in the connection the schemas to watch")
