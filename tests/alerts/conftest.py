"""A team with channels that lead to real listeners, and findings to report."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from pytest_django import Settings as DjangoSettings

from apps.alerts.models import Channel, Incident
from apps.alerts.services import Finding, deliver_due, report, save_channel
from apps.teams.models import Team, User
from tests.alerts.listeners import settings_for, stand_ins
from tests.servers.http import HttpServer
from tests.servers.smtp import SmtpServer

NOW = datetime(2025, 11, 21, 7, 20, tzinfo=UTC)
SECRET = "a secret that both sides know"
FACTS: dict[str, Any] = {
    "situation": "stale",
    "rule": "Orders keep arriving",
    "kind": "freshness",
    "connection": "shop",
    "table": "main.orders",
    "sentence": "Alerts if main.orders has not changed for more than 70 min.",
    "timezone": "Europe/Berlin",
    "checked_at": NOW.isoformat(),
    "source": "column updated_at",
    "trust": "exact",
    "reason": "",
    "age_seconds": 7800.0,
    "allowed_seconds": 4200.0,
    "last_change": (NOW - timedelta(seconds=7800)).isoformat(),
    "deadline": None,
}
KEY = "rule/1/main.orders"


def finding(team: Team, *channels: Channel, key: str = KEY, severity: str = "high", **facts: Any) -> Finding:
    return Finding(
        key=key,
        team_id=team.pk,
        severity=severity,
        title="Orders keep arriving: main.orders",
        facts=FACTS | facts,
        channel_ids=tuple(channel.pk for channel in channels),
    )


def found(team: Team, *channels: Channel, at: datetime = NOW, **facts: Any) -> Incident:
    """Report one finding and return its incident."""
    report(findings=[finding(team, *channels, **facts)], recoveries=[], now=at)
    return Incident.objects.order_by("-pk")[0]


def deliver(at: datetime = NOW) -> int:
    return deliver_due(now_source=lambda: at)


def text_of(mail: EmailMessage) -> str:
    """The plain text of a mail, each of its sentences on one line again."""
    part = mail.get_body(("plain",))
    assert part is not None
    lines = str(part.get_content()).replace("\r\n", "\n")
    headline, _, rest = re.sub(r"\n  (?=\S)", " ", lines).partition("\n\n")
    body, line, footer = rest.rpartition("\n-- \n")
    return headline.replace("\n", " ") + "\n\n" + body + line + footer.replace("\n", " ")


@pytest.fixture
def team(db: None) -> Team:
    return Team.objects.create(name="Data", timezone="Europe/Berlin")


@pytest.fixture
def anna(team: Team) -> User:
    return User.objects.create_user("anna@example.com", name="Anna Berg")


@pytest.fixture
def smtp(settings: DjangoSettings) -> Iterator[SmtpServer]:
    server = SmtpServer().start()
    settings.EMAIL_BACKEND = "apps.alerts.channels.smtp.Smtp"
    settings.EMAIL_HOST, settings.EMAIL_PORT = server.host, server.port
    settings.DEFAULT_FROM_EMAIL = "Midwatch <watch@midwatch.example>"
    settings.EMAIL_CONFIGURED = True
    yield server
    server.stop()


@pytest.fixture
def http() -> Iterator[HttpServer]:
    server = HttpServer().start()
    yield server
    server.stop()


@pytest.fixture
def mail(team: Team, smtp: SmtpServer) -> Channel:
    return save_channel(team=team, name="ops-mail", type="email", settings={"to": ["ops@example.com"]})


@pytest.fixture
def hook(team: Team, http: HttpServer) -> Channel:
    return save_channel(team=team, name="ops-hook", type="webhook", settings={"url": http.url, "secret": SECRET})


@pytest.fixture
def make(team: Team, http: HttpServer, settings: DjangoSettings) -> Callable[..., Channel]:
    """Make a channel of the type that is named; what it sends over HTTP arrives at `http`."""
    settings.MIDWATCH_STAND_INS = stand_ins(http)

    def make(key: str, **changes: Any) -> Channel:
        return save_channel(team=team, name=f"ops-{key}", type=key, settings=settings_for(key, http) | changes)

    return make


@pytest.fixture
def timeline() -> Callable[[Incident], list[str]]:
    """The texts of an incident's timeline, the oldest first."""
    return lambda incident: list(incident.timeline.values_list("text", flat=True))
