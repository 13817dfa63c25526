"""Who is told of an incident that begins, and of what follows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.alerts.incidents.finding import Recovery, Subject
from apps.alerts.models import Channel, Incident
from apps.alerts.services import Finding, report, split
from apps.teams.models import Member, Role, Team, User
from tests.alerts.conftest import FACTS, KEY, NOW, deliver
from tests.alerts.routing.conftest import Member as MakeMember
from tests.alerts.routing.conftest import escalation, mailing, opened, others, rotation, route, told, webhook
from tests.servers.smtp import SmtpServer

pytestmark = pytest.mark.django_db
__all__ = ["others"]


def because(incident: Incident) -> list[str]:
    return [delivery.facts["because"] for delivery in incident.deliveries.order_by("pk")]


def test_the_first_route_that_matches_decides(team: Team) -> None:
    route(team, "Late", webhook(team, "late"), position=2)
    route(team, "Finance", webhook(team, "finance"), position=1, severities=["high"])
    incident = opened(team)
    assert told(incident) == ["finance"]
    assert because(incident) == ["the route “Finance” of the team Data leads here."]


def test_the_catch_all_takes_the_rest_wherever_it_was_numbered(team: Team) -> None:
    route(team, "Rest", webhook(team, "rest"), catch_all=True, position=0)
    route(team, "Finance", webhook(team, "finance"), position=5, tags=["finance"])
    assert told(opened(team, subject=Subject(tags=("Finance",)))) == ["finance"]
    assert told(opened(team, key="rule/2", subject=Subject(tags=("sales",)))) == ["rest"]


def test_a_rule_that_names_channels_is_told_there_and_escalates_by_its_route(team: Team, member: MakeMember) -> None:
    nights = escalation(team, at_30=(member("Cara"),))
    route(team, "All", webhook(team, "all"), escalation=nights)
    incident = opened(team, webhook(team, "own"))
    assert told(incident) == ["own"]
    assert because(incident) == ["the rule “Orders keep arriving” names this channel."]
    incident.refresh_from_db()
    assert incident.escalation == nights


def test_people_whom_the_rule_names_are_told_beside_the_route(team: Team, member: MakeMember) -> None:
    anna = member("Anna")
    route(team, "All", webhook(team, "all"))
    incident = opened(team, people=(anna,))
    assert told(incident) == ["all", "Anna"]
    assert because(incident)[1] == "the rule “Orders keep arriving” names you."


def test_a_person_in_two_lists_is_told_once(team: Team, member: MakeMember) -> None:
    anna = member("Anna")
    row = route(team, "All", anna)
    row.rotation = rotation(team, anna)
    row.save()
    assert told(opened(team, people=(anna,))) == ["Anna"]


def test_a_person_whose_mail_channel_is_told_is_not_told_again(team: Team, member: MakeMember) -> None:
    anna, ben = member("Anna"), member("Ben")
    route(team, "All", mailing(team, "ops", "ANNA@example.com", "ops@example.com"), anna, ben)
    assert told(opened(team)) == ["ops", "Ben"]


def test_a_mail_channel_that_only_repeats_another_is_left_out(team: Team) -> None:
    route(team, "All", mailing(team, "one", "anna@example.com"), mailing(team, "two", "anna@example.com", "b@x.org"))
    assert told(opened(team)) == ["two"]


def test_of_two_mail_channels_that_share_a_person_one_tells_that_person(team: Team, smtp: SmtpServer) -> None:
    both = mailing(team, "one", "anna@example.com", "b@x.org"), mailing(team, "two", "Anna@example.com", "c@x.org")
    route(team, "All", *both)
    assert told(opened(team)) == ["one", "two"]
    deliver()
    assert sorted(str(mail["To"]) for mail in smtp.mails) == ["anna@example.com", "b@x.org", "c@x.org"]


def test_what_becomes_critical_is_told_where_critical_ones_are(team: Team, member: MakeMember) -> None:
    nights = escalation(team, at_30=(member("Cara"),))
    route(team, "Worst", webhook(team, "pager"), position=1, severities=["critical"], escalation=nights)
    route(team, "Rest", webhook(team, "chat"), position=2)
    incident = opened(team, severity="medium")
    opened(team, severity="critical", at=NOW + timedelta(minutes=5))
    assert told(incident) == ["chat", "pager", "chat"]
    assert because(incident)[1] == "it became critical, and the route “Worst” of the team Data leads here."
    incident.refresh_from_db()
    assert incident.escalation == nights


def test_a_part_that_stands_by_itself_gets_its_escalation(team: Team, member: MakeMember, boss: User) -> None:
    nights = escalation(team, at_30=(member("Cara"),))
    route(team, "All", webhook(team, "chat"), escalation=nights)
    place = Subject(connection_id=1, table="main.orders")
    lead, part = opened(team, subject=place), opened(team, key="rule/2", subject=place)
    assert part.merged_into == lead
    split(incident=part, user=boss, now=NOW)
    part.refresh_from_db()
    assert part.escalation == nights


def test_whoever_is_on_duty_is_told(team: Team, member: MakeMember) -> None:
    anna, ben = member("Anna"), member("Ben")
    row = route(team, "All")
    row.rotation = rotation(team, anna, ben)
    row.save()
    assert told(opened(team)) == ["Anna"]
    assert told(opened(team, key="rule/2", at=NOW + timedelta(days=7))) == ["Ben"]


def test_a_member_who_left_is_not_told_and_the_managers_are(team: Team, member: MakeMember, boss: User) -> None:
    anna = member("Anna")
    route(team, "All", anna)
    Member.objects.get(user=anna).delete()
    incident = opened(team, people=(anna,))
    assert told(incident) == ["Bea"]
    assert because(incident) == [
        "neither the rule nor a route of the team Data leads to anybody, and you manage the team."
    ]


def test_somebody_who_may_not_sign_in_any_more_is_not_told(team: Team, member: MakeMember, boss: User) -> None:
    anna = member("Anna")
    User.objects.filter(pk=anna.pk).update(is_active=False)
    assert told(opened(team, people=(anna,))) == ["Bea"]


def test_a_channel_of_another_team_is_never_told(team: Team, others: Team, boss: User) -> None:
    theirs = webhook(others, "theirs")
    assert told(opened(team, theirs)) == ["Bea"]
    route(team, "All", theirs)
    assert told(opened(team, key="rule/2")) == ["Bea"]


def test_without_routes_and_managers_nobody_is_told_and_the_timeline_says_so(
    team: Team, member: MakeMember, timeline: Any
) -> None:
    member("Anna", Role.VIEWER)
    incident = opened(team)
    assert told(incident) == []
    assert "Nobody was told" in timeline(incident)[-1]


def test_who_left_meanwhile_does_not_hear_of_the_end(team: Team, member: MakeMember) -> None:
    anna, ben = member("Anna"), member("Ben")
    incident = opened(team, people=(anna, ben))
    Member.objects.get(user=anna).delete()
    report(findings=[], recoveries=[Recovery(KEY)], now=NOW + timedelta(hours=1))
    assert told(incident) == ["Anna", "Ben", "Ben"]


def test_who_heard_of_the_beginning_hears_of_the_end_whatever_the_routes_say_now(team: Team) -> None:
    row = route(team, "All", webhook(team, "first"))
    incident = opened(team)
    row.channels.set([webhook(team, "second")])
    report(findings=[], recoveries=[Recovery(KEY)], now=NOW + timedelta(hours=1))
    assert told(incident) == ["first", "first"]


def test_a_personal_channel_is_made_once_and_shown_nowhere(team: Team, member: MakeMember) -> None:
    anna = member("Anna")
    opened(team, people=(anna,))
    opened(team, people=(anna,), key="rule/2")
    assert Channel.every.get(person=anna).team == team
    assert not Channel.objects.exists()


def statements(team: Team, count: int, *people: User) -> int:
    """Of a report of so many findings, each report an hour after the one before: together they are no storm."""
    ids = tuple(person.pk for person in people)
    findings = [Finding(f"rule/{count}/{n}", team.pk, "high", "Late", FACTS, (), Subject(), ids) for n in range(count)]
    with CaptureQueriesContext(connection) as queries:
        report(findings=findings, recoveries=[], now=NOW + timedelta(hours=count))
    return len(queries)


def test_many_beginnings_take_as_many_statements_as_few(team: Team, member: MakeMember) -> None:
    anna, ben = member("Anna"), member("Ben")
    row = route(team, "Finance", tags=["finance"])
    row.rotation = rotation(team, ben)
    row.save()
    statements(team, 1, anna)  # her own channel is made
    assert statements(team, 2, anna) == statements(team, 7, anna)


def test_nor_does_it_take_more_to_fall_back_on_the_managers(team: Team, boss: User) -> None:
    statements(team, 1)
    assert statements(team, 2) == statements(team, 7)
