"""When very much breaks at once, a team gets one roll-up, and later hears of the ends in one."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.alerts.models import Channel, Delivery, DeliveryKind, Incident, Preference
from apps.alerts.outbox.events import Address, Event
from apps.alerts.outbox.telling import announce
from apps.alerts.services import merge, save_channel
from apps.alerts.silences.storms import roll_up
from apps.summaries.gathered import rollup_headline
from apps.teams.models import Team, User
from tests.alerts.conftest import NOW, deliver, text_of
from tests.alerts.silences.conftest import act, after, break_it, mend, mute, one, states
from tests.servers.http import HttpServer
from tests.servers.smtp import SmtpServer

pytestmark = pytest.mark.django_db
Lines = Callable[[Incident], list[str]]


def storm(team: Team, ops: Channel, count: int, *, start: int = 1, at: float = 0, severity: str = "high") -> None:
    numbers = range(start, start + count)
    break_it(*(one(team, ops, number=number, severity=severity) for number in numbers), at=after(at))


def subjects(smtp: SmtpServer, at: float) -> list[str]:
    """The subjects of the roll-ups that are sent at minute `at`."""
    act(after(at))
    while deliver(after(at)):
        pass
    found = [str(mail["Subject"]) for mail in smtp.mails if "incident" in mail["Subject"]]
    smtp.mails.clear()
    return found


def test_ten_at_once_are_told_one_by_one(team: Team, ops: Channel) -> None:
    storm(team, ops, 10)
    assert states() == ["opened queued"] * 10


def test_a_thousand_at_once_give_ten_messages_and_one_roll_up_within_a_minute(
    team: Team, ops: Channel, smtp: SmtpServer, lines: Lines
) -> None:
    storm(team, ops, 1000)
    assert states("opened") == ["opened queued"] * 10
    assert states("rollup") == ["rollup held"]
    assert subjects(smtp, 20 / 60) == ["[High] 990 incidents began at once in the team Data"]
    assert Delivery.objects.count() == 11
    assert lines(Incident.objects.get(rule_id=1000))[-2] == (
        "More than 10 incidents of the team began within 10 minutes, so this one is told in a roll-up with others."
    )


def test_whoever_was_told_in_a_roll_up_stands_in_the_timeline_of_each(
    team: Team, ops: Channel, smtp: SmtpServer, lines: Lines
) -> None:
    storm(team, ops, 12)
    subjects(smtp, 20 / 60)
    incident = Incident.objects.get(rule_id=12)
    assert lines(incident)[-1] == "Many at once: told ops. The mail server accepted 1 mail."
    assert incident.notified_at == after(20 / 60)


def test_what_breaks_until_it_is_sent_is_counted(team: Team, ops: Channel, smtp: SmtpServer) -> None:
    storm(team, ops, 15)
    storm(team, ops, 5, start=100, at=0.2)
    assert subjects(smtp, 20 / 60) == ["[High] 10 incidents began at once in the team Data"]


def test_critical_ones_have_ten_messages_of_their_own(team: Team, ops: Channel) -> None:
    storm(team, ops, 30)
    storm(team, ops, 12, start=100, at=1, severity="critical")
    told = Delivery.objects.filter(kind="opened", incident__severity="critical")
    assert told.count() == 10
    assert states("rollup") == ["rollup held"]


def test_each_team_has_its_own_valve(team: Team, ops: Channel) -> None:
    other = Team.objects.create(name="Finance")
    theirs = save_channel(team=other, name="theirs", type="email", settings={"to": ["f@example.com"]})
    storm(team, ops, 15)
    storm(other, theirs, 8, start=100)
    assert states("opened") == ["opened queued"] * 18
    assert states("rollup") == ["rollup held"]


def test_after_ten_minutes_beginnings_are_told_again(team: Team, ops: Channel) -> None:
    storm(team, ops, 12)
    storm(team, ops, 1, start=100, at=9)
    storm(team, ops, 1, start=200, at=11)
    assert Delivery.objects.filter(kind="opened").count() == 11


def test_ends_are_told_together_at_most_every_five_minutes(team: Team, ops: Channel, smtp: SmtpServer) -> None:
    storm(team, ops, 30)
    subjects(smtp, 20 / 60)
    mend(*range(11, 23), at=after(2))
    assert subjects(smtp, 5) == []
    assert subjects(smtp, 8) == ["[High] 8 of 20 incidents remain in the team Data"]
    mend(*range(23, 31), at=after(9))
    assert subjects(smtp, 15) == ["[Resolved] All 8 incidents of the roll-up are over in the team Data"]
    assert not Delivery.objects.filter(kind="resolved").exists()


def test_a_roll_up_that_is_tried_again_in_hours_keeps_no_later_one_waiting(team: Team, ops: Channel) -> None:
    storm(team, ops, 20)
    act(after(1))
    Delivery.objects.filter(kind="rollup").update(status="queued", due_at=after(120))
    storm(team, ops, 5, start=100, at=2)
    act(after(7))
    assert states("rollup") == ["rollup queued"] * 2


def test_all_that_ends_before_it_is_told_is_told_as_over(team: Team, ops: Channel, smtp: SmtpServer) -> None:
    storm(team, ops, 20)
    mend(*range(1, 21), at=after(0.1))
    assert subjects(smtp, 20 / 60) == ["[Resolved] All 10 incidents of the roll-up are over in the team Data"]


def test_those_who_were_told_hear_of_the_end_by_itself(team: Team, ops: Channel, lines: Lines) -> None:
    storm(team, ops, 20)
    act(after(1))
    mend(1, 20, at=after(2))
    assert list(Delivery.objects.filter(kind="resolved").values_list("incident__rule_id", flat=True)) == [1]
    assert lines(Incident.objects.get(rule_id=20))[-1] == (
        "Its beginning was told in a roll-up with others, so this is told in the next one."
    )


def test_reminders_of_what_was_rolled_up_are_one(team: Team, ops: Channel, smtp: SmtpServer) -> None:
    storm(team, ops, 40)
    subjects(smtp, 1)
    act(after(240))
    assert len(states("reminder")) == 10
    assert subjects(smtp, 250) == ["[High] 30 incidents are still broken in the team Data"]


def test_a_roll_up_without_news_is_not_sent(team: Team, ops: Channel) -> None:
    storm(team, ops, 12)
    act(after(1))
    break_it(one(team, ops, number=12, severity="medium"), at=after(2))
    act(after(60))
    assert states("rollup") == ["rollup queued"]


def test_one_of_them_that_becomes_critical_is_told_by_itself_and_so_is_its_end(team: Team, ops: Channel) -> None:
    storm(team, ops, 12)
    act(after(1))
    break_it(one(team, ops, number=12, severity="critical"), at=after(2))
    mend(12, at=after(3))
    own = Delivery.objects.filter(incident__rule_id=12).order_by("pk")
    assert list(own.values_list("kind", flat=True)) == ["changed", "resolved"]


def test_what_is_silenced_does_not_make_a_storm(team: Team, ops: Channel) -> None:
    mute(team, kind="maintenance")
    storm(team, ops, 30)
    assert states() == ["opened held"] * 30
    act(after(60))
    assert states("summary") == ["summary queued"]


def test_the_roll_up_names_the_worst_and_where_to_look(team: Team, ops: Channel, smtp: SmtpServer) -> None:
    storm(team, ops, 25)
    act(after(1))
    while deliver(after(1)):
        pass
    [text] = [text_of(mail) for mail in smtp.mails if "at once" in mail["Subject"]]
    assert "15 incidents began at once, so they are told in one message. All of them are still broken" in text
    assert "Look first at the connection shop (15)." in text
    assert "5 more incidents; the list of incidents has them all." in text


def into_another(number: int, lead: int, member: User) -> None:
    part, whole = (Incident.objects.get(rule_id=each) for each in (number, lead))
    merge(incident=part, into=whole, user=member, now=after(2))


def test_what_became_part_of_another_incident_is_neither_over_nor_still_broken(
    team: Team, ops: Channel, smtp: SmtpServer, member: User
) -> None:
    storm(team, ops, 13)
    subjects(smtp, 1)
    into_another(12, 11, member)
    mend(13, at=after(3))
    act(after(8))
    row = Delivery.objects.filter(kind="rollup").latest("pk")
    assert "1 incident is part of other incidents now, and messages" in rollup_headline(row.facts)
    assert subjects(smtp, 8) == ["[High] 1 of 2 incidents remain in the team Data"]


def test_where_nothing_is_left_by_itself_nobody_reads_that_all_is_over(
    team: Team, ops: Channel, smtp: SmtpServer, member: User
) -> None:
    storm(team, ops, 13)
    subjects(smtp, 1)
    into_another(11, 1, member)
    into_another(12, 1, member)
    mend(13, at=after(3))
    assert subjects(smtp, 8) == ["[Resolved] No incident of the roll-up stands by itself any more in the team Data"]


def test_what_is_good_for_the_time_being_is_counted_apart(team: Team, ops: Channel) -> None:
    storm(team, ops, 13)
    Incident.objects.filter(rule_id=12).update(stable_since=after(0), unstable_since=after(0))
    act(after(1))
    said = rollup_headline(Delivery.objects.get(kind="rollup").facts)
    assert said.endswith("Of these, 1 incident is good again for the time being.")


def test_a_person_gets_the_roll_up_after_the_quiet_hours(team: Team, member: User, smtp: SmtpServer) -> None:
    Preference.objects.create(user=member, quiet_from=time(20), quiet_until=time(9))
    break_it(*(one(team, number=number) for number in range(1, 21)))
    act(after(1))
    assert states("rollup") == ["rollup held"]
    act(after(40))
    assert states("rollup") == ["rollup queued"]


def test_a_thousand_are_rolled_up_with_as_many_statements_as_fifty(team: Team, ops: Channel) -> None:
    spent = []
    for count, start in ((50, 1), (1000, 100)):
        Delivery.objects.all().delete()
        rows = [Incident(pk=start + n, team=team, key=str(start + n), severity="high") for n in range(count)]
        events = [Event(row, DeliveryKind.OPENED, {}) for row in rows]
        told = {event: [Address(ops, "")] for event in events}
        with CaptureQueriesContext(connection) as queries:
            rolled = roll_up(events, told, now=NOW)
        spent.append(len(queries))
        assert len(rolled) == count - 10
    assert spent[0] == spent[1] <= 9


def test_a_storm_of_escalations_is_rolled_up_for_those_whom_a_step_tells(team: Team, ops: Channel) -> None:
    boss = save_channel(team=team, name="boss", type="email", settings={"to": ["boss@example.com"]})
    rows = break_it(*(one(team, ops, number=number) for number in range(1, 31)))
    steps = [Event(row, DeliveryKind.ESCALATED, row.facts, channel_ids=(boss.pk,), serial="step-1") for row in rows]
    announce(steps, now=after(15))
    assert states("escalated") == ["escalated queued"] * 10
    assert Delivery.objects.filter(kind="rollup", channel=boss).count() == 1


def test_not_all_that_become_critical_together_are_told_by_themselves(team: Team, ops: Channel) -> None:
    storm(team, ops, 40)
    act(after(1))
    storm(team, ops, 30, start=11, at=20, severity="critical")
    assert Delivery.objects.filter(kind="changed").count() == 10


def test_a_pager_ends_the_roll_up_that_it_began(team: Team, make: Callable[..., Channel], http: HttpServer) -> None:
    pager = make("pagerduty")
    storm(team, pager, 12)
    for minute in (1, 10):
        act(after(minute))
        while deliver(after(minute)):
            pass
        mend(11, 12, at=after(minute + 1))
    events = [json.loads(request.body) for request in http.requests]
    rolled = [event for event in events if event["dedup_key"].startswith("rollup-")]
    assert [event["event_action"] for event in rolled] == ["trigger", "resolve"]
    assert rolled[0]["dedup_key"] == rolled[1]["dedup_key"]
