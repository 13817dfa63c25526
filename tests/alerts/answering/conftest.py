"""A team with somebody in each position, and a message that went to one of them."""

from __future__ import annotations

import re
from dataclasses import replace
from email.message import EmailMessage

import pytest
from django.test import Client

from apps.alerts.models import Channel, Incident
from apps.alerts.services import report
from apps.common.clock import utc_now
from apps.teams.models import Member, Role, Team, User
from tests.alerts.conftest import deliver, finding, text_of
from tests.servers.smtp import SmtpServer

LABELS = {
    "acknowledge": "Acknowledge",
    "snooze": "Snooze until the next working morning",
    "not_a_problem": "Not a problem",
}


@pytest.fixture
def operator(team: Team, anna: User) -> User:
    """Anna, who may operate."""
    Member.objects.create(team=team, user=anna, role=Role.OPERATOR)
    return anna


@pytest.fixture
def personal(team: Team, operator: User, smtp: SmtpServer) -> EmailMessage:
    """The mail that Anna got at her own address."""
    now = utc_now()
    report(findings=[replace(finding(team), people=(operator.pk,))], recoveries=[], now=now)
    deliver(now)
    return smtp.mails[-1]


@pytest.fixture
def shared(team: Team, mail: Channel, smtp: SmtpServer) -> EmailMessage:
    """The mail that went to ops@example.com."""
    now = utc_now()
    report(findings=[finding(team, mail)], recoveries=[], now=now)
    deliver(now)
    return smtp.mails[-1]


@pytest.fixture
def client() -> Client:
    """Somebody who did not sign in, with a browser that checks nothing for Django."""
    return Client(enforce_csrf_checks=True)


def link(mail: EmailMessage, answer: str) -> str:
    """The path of the link for an answer in a mail."""
    found = re.search(rf"^{LABELS[answer]}: http://[^/]+(/answer/\S+)\s*$", text_of(mail), re.MULTILINE)
    assert found, text_of(mail)
    return found[1]


def lines(incident: Incident) -> str:
    """The whole timeline."""
    return "\n".join(incident.timeline.values_list("text", flat=True))
