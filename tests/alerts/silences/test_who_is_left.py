"""No silence outlasts what it was meant for, and nothing stays unsaid because whoever was told is gone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from apps.alerts.models import Channel, Delivery, Incident
from apps.alerts.services import snooze
from apps.alerts.silences.releasing import release_holds
from apps.alerts.silences.reminders import remind
from apps.teams.models import Member, Role, Team, User
from apps.teams.services import add_member
from tests.alerts.silences.conftest import after, break_it, mend, mute, one, states


def test_a_muted_incident_is_told_once_the_mute_of_what_belongs_to_it_is_over(team: Team, ops: Channel) -> None:
    mute(team, rule_id=1, ends_at=after(600))
    mute(team, rule_id=2, ends_at=after(60))
    place: Any = {"connection_id": 7, "table": "main.t1"}
    break_it(one(team, ops, number=1, **place), one(team, ops, number=2, **place))
    release_holds(now=after(59))
    assert states() == ["opened held"]
    release_holds(now=after(61))
    assert states() == ["opened superseded", "summary queued"]


def test_managers_are_reminded_when_the_only_one_who_was_told_has_left(team: Team, member: User) -> None:
    other = User.objects.create_user("ben@example.com", name="Ben")
    add_member(team=team, user=other, role=Role.VIEWER)
    break_it(replace(one(team), people=(other.pk,)))
    Member.objects.filter(team=team, user=other).delete()
    remind(now=after(hours=5))
    assert states("reminder") == ["reminder queued"]


def test_managers_are_reminded_when_the_only_channel_that_was_told_is_gone(
    team: Team, member: User, ops: Channel
) -> None:
    break_it(one(team, ops))
    ops.delete()
    remind(now=after(hours=5))
    assert states() == ["reminder queued"]


def test_what_fails_once_every_night_is_not_called_unstable(team: Team, ops: Channel) -> None:
    for night in range(4):
        (incident,) = break_it(one(team, ops), at=after(hours=23 * night))
        mend(1, at=after(60, hours=23 * night))
    assert (incident.reopened, incident.unstable_since) == (3, None)


def test_what_comes_back_twice_within_a_day_is_unstable(team: Team, ops: Channel) -> None:
    for hour in (0, 20, 30, 40):
        (incident,) = break_it(one(team, ops), at=after(hours=hour))
        mend(1, at=after(60, hours=hour))
    assert incident.unstable_since == after(hours=40)


def test_what_a_snooze_without_a_time_held_back_is_put_aside_after_the_end(
    team: Team, ops: Channel, member: User
) -> None:
    (incident,) = break_it(one(team, ops, severity="high"))
    snooze(incident=incident, mode="worse", until=None, user=member, now=after(1))
    Incident.objects.update(severity="medium")
    break_it(one(team, ops, severity="high"), at=after(2))
    assert states("changed") == ["changed held"]
    mend(1, at=after(3))
    release_holds(now=after(hours=25))
    assert states() == ["opened queued", "changed superseded", "resolved queued"]


def test_a_page_whose_end_was_held_back_ends_although_its_trouble_came_back_as_a_part(
    team: Team, ops: Channel, pager: Channel, member: User
) -> None:
    place: Any = {"connection_id": 7, "table": "main.t1"}
    (incident,) = break_it(one(team, pager, number=1, **place))
    snooze(incident=incident, mode="time", until=after(60), user=member, now=after(1))
    mend(1, at=after(2))
    break_it(one(team, ops, number=2, **place), at=after(3))
    break_it(one(team, pager, number=1, **place), at=after(4))
    release_holds(now=after(61))
    rows = Delivery.objects.filter(incident=incident, channel=pager).order_by("pk")
    assert [f"{row.kind} {row.status}" for row in rows] == ["opened queued", "resolved queued"]
