"""A team with a mail channel and a member, and the acts that time brings about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.alerts.models import Channel, Delivery, Incident, Silence
from apps.alerts.services import Finding, Recovery, Subject, report, save_channel
from apps.alerts.silences.releasing import release_holds
from apps.alerts.silences.reminders import remind
from apps.alerts.silences.rollups import send_rollups
from apps.alerts.silences.settling import settle
from apps.teams.models import Role, Team, User
from apps.teams.services import add_member
from tests.alerts.conftest import FACTS, NOW

ACTS = (settle, remind, release_holds, send_rollups)


def after(minutes: float = 0, **more: float) -> datetime:
    return NOW + timedelta(minutes=minutes, **more)


def one(team: Team, *channels: Channel, number: int = 1, severity: str = "high", **subject: Any) -> Finding:
    """A finding of rule `number`; no two of them belong together."""
    return Finding(
        key=f"rule/{number}/main.t{number}",
        team_id=team.pk,
        severity=severity,
        title=f"Rule {number}",
        facts=FACTS | {"rule": f"Rule {number}", "table": f"main.t{number}"},
        channel_ids=tuple(channel.pk for channel in channels),
        subject=Subject(**{"rule_id": number, "table": f"main.t{number}", **subject}),
    )


def break_it(*findings: Finding, at: datetime = NOW) -> list[Incident]:
    report(findings=findings, recoveries=[], now=at)
    keys = [finding.key for finding in findings]
    return sorted(Incident.objects.filter(key__in=keys), key=lambda row: keys.index(row.key))


def mend(*numbers: int, at: datetime) -> None:
    keys = [f"rule/{number}/main.t{number}" for number in numbers]
    report(findings=[], recoveries=[Recovery(key, {"age_seconds": 5.0}) for key in keys], now=at)


def act(at: datetime) -> None:
    for each in ACTS:
        each(now=at)


def states(kind: str | None = None) -> list[str]:
    """What stands in the outbox: `opened sent`, and so on, the oldest first."""
    rows = Delivery.objects.order_by("pk").filter(**{"kind": kind} if kind else {})
    return [f"{row.kind} {row.status}" for row in rows]


def mute(team: Team, **values: Any) -> Silence:
    given = {"starts_at": NOW - timedelta(hours=1), "ends_at": NOW + timedelta(hours=1), "reason": "Known trouble"}
    return Silence.objects.create(team=team, **(given | values))


@pytest.fixture
def ops(team: Team) -> Channel:
    return save_channel(team=team, name="ops", type="email", settings={"to": ["ops@example.com"]})


@pytest.fixture
def pager(team: Team) -> Channel:
    return save_channel(team=team, name="pager", type="pagerduty", settings={"routing_key": "k" * 32})


@pytest.fixture
def member(team: Team, anna: User) -> User:
    """Anna, in Berlin, as a manager of the team: without a channel she is told herself."""
    anna.timezone = "Europe/Berlin"
    anna.save()
    add_member(team=team, user=anna, role=Role.MANAGER)
    return anna


@pytest.fixture
def lines() -> Callable[[Incident], list[str]]:
    return lambda incident: list(incident.timeline.values_list("text", flat=True))
