"""PostgreSQL servers whose certificate is not to be trusted, each with its own words. What speaks here takes libpq's
request for TLS and shows a real certificate; a session never comes to be."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import psycopg
import pytest

from apps.connections.engines import postgres_errors
from apps.connections.engines.errors import ConnectionFailed, TlsFailed
from apps.connections.engines.postgres import Postgres
from tests.servers.certificate import write_certificate

YES = b"S"  # the answer to SSLRequest: TLS follows (page "Message Flow", SSL Session Encryption)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return write_certificate(tmp_path / "server.pem", "localhost")


@pytest.fixture
def port(certificate: Path) -> Iterator[int]:
    """Where one client is shown the certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def serve() -> None:
            client, _ = listener.accept()
            with client, suppress(OSError):  # the client hangs up when it does not trust us
                client.recv(8)
                client.sendall(YES)
                context.wrap_socket(client, server_side=True).recv(1024)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def refused(port: int, *, sslmode: str, sslrootcert: str = "", host: str = "localhost") -> str:
    place = {"host": host, "port": port, "database": "app", "user": "u", "password": "gehe1m", "sslmode": sslmode}
    with pytest.raises(TlsFailed) as caught:
        Postgres(Postgres.Settings.model_validate({**place, "sslrootcert": sslrootcert})).open()
    assert "gehe1m" not in str(caught.value)
    return str(caught.value)


def test_an_authority_that_nobody_knows_is_to_be_named(port: int) -> None:
    said = refused(port, sslmode="verify-full")
    assert "shows a certificate that is not trusted here" in said
    assert "in sslrootcert" in said


def test_a_certificate_for_another_name_is_said_so(port: int, certificate: Path) -> None:
    said = refused(port, sslmode="verify-full", sslrootcert=str(certificate), host="127.0.0.1")
    assert 'certificate for another name: server certificate for "localhost"' in said


@pytest.mark.parametrize("sslrootcert", ["/nowhere/ca.pem", ""])
def test_a_file_of_the_authority_that_is_not_there_is_said_so(
    port: int, sslrootcert: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))  # where libpq looks for one of its own
    said = refused(port, sslmode="verify-ca", sslrootcert=sslrootcert)
    assert "cannot be read: root certificate file" in said


def test_a_pooler_that_takes_no_settings_is_named() -> None:
    cause = psycopg.OperationalError("FATAL:  unsupported startup parameter in options: jit")
    found = postgres_errors.connecting(cause, host="db", port=5432, database="d", user="u", sslmode="prefer")
    assert type(found) is ConnectionFailed
    assert "connection pooler" in str(found)
