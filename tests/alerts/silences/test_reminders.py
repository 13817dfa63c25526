"""People are reminded of what is open, until somebody takes it; then they are asked once whether it still goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from apps.alerts.incidents.nextact import ASK_AFTER, SELDOM, first, next_action
from apps.alerts.models import Channel, Delivery, Escalation, Incident
from apps.alerts.services import acknowledge, note
from apps.teams.models import Team, User
from tests.alerts.conftest import NOW, deliver, text_of
from tests.alerts.silences.conftest import act, after, break_it, mend, mute, one, states
from tests.servers.smtp import SmtpServer

pytestmark = pytest.mark.django_db
Lines = Callable[[Incident], list[str]]


@pytest.mark.parametrize(("severity", "minutes"), [("critical", 30), ("high", 240), ("medium", 1440)])
def test_a_reminder_comes_again_and_again_by_severity(team: Team, ops: Channel, severity: str, minutes: int) -> None:
    break_it(one(team, ops, severity=severity))
    act(after(minutes - 1))
    assert states("reminder") == []
    act(after(minutes))
    act(after(minutes + 1))
    act(after(2 * minutes))
    assert states("reminder") == ["reminder queued"] * 2


def test_of_a_low_one_nobody_is_reminded(team: Team, ops: Channel) -> None:
    break_it(one(team, ops, severity="low"))
    act(after(days=8))
    assert states() == ["opened queued"]
    assert Incident.objects.get().next_action_at > after(days=8)


def test_after_a_night_without_a_dispatcher_one_reminder_is_enough(team: Team, ops: Channel) -> None:
    break_it(one(team, ops, severity="critical"))
    act(after(600))
    assert states("reminder") == ["reminder queued"]


def test_the_reminder_says_how_long_it_has_been_open(team: Team, ops: Channel, smtp: SmtpServer) -> None:
    break_it(one(team, ops))
    deliver(after(0))
    act(after(240))
    deliver(after(240))
    mail = smtp.mails[-1]
    assert mail["Subject"].startswith("[High] Still broken: main.t1 has not changed")
    assert "The incident has been open for 4 h, and nobody has acknowledged it." in text_of(mail)


def test_acknowledging_stops_reminders_and_after_a_day_of_silence_it_is_asked_once(
    team: Team, ops: Channel, anna: User, smtp: SmtpServer
) -> None:
    [incident] = break_it(one(team, ops, severity="critical"))
    deliver(after(0))
    acknowledge(incident=incident, user=anna, now=after(10))
    act(after(40))
    assert states("reminder") == []
    act(after(10, days=1))
    act(after(20, days=3))
    assert states("reminder") == ["reminder queued"]
    deliver(after(10, days=1))
    assert "Anna Berg took this at 21 Nov 2025, 08:30 (Europe/Berlin)" in text_of(smtp.mails[-1])


def test_a_note_puts_the_question_off(team: Team, ops: Channel, anna: User) -> None:
    [incident] = break_it(one(team, ops))
    acknowledge(incident=incident, user=anna, now=NOW)
    note(incident=incident, user=anna, text="The loader is restarted.", now=after(hours=20))
    act(after(hours=24))
    assert states("reminder") == []
    act(after(hours=44))
    assert states("reminder") == ["reminder queued"]


def test_nobody_is_reminded_of_what_is_over(team: Team, ops: Channel) -> None:
    break_it(one(team, ops, severity="critical"))
    mend(1, at=after(10))
    act(after(60))
    assert states("reminder") == []


def test_what_is_held_back_is_not_reminded_of(team: Team, ops: Channel, lines: Lines) -> None:
    mute(team, rule_id=1, ends_at=None)
    [incident] = break_it(one(team, ops, severity="critical"))
    for hour in range(1, 10):
        act(after(hours=hour))
    assert states() == ["opened held"]
    assert len(lines(incident)) == 2


def test_a_return_is_reminded_of_anew(team: Team, ops: Channel) -> None:
    break_it(one(team, ops, severity="critical"))
    act(after(30))
    mend(1, at=after(40))
    break_it(one(team, ops, severity="critical"), at=after(50))
    act(after(79))
    assert len(states("reminder")) == 1
    act(after(80))
    assert len(states("reminder")) == 2
    assert Delivery.objects.filter(kind="reminder").values("key").distinct().count() == 2


def incident(**values: object) -> Incident:
    return Incident(opened_at=NOW, last_seen_at=NOW, severity="high", **values)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (incident(), timedelta(hours=4)),
        (incident(reminded_at=after(240)), timedelta(hours=8)),
        (incident(facts={"opened_at": after(60).isoformat()}, reminded_at=after(-60)), timedelta(hours=5)),
        (incident(status="acknowledged", acknowledged_at=after(60)), ASK_AFTER + timedelta(hours=1)),
        (incident(status="acknowledged", acknowledged_at=NOW, reminded_at=after(5)), SELDOM),
        (incident(snooze="time", snoozed_until=after(90)), timedelta(minutes=90)),
        (incident(snooze="worse"), timedelta(minutes=1)),
        (incident(snooze="good_load", snoozed_until=after(0.5)), timedelta(seconds=30)),
    ],
)
def test_the_next_act_is_never_empty(row: Incident, expected: timedelta) -> None:
    assert next_action(row, now=NOW) - NOW == expected


def test_the_next_step_counts_while_nobody_took_it(team: Team) -> None:
    steps = [timedelta(minutes=10), timedelta(minutes=30)]
    assert next_action(incident(), now=NOW, steps=steps) == after(10)
    taken = incident(status="acknowledged", acknowledged_at=NOW)
    assert next_action(taken, now=NOW, steps=steps) == NOW + ASK_AFTER
    assert first(incident(escalation=Escalation.objects.create(team=team, name="Night")), now=NOW) == NOW
