"""Webhooks in a real HTTP listener."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings as DjangoSettings

from apps.alerts.channels.contract import SendFailed, SendRefused
from apps.alerts.channels.http import _connect, post, retry_after_seconds, target_of
from apps.alerts.models import Channel, Delivery
from apps.alerts.services import Recovery, report, save_channel
from apps.common.errors import InvalidInput
from apps.teams.models import Team
from tests.alerts.conftest import KEY, NOW, SECRET, deliver, found
from tests.servers.http import Answer, HttpServer, Request
from tests.servers.ports import free_port
from tests.servers.trickling import TricklingServer


def expected_signature(request: Request, key: bytes) -> str:
    """Computed from the words of the specification, not by the code under test."""
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.{request.body.decode()}"
    return "v1," + base64.b64encode(hmac.new(key, signed.encode(), hashlib.sha256).digest()).decode()


def data_of(request: Request) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(request.body)["data"]
    return data


def test_a_message_is_signed_and_carries_the_facts(team: Team, hook: Channel, http: HttpServer) -> None:
    incident = found(team, hook)
    deliver()
    request = http.requests[0]
    assert request.headers["webhook-signature"] == expected_signature(request, SECRET.encode())
    assert request.headers["webhook-id"] == Delivery.objects.get().key
    assert json.loads(request.body)["type"] == "incident.opened"
    assert json.loads(request.body)["timestamp"] == NOW.isoformat()
    assert data_of(request)["age_seconds"] == 7800.0
    assert data_of(request)["link"].endswith(f"/alerts/incident/{incident.pk}/change/")


def test_a_secret_of_the_standard_form_signs_with_its_bytes(team: Team, http: HttpServer) -> None:
    key = bytes(range(32))
    secret = "whsec_" + base64.b64encode(key).decode()
    found(team, save_channel(team=team, name="x", type="webhook", settings={"url": http.url, "secret": secret}))
    deliver()
    assert http.requests[0].headers["webhook-signature"] == expected_signature(http.requests[0], key)


def test_without_a_secret_nothing_is_signed(team: Team, http: HttpServer) -> None:
    found(team, save_channel(team=team, name="x", type="webhook", settings={"url": http.url}))
    deliver()
    assert "webhook-signature" not in http.requests[0].headers


def test_the_end_says_how_long_it_lasted(team: Team, hook: Channel, http: HttpServer) -> None:
    found(team, hook)
    deliver()
    report(findings=[], recoveries=[Recovery(KEY)], now=NOW + timedelta(hours=1))
    deliver(NOW + timedelta(hours=1))
    assert json.loads(http.requests[1].body)["type"] == "incident.resolved"
    assert data_of(http.requests[1])["duration_seconds"] == 3600.0


def test_redirects_are_not_followed(team: Team, hook: Channel, http: HttpServer) -> None:
    http.answers.append(Answer(301, headers={"Location": f"{http.url}/elsewhere"}))
    found(team, hook)
    deliver()
    assert len(http.requests) == 1
    assert "does not follow redirects" in Delivery.objects.get().error


@pytest.mark.parametrize("status", [302, 408, 425, 429, 500, 502, 503])
def test_a_passing_trouble_of_the_receiver_is_tried_again(
    team: Team, hook: Channel, http: HttpServer, status: int
) -> None:
    http.answers.append(Answer(status))
    found(team, hook)
    deliver()
    assert Delivery.objects.get().status == "queued"
    deliver(NOW + timedelta(minutes=1))
    assert Delivery.objects.get().status == "sent"


def test_a_host_that_nobody_knows_is_tried_again_and_surely_got_nothing(team: Team) -> None:
    channel = save_channel(team=team, name="lost", type="webhook", settings={"url": "https://no-such-host.invalid/x"})
    found(team, channel)
    deliver()
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.unconfirmed) == ("queued", False)
    assert "no-such-host.invalid is not known" in delivery.error


def test_a_huge_answer_is_read_only_at_its_beginning(http: HttpServer) -> None:
    http.answers.append(Answer(500, body=b"x" * 5_000_000))
    assert len(post(http.url, body=b"{}", headers={}).text) == 64 * 1024


@pytest.mark.parametrize("head", [b"HTTP/1.0 200 OK", b"HTTP/1.1 200 OK\r\nConnection: close"])
def test_an_answer_that_trickles_without_an_end_is_left_in_time(head: bytes) -> None:
    with TricklingServer(head + b"\r\n\r\n") as server:
        assert post(server.url, body=b"{}", headers={}, seconds=0.3).status == 200
        assert server.left.wait(5)


def test_a_receiver_that_never_answers_is_left_in_time(http: HttpServer) -> None:
    http.answers.append(Answer(fault="hang"))
    with pytest.raises(SendFailed, match=r"gave no answer within 0\.2 s") as failed:
        post(http.url, body=b"{}", headers={}, seconds=0.2)
    assert failed.value.unconfirmed


def test_a_receiver_that_breaks_off_may_have_got_it(http: HttpServer) -> None:
    http.answers.append(Answer(fault="reset"))
    with pytest.raises(SendFailed, match="broke off before it answered") as failed:
        post(http.url, body=b"{}", headers={})
    assert failed.value.unconfirmed


def test_a_refused_port_is_a_failure_that_surely_did_not_arrive() -> None:
    with pytest.raises(SendFailed, match="cannot be reached on port") as failed:
        post(f"http://127.0.0.1:{free_port()}/", body=b"{}", headers={})
    assert not failed.value.unconfirmed


def test_a_name_with_many_silent_addresses_is_left_in_time(http: HttpServer) -> None:
    target, addresses = target_of(http.url), ["127.0.0.9", http.host]  # nobody listens at the first
    assert _connect(target, addresses, time.monotonic() + 20).host == http.host
    with pytest.raises(SendFailed, match="cannot be reached"):
        _connect(target, addresses, time.monotonic())


def test_a_listener_without_tls_is_no_https_receiver(http: HttpServer) -> None:
    with pytest.raises(SendFailed, match="cannot be reached"):
        post(http.url.replace("http:", "https:"), body=b"{}", headers={})


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"])
def test_private_addresses_are_refused_where_the_setting_says_so(
    http: HttpServer, settings: DjangoSettings, host: str
) -> None:
    settings.MIDWATCH_PRIVATE_ADDRESSES = False
    with pytest.raises(SendRefused, match="inside a private network"):
        post(f"http://{host}:{http.port}/hook", body=b"{}", headers={})
    assert not http.requests


def test_the_host_header_names_the_host_that_was_typed(http: HttpServer) -> None:
    post(f"http://localhost:{http.port}/hook?a=ü b".replace(" ", "%20"), body=b"{}", headers={})
    assert http.requests[0].headers["host"] == f"localhost:{http.port}"
    assert http.requests[0].path == "/hook?a=%C3%BC%20b"


def test_a_body_stays_below_twenty_kilobytes_and_says_what_is_missing(
    team: Team, hook: Channel, http: HttpServer
) -> None:
    added = [[f"column_{number}", "x" * 3000] for number in range(1000)]
    found(team, hook, situation="schema", added=added, table="t" * 3000)
    deliver()
    assert len(http.requests[0].body) < 20_000
    assert data_of(http.requests[0])["shortened"] is True


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"url": "ftp://example.com"}, "url"),
        ({"url": "example.com/hook"}, "url"),
        ({"url": "https://user:password@example.com"}, "url"),
        ({"url": "https://example.com/\r\nX: y"}, "url"),
        ({"url": "https://example.com:99999/"}, "url"),
        ({"url": f"https://{'a' * 70}.example.com/"}, "url"),
        ({"url": "https://example.com", "secret": "short"}, "secret"),
        ({"url": "https://example.com", "secret": "whsec_no base64"}, "secret"),
        ({"url": "https://example.com", "sekret": "x"}, "sekret"),
    ],
)
def test_settings_that_cannot_work_are_refused_by_name(team: Team, settings: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        save_channel(team=team, name="hook", type="webhook", settings=settings)
    assert refused.value.field == field


def test_an_address_is_taken_apart_with_its_defaults() -> None:
    target = target_of("https://bücher.example")
    assert (target.host, target.port, target.path, target.authority) == (
        "xn--bcher-kva.example", 443, "/", "xn--bcher-kva.example"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("Fri, 21 Nov 2025 07:21:00 GMT", 60.0),
        ("Fri, 21 Nov 2025 07:19:00 GMT", 0.0),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after_seconds(value, NOW) == seconds
