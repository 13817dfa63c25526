"""A team with people in all roles, and what its routing is made of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from typing import Any

import pytest

from apps.alerts.models import Channel, Escalation, EscalationStep, Incident, Rotation, RotationMember, Route
from apps.alerts.services import Finding, report, save_channel
from apps.teams.models import Role, Team, User
from apps.teams.services import add_member
from tests.alerts.conftest import FACTS, KEY, NOW

Member = Callable[..., User]


@pytest.fixture
def member(team: Team) -> Member:
    """Make a member of the team."""

    def member(name: str, role: Role = Role.OPERATOR, *, team: Team = team) -> User:
        user = User.objects.create_user(f"{name.lower()}@example.com", name=name)
        add_member(team=team, user=user, role=role)
        return user

    return member


@pytest.fixture
def boss(member: Member) -> User:
    """The one manager of the team."""
    return member("Bea", Role.MANAGER)


@pytest.fixture
def others(db: None) -> Team:
    return Team.objects.create(name="Others")


def webhook(team: Team, name: str) -> Channel:
    """A channel that is never sent to."""
    secret = "whsec_" + "c2VjcmV0LXRoYXQtbm9ib2R5LW1heS1zZWU="
    return save_channel(team=team, name=name, type="webhook", settings={"url": "http://127.0.0.1:9/", "secret": secret})


def mailing(team: Team, name: str, *addresses: str) -> Channel:
    return save_channel(team=team, name=name, type="email", settings={"to": list(addresses)})


def route(team: Team, name: str = "Finance", *told: Any, **asked: Any) -> Route:
    """A route that leads to channels, people and a rotation."""
    row = Route.objects.create(team=team, name=name, **asked)
    row.channels.set(each for each in told if isinstance(each, Channel))
    row.people.set(each for each in told if isinstance(each, User))
    return row


def rotation(team: Team, *people: User, starts_on: date = date(2025, 11, 17)) -> Rotation:
    """Hands over on Mondays at 09:00 in Berlin."""
    row = Rotation.objects.create(
        team=team, name="On call", timezone="Europe/Berlin", starts_on=starts_on, handover=time(9)
    )
    for position, user in enumerate(people, 1):
        RotationMember.objects.create(rotation=row, user=user, position=position)
    return row


def escalation(team: Team, **steps: tuple[Any, ...]) -> Escalation:
    """An escalation with steps such as `at_30=(anna, hook)`."""
    row = Escalation.objects.create(team=team, name="Nights")
    for name, told in steps.items():
        step = EscalationStep.objects.create(escalation=row, after_minutes=int(name.removeprefix("at_")))
        step.channels.set(each for each in told if isinstance(each, Channel))
        step.people.set(each for each in told if isinstance(each, User))
        step.rotation = next((each for each in told if isinstance(each, Rotation)), None)
        step.save()
    return row


def opened(team: Team, *channels: Channel, people: tuple[User, ...] = (), at: Any = NOW, **more: Any) -> Incident:
    """Report one finding and return its incident."""
    values: dict[str, Any] = {
        "key": KEY, "severity": "high", "title": "Orders keep arriving: main.orders", "facts": dict(FACTS)
    } | more  # fmt: skip
    names = tuple(channel.pk for channel in channels)
    told = tuple(person.pk for person in people)
    report(findings=[Finding(team_id=team.pk, channel_ids=names, people=told, **values)], recoveries=[], now=at)
    return Incident.objects.order_by("-pk")[0]


def told(incident: Incident) -> list[str]:
    """The names of the channels that have a message about the incident, in the order in which they were chosen."""
    return list(incident.deliveries.order_by("pk").values_list("channel__name", flat=True))
