"""What came and went ends once it was good for six hours."""

from __future__ import annotations

import pytest

from apps.alerts.models import Channel, Escalation, EscalationStep, Incident
from apps.alerts.routing.escalating import take_steps
from apps.alerts.services import merge
from apps.teams.models import Team, User
from tests.alerts.silences.conftest import act, after, break_it, mend, one, states

pytestmark = pytest.mark.django_db


def flap(team: Team, ops: Channel) -> Incident:
    """It breaks at 0, 20 and 40 minutes, and is good again ten minutes later each time."""
    for minute in (0, 20, 40):
        break_it(one(team, ops), at=after(minute))
        mend(1, at=after(minute + 10))
    return Incident.objects.get()


def test_an_unstable_incident_ends_after_six_good_hours(team: Team, ops: Channel) -> None:
    incident = flap(team, ops)
    assert incident.status == "open"
    act(after(49, hours=6))
    incident.refresh_from_db()
    assert incident.status == "open"
    act(after(50, hours=6))
    incident.refresh_from_db()
    assert (incident.status, states()[-1]) == ("resolved", "resolved queued")


def test_a_return_in_between_starts_the_six_hours_anew(team: Team, ops: Channel) -> None:
    incident = flap(team, ops)
    break_it(one(team, ops), at=after(hours=3))
    mend(1, at=after(hours=4))
    act(after(hours=9))
    incident.refresh_from_db()
    assert incident.status == "open"
    act(after(hours=10))
    incident.refresh_from_db()
    assert incident.status == "resolved"


def test_while_it_is_good_steps_are_taken_for_what_belongs_to_it_and_is_bad_alone(
    team: Team, ops: Channel, member: User
) -> None:
    escalation = Escalation.objects.create(team=team, name="chain")
    EscalationStep.objects.create(escalation=escalation, after_minutes=10).channels.add(ops)
    incident = flap(team, ops)
    Incident.objects.filter(pk=incident.pk).update(escalation=escalation)
    assert take_steps(now=after(hours=2)) == 0
    [part] = break_it(one(team, ops, number=2), at=after(hours=2))
    merge(incident=part, into=incident, user=member, now=after(hours=2))
    assert take_steps(now=after(hours=2)) == 1
    assert states("escalated") == ["escalated queued"]


def test_while_it_is_good_nobody_is_reminded(team: Team, ops: Channel) -> None:
    flap(team, ops)
    act(after(hours=5))
    assert states("reminder") == []
