"""What is silenced is recorded and not sent, and the timeline says why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.alerts.models import Channel, Delivery, DeliveryKind, Incident, Preference, Silence
from apps.alerts.outbox.events import Event
from apps.alerts.services import snooze
from apps.alerts.silences.holding import holds_for
from apps.teams.models import Team, User
from tests.alerts.conftest import NOW
from tests.alerts.silences.conftest import after, break_it, mend, mute, one, states

pytestmark = pytest.mark.django_db
Lines = Callable[[Incident], list[str]]


@pytest.mark.parametrize(
    ("silence", "held"),
    [
        ({"rule_id": 1}, True),
        ({"rule_id": 2}, False),
        ({"connection_id": 7}, True),
        ({"connection_id": 8}, False),
        ({"tables": ["main.*"]}, True),
        ({"tables": ["other.*", "main.t1"]}, True),
        ({"tables": ["other.*"]}, False),
        ({"tags": ["nightly"]}, True),
        ({"tags": ["hourly"]}, False),
        ({"rule_id": 1, "tables": ["other.*"]}, False),
        ({"kind": "maintenance"}, True),
        ({"rule_id": 1, "starts_at": NOW + timedelta(minutes=1)}, False),
        ({"rule_id": 1, "ends_at": NOW}, False),
        ({"rule_id": 1, "ends_at": None}, True),
    ],
)
def test_a_silence_holds_what_matches_all_that_it_names(
    team: Team, ops: Channel, silence: dict[str, object], held: bool
) -> None:
    mute(team, **silence)
    break_it(one(team, ops, connection_id=7, tags=("nightly",)))
    assert states() == ["opened held" if held else "opened queued"]


def test_a_silence_of_another_team_holds_nothing(team: Team, ops: Channel) -> None:
    mute(Team.objects.create(name="Finance"), kind="maintenance")
    break_it(one(team, ops))
    assert states() == ["opened queued"]


def test_the_timeline_says_why_and_until_when(team: Team, ops: Channel, lines: Lines) -> None:
    mute(team, rule_id=1, reason="The loader is rebuilt", timezone="Europe/Berlin")
    [incident] = break_it(one(team, ops, severity="critical"))
    assert lines(incident)[-1] == (
        "The message to ops is held back. It is muted until 21 Nov 2025, 09:20 (Europe/Berlin): The loader is rebuilt."
    )
    assert Delivery.objects.get().due_at == after(60)


def test_a_weekly_window_holds_until_it_closes(team: Team, ops: Channel) -> None:
    week = {"weekdays": [4], "begins": time(8), "minutes": 90, "timezone": "Europe/Berlin", "ends_at": None}
    mute(team, kind="maintenance", **week)
    break_it(one(team, ops))  # a Friday, 08:20 in Berlin
    assert Delivery.objects.get().due_at == after(70)


def test_an_incident_is_silent_only_when_all_that_belongs_to_it_is(team: Team, ops: Channel) -> None:
    mute(team, rule_id=1)
    break_it(one(team, ops, connection_id=7, table="main.t"), one(team, ops, number=2, connection_id=7, table="main.t"))
    assert Incident.objects.filter(merged_into__isnull=False).count() == 1
    assert states() == ["opened queued"]


def test_the_end_waits_with_the_beginning_and_neither_is_sent(team: Team, ops: Channel) -> None:
    mute(team, rule_id=1)
    break_it(one(team, ops))
    mend(1, at=after(10))
    assert states() == ["opened held", "resolved held"]
    assert Delivery.objects.get(kind="resolved").held_because == "The message about the beginning is held back as well."


def test_the_end_of_what_was_told_is_held_by_a_later_silence(team: Team, ops: Channel) -> None:
    break_it(one(team, ops))
    mute(team, rule_id=1)
    mend(1, at=after(10))
    assert states() == ["opened queued", "resolved held"]


def test_quiet_hours_hold_what_goes_to_the_person_unless_it_is_critical(team: Team, ops: Channel, member: User) -> None:
    Preference.objects.create(user=member, quiet_from=time(20), quiet_until=time(9))
    break_it(one(team), one(team, number=2, severity="critical"), one(team, ops, number=3))
    assert states() == ["opened held", "opened queued", "opened queued"]
    held = Delivery.objects.get(status="held")
    assert held.held_because == "The quiet hours of Anna Berg last until 21 Nov 2025, 09:00 (Europe/Berlin)."


def test_a_mute_holds_what_is_critical_too(team: Team, ops: Channel) -> None:
    mute(team, rule_id=1)
    break_it(one(team, ops, severity="critical"))
    assert states() == ["opened held"]


def test_a_snoozed_incident_that_gets_more_severe_stays_silent_unless_it_is_snoozed_until_worse(
    team: Team, ops: Channel
) -> None:
    for number, mode in ((1, "time"), (2, "worse")):
        [incident] = break_it(one(team, ops, number=number))
        snooze(incident=incident, mode=mode, until=after(60) if mode == "time" else None, user=None, now=NOW, by="CI")
    break_it(one(team, ops, severity="critical"), one(team, ops, number=2, severity="critical"), at=after(5))
    assert states("changed") == ["changed held", "changed queued"]


def test_five_hundred_messages_are_looked_at_with_as_many_statements_as_five(
    team: Team, ops: Channel, member: User
) -> None:
    mute(team, tags=["nightly"])
    own = Channel.every.create(team=team, person=member, name="Anna", type="email")
    incidents = break_it(*(one(team, ops, number=number, tags=("nightly",)) for number in range(500)))
    ends = [Event(incident, DeliveryKind.RESOLVED, incident.facts) for incident in incidents]
    spent = []
    for events in (ends[:5], ends):
        with CaptureQueriesContext(connection) as queries:
            holds = holds_for([(event, channel) for event in events for channel in (ops, own)], now=NOW)
        spent.append(len(queries))
        assert all(holds)
    assert spent[0] == spent[1] <= 4


def test_silences_name_what_they_are(team: Team) -> None:
    assert str(mute(team, kind=Silence.Kind.MAINTENANCE)) == "Known trouble"
