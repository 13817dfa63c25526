"""What the tests of the outbox share."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from apps.alerts.models import Channel, Delivery, Incident
from apps.alerts.services import save_channel
from apps.teams.models import Member, Role, Team, User
from tests.servers.http import HttpServer
from tests.servers.smtp import SmtpServer

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def bodies(http: HttpServer) -> list[dict[str, Any]]:
    """What the listener got, taken apart."""
    return [json.loads(request.body) for request in http.requests]


def sent_to(smtp: SmtpServer) -> list[str]:
    return [str(mail["To"]) for mail in smtp.mails]


def statuses(incident: Incident) -> dict[tuple[str, str], str]:
    """The status of each message, by its kind and the name of its channel."""
    rows = Delivery.objects.filter(incident=incident).select_related("channel")
    return {(row.kind, row.channel.name): row.status for row in rows}


@pytest.fixture
def manager(team: Team) -> User:
    user = User.objects.create_user("lea@example.com", name="Lea Manager")
    Member.objects.create(team=team, user=user, role=Role.MANAGER)
    return user


@pytest.fixture
def slack(make: Callable[..., Channel]) -> Channel:
    return make("slack")


@pytest.fixture
def other_mail(team: Team, smtp: SmtpServer) -> Channel:
    return save_channel(team=team, name="other-mail", type="email", settings={"to": ["other@example.com"]})
