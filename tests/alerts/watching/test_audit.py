"""The audit finds what was forgotten, puts right what can be, and tells the administrators of the rest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError, connection
from pytest_django import Settings

from apps.alerts.models import Channel, Delivery, Heartbeat, Incident, TimelineEntry
from apps.alerts.services import (
    Probe,
    Recovery,
    Trouble,
    acknowledge,
    beat,
    last_audit,
    report,
    split,
    withdraw,
)
from apps.alerts.watching import auditing
from apps.alerts.watching.ownprobes import FARTHEST, tell_untold
from apps.teams.models import OWN_TEAM, Member, Role, Team, User
from apps.teams.services import add_member
from tests.alerts.conftest import KEY, NOW, deliver, finding, found
from tests.alerts.incidents.conftest import breaks as breaks
from tests.alerts.incidents.conftest import key_of, of
from tests.servers.smtp import SmtpServer

pytestmark = pytest.mark.django_db
Breaks = Callable[..., list[str]]
MINUTE = timedelta(minutes=1)
LATER = NOW + 5 * MINUTE
trouble_now: list[Trouble] = []
MADE_UP = (Probe(name="made-up", title="Something is wrong", over="It is right again",
                 find=lambda now: trouble_now[0] if trouble_now else None),)  # fmt: skip


def fail(now: datetime) -> Trouble | None:
    raise ZeroDivisionError


BROKEN = (Probe(name="broken", title="It cannot be asked", over="It can be asked", find=fail),)


@pytest.fixture
def made_up(settings: Settings) -> None:
    """One probe alone, which finds what `trouble_now` holds."""
    settings.MIDWATCH_PROBES = [f"{__name__}.MADE_UP"]
    trouble_now.clear()


@pytest.fixture
def root() -> User:
    return User.objects.create_superuser("root@example.com")


@pytest.fixture
def incident(team: Team, mail: Channel) -> Incident:
    return found(team, mail)


def audit(now: datetime) -> int:
    """An audit a minute after the one before."""
    before = {"worked_at": now - MINUTE, "details": {}}
    Heartbeat.objects.update_or_create(process="auditor", host="", defaults=before)
    return auditing.audit(now=now)


def explain(incident: Incident, event: str) -> None:
    TimelineEntry.objects.create(incident=incident, at=NOW, kind="suppressed", text="It is muted.", event=event)


def names_found(at: datetime = LATER) -> list[str]:
    for process in ("beat", "dispatcher"):
        beat(process, at)
    audit(at)
    last = last_audit()
    assert last is not None
    return last[1]


def test_an_audit_that_found_nothing_is_recorded(incident: Incident) -> None:
    deliver()
    assert names_found() == []
    assert last_audit() == (LATER, [])
    assert not Incident.objects.filter(key__startswith="midwatch/").exists()


def test_once_a_minute_one_dispatcher_audits(made_up: None) -> None:
    trouble_now.append(Trouble(1, NOW, "Look at it."))
    audit(NOW)
    assert [auditing.audit(now=NOW + MINUTE / 2), auditing.audit(now=NOW + MINUTE)] == [0, 1]


@pytest.mark.parametrize("pause", [timedelta(hours=8), -timedelta(days=1)])
def test_after_a_pause_or_a_leap_of_the_clock_everything_has_a_minute_to_begin(made_up: None, pause: timedelta) -> None:
    trouble_now.append(Trouble(1, NOW, "Look at it."))
    assert audit(NOW) == 1
    later = NOW + pause
    assert [auditing.audit(now=later), auditing.audit(now=later + MINUTE)] == [0, 1]


def test_the_first_audit_of_an_installation_finds_nothing(made_up: None) -> None:
    trouble_now.append(Trouble(1, NOW, "Look at it."))
    assert [auditing.audit(now=NOW), auditing.audit(now=NOW + MINUTE)] == [0, 1]


def test_an_incident_of_which_nobody_heard_is_announced_anew(incident: Incident, mail: Channel) -> None:
    Delivery.objects.all().delete()
    assert names_found() == ["untold"]
    told = Delivery.objects.filter(incident=incident)
    assert [delivery.kind for delivery in told] == ["opened"]
    assert names_found(LATER + MINUTE) == []


def test_a_beginning_is_announced_anew_with_its_timeline_or_not_at_all(incident: Incident) -> None:
    def cut_off(execute: Callable[..., object], sql: str, *rest: object) -> object:
        if sql.startswith("INSERT") and TimelineEntry._meta.db_table in sql:
            raise OperationalError("the connection is gone")
        return execute(sql, *rest)

    Delivery.objects.all().delete()
    with connection.execute_wrapper(cut_off), pytest.raises(OperationalError):
        tell_untold(LATER)
    assert not Delivery.objects.exists()


def test_a_beginning_that_is_silent_for_a_reason_is_left_alone(incident: Incident) -> None:
    Delivery.objects.all().delete()
    explain(incident, "event-1")
    assert names_found() == []


def test_the_reason_for_another_silence_explains_nothing(incident: Incident) -> None:
    Delivery.objects.all().delete()
    explain(incident, "reminder-20251121T080000")
    explain(incident, "")
    assert names_found() == ["untold"]


def test_a_return_of_which_nobody_heard_is_announced_anew(team: Team, mail: Channel, incident: Incident) -> None:
    deliver()
    report(findings=[], recoveries=[Recovery(KEY)], now=NOW + MINUTE)
    found(team, mail, at=NOW + 2 * MINUTE)
    deliver(NOW + 2 * MINUTE)
    assert names_found() == []
    Delivery.objects.filter(kind="reopened").delete()
    TimelineEntry.objects.filter(kind="sent", event="event-3").delete()
    assert names_found() == ["untold"]
    assert Delivery.objects.filter(kind="reopened", status="queued").count() == 1
    assert names_found(LATER + MINUTE) == []


def test_a_severity_that_rose_and_of_which_nobody_heard_is_announced_anew(
    team: Team, mail: Channel, incident: Incident, anna: User
) -> None:
    deliver()
    acknowledge(incident=incident, user=anna, now=NOW)
    found(team, mail, at=NOW + MINUTE, severity="critical")
    deliver(NOW + MINUTE)
    assert "untold" not in names_found()
    Delivery.objects.filter(kind="changed").delete()
    TimelineEntry.objects.filter(kind="sent", event__startswith="changed-severity").delete()
    assert "untold" in names_found()
    again = Delivery.objects.get(kind="changed")
    assert again.facts["change"] == "The severity went from high to critical."
    assert "untold" not in names_found(LATER + MINUTE)


def test_a_part_that_was_split_off_is_known_by_its_own_beginning(breaks: Breaks, anna: User) -> None:
    breaks("orders", "payments")
    split(incident=of("payments"), user=anna, now=NOW + MINUTE)
    deliver(NOW + MINUTE)
    assert "untold" not in names_found()
    TimelineEntry.objects.filter(kind="sent").delete()
    Delivery.objects.filter(incident=of("payments")).delete()
    assert "untold" in names_found()
    assert Delivery.objects.get(incident=of("payments")).kind == "opened"


def test_what_takes_the_place_of_what_is_no_longer_watched_needs_no_beginning(breaks: Breaks) -> None:
    breaks("orders", "payments")
    withdraw(keys=[key_of("orders")], reason="The rule was paused.", now=NOW + MINUTE)
    deliver(NOW + MINUTE)
    assert "untold" not in names_found()


def test_of_what_is_deleted_with_its_channel_after_it_was_sent_somebody_heard(
    mail: Channel, incident: Incident
) -> None:
    deliver()
    mail.delete()
    assert "untold" not in names_found()


def test_a_severity_that_rises_where_nobody_is_left_is_said_to_reach_nobody(
    team: Team, mail: Channel, incident: Incident
) -> None:
    deliver()
    mail.delete()
    report(findings=[finding(team, severity="critical")], recoveries=[], now=NOW + MINUTE)
    assert "untold" not in names_found()
    assert incident.timeline.filter(text__startswith="Nobody was told").exists()


def test_a_held_beginning_is_on_its_way(incident: Incident) -> None:
    Delivery.objects.update(status="held", due_at=LATER + timedelta(hours=8))
    assert names_found() == []


def test_of_what_somebody_takes_care_of_somebody_knows(incident: Incident, anna: User) -> None:
    Delivery.objects.all().delete()
    acknowledge(incident=incident, user=anna, now=NOW)
    assert names_found() == []


def test_a_beginning_that_was_given_up_is_told_and_not_made_anew(incident: Incident) -> None:
    Delivery.objects.update(status="dead")
    assert "untold" in names_found()
    assert Delivery.objects.filter(incident=incident, kind="opened").count() == 1


def test_a_next_act_out_of_sight_is_brought_back(incident: Incident) -> None:
    deliver()
    Incident.objects.update(next_action_at=LATER + FARTHEST + MINUTE)
    assert names_found() == ["next-act"]
    incident.refresh_from_db()
    assert incident.next_action_at == LATER


def test_a_next_act_that_nobody_does_is_told(incident: Incident) -> None:
    deliver()
    Incident.objects.update(next_action_at=LATER - 3 * MINUTE)
    assert names_found() == ["next-act"]


def test_messages_that_were_cut_off_are_taken_back(incident: Incident) -> None:
    Delivery.objects.update(status="sending", lease_until=NOW, lease_token="gone")
    assert names_found() == ["leases"]
    assert Delivery.objects.get(incident=incident).status == "queued"


def test_messages_that_nobody_sends_are_told(incident: Incident) -> None:
    assert names_found() == ["messages"]


def test_a_message_just_made_is_not_late(incident: Incident) -> None:
    assert names_found(NOW + MINUTE) == []


def test_a_process_that_rests_is_named_with_the_remedy(made_up: None, settings: Settings, root: User) -> None:
    settings.MIDWATCH_PROBES = ["apps.alerts.watching.ownprobes.PROBES"]
    beat("beat", LATER)
    audit(LATER)
    facts = Incident.objects.get(key="midwatch/processes").facts
    assert "The dispatcher has not done any work yet. No message leaves. Start" in facts["reason"]


def test_the_administrators_get_a_mail_and_another_when_it_is_over(made_up: None, root: User, smtp: SmtpServer) -> None:
    trouble_now.append(Trouble(3, NOW, "Three things wait. Start one more."))
    audit(LATER)
    deliver(LATER)
    trouble_now.clear()
    audit(LATER + MINUTE)
    deliver(LATER + MINUTE)
    subjects = [str(mail["Subject"]) for mail in smtp.mails]
    assert subjects == ["[High] Something is wrong", "[Resolved] It is right again after 1 min"]
    assert [mail["To"] for mail in smtp.mails] == ["root@example.com"] * 2


def test_without_a_superuser_those_who_administer_a_team_are_told(made_up: None, team: Team, anna: User) -> None:
    add_member(team=team, user=anna, role=Role.ADMINISTRATOR)
    add_member(team=team, user=User.objects.create_user("ben@example.com"), role=Role.MANAGER)
    trouble_now.append(Trouble(1, NOW, "Look at it."))
    audit(LATER)
    assert [delivery.channel.person for delivery in Delivery.objects.all()] == [anna]


def test_who_is_no_administrator_any_more_is_not_told(made_up: None, root: User, anna: User) -> None:
    anna.is_superuser = True
    anna.save()
    trouble_now.append(Trouble(1, NOW, "Look at it."))
    audit(LATER)
    User.objects.filter(pk=anna.pk).update(is_superuser=False)
    audit(LATER + MINUTE)
    assert [member.user for member in Member.objects.filter(team__name=OWN_TEAM)] == [root]


def test_midwatchs_own_team_is_in_no_list(made_up: None, root: User) -> None:
    trouble_now.append(Trouble(1, NOW, "Look at it."))
    audit(LATER)
    assert Incident.objects.get().team.name == OWN_TEAM
    assert not Team.objects.exists()


def test_a_probe_that_fails_is_told_and_the_others_are_asked(settings: Settings, root: User) -> None:
    settings.MIDWATCH_PROBES = [f"{__name__}.BROKEN", f"{__name__}.MADE_UP"]
    trouble_now[:] = [Trouble(1, NOW, "Look at it.")]
    audit(LATER)
    assert last_audit() == (LATER, ["broken", "made-up"])
    reason = Incident.objects.get(key="midwatch/broken").facts["reason"]
    assert reason == "This could not be looked at (ZeroDivisionError); the dispatcher's log says why."
