"""Who would be told, without telling anybody."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from apps.alerts.incidents.finding import Subject
from apps.alerts.models import Channel, Delivery, Incident, Preference
from apps.alerts.routing.preview import Preview, next_night, who_is_told
from apps.teams.models import Team, User
from tests.alerts.conftest import NOW
from tests.alerts.routing.conftest import Member as MakeMember
from tests.alerts.routing.conftest import escalation, opened, rotation, route, told, webhook

pytestmark = pytest.mark.django_db


def ask(team: Team, at: datetime = NOW, severity: str = "high", **more: Any) -> Preview:
    return who_is_told(team=team, severity=severity, subject=more.pop("subject", Subject()), at=at, **more)


def names(found: Preview) -> list[str]:
    return [each.name for each in found.told]


def test_it_names_the_route_and_the_reason(team: Team, member: MakeMember) -> None:
    route(team, "Finance", webhook(team, "finance"), member("Anna"), tables=["sales.*"])
    found = ask(team, subject=Subject(table="sales.orders"))
    assert found.route == "Finance"
    assert [(each.name, each.because) for each in found.told] == [
        ("finance", "the route “Finance” of the team Data leads here."),
        ("Anna", "the route “Finance” of the team Data leads here."),
    ]


def test_nothing_is_written(team: Team, member: MakeMember) -> None:
    route(team, "All", member("Anna"), escalation=escalation(team, at_10=(member("Ben"),)))
    ask(team)
    assert [model.objects.count() for model in (Incident, Delivery)] == [0, 0]
    assert Channel.every.filter(type="email").count() == 0


def test_it_foretells_what_then_happens(team: Team, member: MakeMember) -> None:
    anna, ben, cara = member("Anna"), member("Ben"), member("Cara")
    row = route(team, "All", anna, webhook(team, "all"), severities=["high"])
    row.rotation = rotation(team, ben, cara)
    row.save()
    for at in (NOW, NOW + timedelta(days=7)):
        incident = opened(team, people=(anna,), key=f"rule/{at}", at=at)
        assert names(ask(team, at, people=(anna.pk,))) == told(incident)


def test_the_steps_come_with_their_times_and_whoever_is_on_duty_then(team: Team, member: MakeMember) -> None:
    on_call = rotation(team, member("Anna"), member("Ben"))
    route(team, "All", webhook(team, "all"), escalation=escalation(team, at_30=(on_call,), at_5760=(on_call,)))
    found = ask(team)
    assert found.escalation == "Nights"
    assert [(step.at, step.after, [each.name for each in step.told]) for step in found.steps] == [
        (NOW + timedelta(minutes=30), "30 min", ["Anna"]),
        (NOW + timedelta(days=4), "4 days", ["Ben"]),
    ]


def test_channels_that_the_rule_names_stand_in_place_of_the_routes(team: Team) -> None:
    route(team, "All", webhook(team, "all"))
    found = ask(team, channel_ids=(webhook(team, "own").pk,))
    assert (names(found), found.named, found.route) == (["own"], True, "All")


def quiet(user: User) -> None:
    """Quiet from 22:00 to 07:00 in Tokyo."""
    User.objects.filter(pk=user.pk).update(timezone="Asia/Tokyo")
    Preference.objects.create(user=user, quiet_from=time(22), quiet_until=time(7))


def test_quiet_hours_are_each_persons_own(team: Team, member: MakeMember) -> None:
    anna, ben = member("Anna"), member("Ben")
    quiet(anna)
    route(team, "All", anna, ben)
    evening = datetime(2025, 11, 21, 15, tzinfo=UTC)  # midnight in Tokyo
    assert [bool(each.held) for each in ask(team, evening).told] == [True, False]
    assert "quiet hours of Anna" in ask(team, evening).told[0].held
    assert not ask(team, evening, severity="critical").told[0].held
    assert not ask(team, evening - timedelta(hours=9)).told[0].held


def test_without_any_route_the_managers_would_be_told(team: Team, boss: User) -> None:
    found = ask(team)
    assert (names(found), found.route) == (["Bea"], "")


@pytest.mark.parametrize(
    ("now", "night"),
    [
        ("2025-11-21T01:59:00+00:00", "2025-11-21T02:00:00+00:00"),
        ("2025-11-21T02:00:00+00:00", "2025-11-22T02:00:00+00:00"),
        ("2026-03-28T12:00:00+00:00", "2026-03-29T01:00:00+00:00"),  # the night of the change
    ],
)
def test_the_next_night_is_reckoned_in_the_zone(now: str, night: str) -> None:
    found = next_night(now=datetime.fromisoformat(now), timezone="Europe/Berlin")
    assert found == datetime.fromisoformat(night)
