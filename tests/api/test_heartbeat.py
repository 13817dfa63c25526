"""The outward heartbeat is heard while the watch is kept, and falls silent when it is not (S004-46)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from apps.alerts.models import Channel, Delivery, DeliveryKind
from apps.api import heartbeat, tasks
from apps.common.clock import utc_now
from apps.teams.models import Team
from tests.servers.http import Answer, HttpServer
from tests.servers.ports import free_port

pytestmark = pytest.mark.django_db


@pytest.fixture
def switch() -> Iterator[HttpServer]:
    server = HttpServer().start()
    yield server
    server.stop()


@pytest.fixture
def forgotten(db: None) -> Delivery:
    """A message that nobody has sent for an hour."""
    team = Team.objects.create(name="data-ops")
    channel = Channel.objects.create(team=team, name="mail", type="email", settings={"to": ["a@example.com"]})
    hour_ago = utc_now() - timedelta(hours=1)
    return Delivery.objects.create(
        channel=channel, kind=DeliveryKind.TEST, key="test", created_at=hour_ago, due_at=hour_ago
    )


def test_the_switch_hears_while_all_is_well(switch: HttpServer, settings: Settings) -> None:
    settings.MIDWATCH_HEARTBEAT_URL = switch.url
    tasks.heartbeat()
    assert len(switch.requests) == 1


def test_the_switch_hears_nothing_when_messages_are_overdue(switch: HttpServer, forgotten: Delivery) -> None:
    assert not heartbeat.send(switch.url, now=utc_now())
    assert switch.requests == []


def test_an_address_that_does_not_answer_or_refuses_is_not_a_beat(switch: HttpServer) -> None:
    switch.answers.append(Answer(status=500))
    assert not heartbeat.send(switch.url, now=utc_now())
    assert not heartbeat.send(f"http://127.0.0.1:{free_port()}/", now=utc_now())


def test_without_an_address_nothing_is_asked(settings: Settings, forgotten: Delivery) -> None:
    settings.MIDWATCH_HEARTBEAT_URL = ""
    tasks.heartbeat()
    assert heartbeat.is_well(utc_now())[0] is False


def test_readyz_tells_a_watch_that_is_kept_from_one_that_is_not(client: Client) -> None:
    assert client.get("/readyz").status_code == 200


def test_readyz_gives_the_reason_when_the_watch_is_not_kept(client: Client, forgotten: Delivery) -> None:
    reply = client.get("/readyz")
    assert reply.status_code == 503
    assert "1 message waited" in reply.content.decode()
