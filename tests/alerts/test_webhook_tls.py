"""Webhooks over TLS: the checked IP address is called, and the name that was typed must be in the certificate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.alerts.channels.contract import SendFailed
from apps.alerts.channels.http import post
from tests.servers.certificate import write_certificate
from tests.servers.http import HttpServer


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return write_certificate(tmp_path / "localhost.pem", "localhost")


@pytest.fixture
def https(certificate: Path) -> Iterator[HttpServer]:
    server = HttpServer(certificate=certificate).start()
    yield server
    server.stop()


def test_a_receiver_with_a_trusted_certificate_of_its_name_is_called(
    https: HttpServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert post(f"https://localhost:{https.port}/hook", body=b"{}", headers={}).status == 200
    assert https.requests[0].headers["host"] == f"localhost:{https.port}"


def test_a_certificate_of_another_name_is_refused(
    https: HttpServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with pytest.raises(SendFailed, match="its certificate is not valid"):
        post(f"https://127.0.0.1:{https.port}/hook", body=b"{}", headers={})
    assert not https.requests


def test_a_certificate_that_nobody_trusts_is_refused(https: HttpServer) -> None:
    with pytest.raises(SendFailed, match="its certificate is not valid"):
        post(f"https://localhost:{https.port}/hook", body=b"{}", headers={})
