"""What came and went ends once it was good for six hours."""

from __future__ import annotations

import pytest

from apps.alerts.models import Channel, Incident
from apps.teams.models import Team
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


def test_while_it_is_good_nobody_is_reminded(team: Team, ops: Channel) -> None:
    flap(team, ops)
    act(after(hours=5))
    assert states("reminder") == []
