"""The outward heartbeat is heard while the watch is kept, and falls silent when it is not (S004-46)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import Settings

from apps.alerts.models import Channel, Delivery, DeliveryKind, Heartbeat
from apps.alerts.services import beat
from apps.api import heartbeat, tasks
from apps.common.clock import utc_now
from apps.teams.models import Team
from tests.servers.http import Answer, HttpServer
from tests.servers.ports import free_port
from tests.servers.trickling import TricklingServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def switch() -> Iterator[HttpServer]:
    server = HttpServer().start()
    yield server
    server.stop()


@pytest.fixture
def at_work(db: None) -> datetime:
    """Every process has just worked, and the canary flew four minutes ago."""
    now = utc_now()
    for process in ("beat", "dispatcher"):
        beat(process, now)
    proof = (now - timedelta(minutes=4, seconds=1)).isoformat()
    details = {"stage": "rest", "began_at": proof, "first_at": proof, "flown": True, "proven_at": proof}
    Heartbeat.objects.create(process="canary", host="", worked_at=now, details=details)
    Heartbeat.objects.create(process="auditor", host="", worked_at=now, details={"found": []})
    return now


@pytest.fixture
def forgotten(at_work: datetime) -> Delivery:
    """A message that nobody has sent for an hour."""
    team = Team.objects.create(name="data-ops")
    channel = Channel.objects.create(team=team, name="mail", type="email", settings={"to": ["a@example.com"]})
    hour_ago = utc_now() - timedelta(hours=1)
    return Delivery.objects.create(
        channel=channel, kind=DeliveryKind.TEST, key="test", created_at=hour_ago, due_at=hour_ago
    )


def test_the_switch_hears_while_all_is_well(switch: HttpServer, settings: Settings, at_work: datetime) -> None:
    settings.MIDWATCH_HEARTBEAT_URL = switch.url
    tasks.heartbeat()
    assert len(switch.requests) == 1


def test_the_switch_hears_nothing_when_messages_are_overdue(switch: HttpServer, forgotten: Delivery) -> None:
    assert not heartbeat.send(switch.url, now=utc_now())
    assert switch.requests == []


def silence(process: str, **details: object) -> None:
    """Make the process look as if it had stopped an hour ago."""
    row = Heartbeat.objects.get(process=process)
    row.worked_at, row.details = utc_now() - timedelta(hours=1), row.details | details
    row.save()


HOUR_AGO = (utc_now() - timedelta(hours=1)).isoformat()


@pytest.mark.parametrize(
    ("process", "details", "words"),
    [
        ("beat", {}, "The scheduler (beat with a worker) has done no work for 1 h"),
        ("dispatcher", {}, "The dispatcher has done no work for 1 h"),
        ("auditor", {}, "The audit is late."),
        ("canary", {"proven_at": HOUR_AGO}, "was last proven 1 h"),
    ],
)
def test_the_switch_hears_nothing_when_something_stopped(
    client: Client, switch: HttpServer, at_work: datetime, process: str, details: dict[str, object], words: str
) -> None:
    silence(process, **details)
    assert not heartbeat.send(switch.url, now=utc_now())
    assert switch.requests == []
    assert words in client.get("/readyz").content.decode()


def test_an_address_that_does_not_answer_or_refuses_is_not_a_beat(switch: HttpServer, at_work: datetime) -> None:
    switch.answers.append(Answer(status=500))
    assert not heartbeat.send(switch.url, now=utc_now())
    assert not heartbeat.send(f"http://127.0.0.1:{free_port()}/", now=utc_now())


def test_without_an_address_nothing_is_asked(settings: Settings) -> None:
    settings.MIDWATCH_HEARTBEAT_URL = ""
    tasks.heartbeat()


def test_readyz_says_when_the_watch_is_kept(client: Client, at_work: datetime) -> None:
    reply = client.get("/readyz")
    assert reply.status_code == 200
    assert reply.content.decode().splitlines() == ["ok", "Last proven end to end 4 min 1 s ago."]


def test_readyz_gives_a_line_per_reason_when_the_watch_is_not_kept(client: Client, forgotten: Delivery) -> None:
    silence("beat")
    reply = client.get("/readyz")
    assert reply.status_code == 503
    lines = reply.content.decode().splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("A part of Midwatch does not work.")
    assert lines[1].startswith("Messages are late. 1 message could have been sent since")


def test_readyz_says_so_when_the_database_is_away(client: Client, at_work: datetime) -> None:
    def away(*_: object) -> None:
        raise OperationalError("connection refused by db.internal")

    with connection.execute_wrapper(away):
        reply = client.get("/readyz")
    assert reply.status_code == 503
    assert reply.content.decode().startswith("The database cannot be asked (OperationalError).")
    assert "db.internal" not in reply.content.decode()


def test_an_address_that_never_ends_its_answer_does_not_hold_the_worker(at_work: datetime) -> None:
    with TricklingServer(b"HTTP/1.1 200 OK\r\n\r\n") as server:
        assert heartbeat.send(server.url, now=utc_now())
        assert server.left.wait(5)


def test_whoever_asks_readyz_shows_that_the_web_works(client: Client, at_work: datetime) -> None:
    client.get("/readyz")
    assert Heartbeat.objects.filter(process="web").exists()


def test_healthz_asks_nothing_of_the_database(client: Client, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert client.get("/healthz").content == b"ok\n"
