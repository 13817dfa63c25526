"""Who is told next while nobody acknowledges."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from apps.alerts.incidents.finding import Recovery
from apps.alerts.models import Channel, Escalation, Incident, TimelineKind
from apps.alerts.routing.escalating import take_steps
from apps.alerts.services import acknowledge, report
from apps.alerts.silences.reminders import remind
from apps.alerts.silences.snoozing import snooze
from apps.teams.models import Member, Team, User
from tests.alerts.conftest import KEY, NOW
from tests.alerts.routing.conftest import Member as MakeMember
from tests.alerts.routing.conftest import escalation, opened, rotation, route, told, webhook

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
Begin = Callable[[Escalation], Incident]


@pytest.fixture
def first(team: Team) -> Channel:
    return webhook(team, "first")


@pytest.fixture
def begin(team: Team, first: Channel) -> Begin:
    """Open an incident whose route leads to a channel and an escalation."""

    def begin(steps: Escalation) -> Incident:
        route(team, "All", first, escalation=steps)
        return opened(team)

    return begin


def after(minutes: float) -> datetime:
    return NOW + minutes * MINUTE


def lines(incident: Incident) -> list[str]:
    found = incident.timeline.filter(kind=TimelineKind.ESCALATED)
    return list(found.values_list("text", flat=True))


def test_a_step_is_taken_when_its_time_has_come_and_not_before(team: Team, begin: Begin, member: MakeMember) -> None:
    incident = begin(escalation(team, at_30=(member("Cara"),)))
    assert take_steps(now=after(29.9)) == 0
    assert take_steps(now=after(30)) == 1
    assert told(incident) == ["first", "Cara"]
    assert lines(incident) == ["Nobody acknowledged it within 30 min, so step 1 of the escalation “Nights” tells Cara."]


def test_each_step_is_taken_once(team: Team, begin: Begin, member: MakeMember) -> None:
    incident = begin(escalation(team, at_10=(member("Cara"),), at_30=(webhook(team, "second"),)))
    taken = [take_steps(now=after(minute)) for minute in (10, 11, 30, 31, 500)]
    assert taken == [1, 0, 1, 0, 0]
    assert told(incident) == ["first", "Cara", "second"]


def test_a_step_that_was_cut_off_before_it_was_counted_tells_nobody_twice(
    team: Team, begin: Begin, member: MakeMember
) -> None:
    incident = begin(escalation(team, at_10=(member("Cara"),)))
    take_steps(now=after(10))
    Incident.objects.update(escalation_step=0)
    take_steps(now=after(11))
    assert told(incident) == ["first", "Cara"]


def test_whoever_is_on_duty_then_is_told(team: Team, begin: Begin, member: MakeMember) -> None:
    on_call = rotation(team, member("Anna"), member("Ben"))
    incident = begin(escalation(team, at_10=(on_call,), at_5760=(on_call,)))  # NOW is a Friday
    take_steps(now=after(10))
    take_steps(now=after(5760))
    assert told(incident) == ["first", "Anna", "Ben"]


def test_the_same_person_may_be_told_again_by_a_later_step(team: Team, begin: Begin, member: MakeMember) -> None:
    cara = member("Cara")
    incident = begin(escalation(team, at_10=(cara,), at_20=(cara,)))
    take_steps(now=after(10))
    take_steps(now=after(20))
    assert told(incident) == ["first", "Cara", "Cara"]


def test_an_acknowledged_incident_does_not_escalate(team: Team, begin: Begin, member: MakeMember, anna: User) -> None:
    incident = begin(escalation(team, at_10=(member("Cara"),)))
    acknowledge(incident=incident, user=anna, now=after(5))
    assert take_steps(now=after(10)) == 0


def test_a_resolved_incident_does_not_escalate(team: Team, begin: Begin, member: MakeMember) -> None:
    begin(escalation(team, at_10=(member("Cara"),)))
    report(findings=[], recoveries=[Recovery(KEY)], now=after(5))
    assert take_steps(now=after(10)) == 0


@pytest.mark.parametrize("change", [{"snooze": "time"}, {"stable_since": NOW}])
def test_neither_does_one_that_is_snoozed_or_good_for_now(
    team: Team, begin: Begin, member: MakeMember, change: dict[str, object]
) -> None:
    begin(escalation(team, at_10=(member("Cara"),)))
    Incident.objects.update(**change)
    assert take_steps(now=after(10)) == 0


def test_neither_does_a_part_of_another_incident(team: Team, begin: Begin, member: MakeMember, first: Channel) -> None:
    incident = begin(escalation(team, at_10=(member("Cara"),)))
    lead = opened(team, first, key="rule/2", at=after(1))
    Incident.objects.filter(pk=incident.pk).update(merged_into=lead)
    Incident.objects.filter(pk=lead.pk).update(escalation=None)
    assert take_steps(now=after(10)) == 0


def test_one_that_came_back_counts_from_its_return_and_begins_with_the_first_step(
    team: Team, begin: Begin, member: MakeMember
) -> None:
    incident = begin(escalation(team, at_10=(member("Cara"),)))
    take_steps(now=after(10))
    report(findings=[], recoveries=[Recovery(KEY)], now=after(20))
    opened(team, at=after(60))
    assert take_steps(now=after(69)) == 0
    assert take_steps(now=after(70)) == 1
    assert told(incident) == ["first", "Cara", "first", "Cara", "first", "Cara"]


def test_a_step_that_leads_to_nobody_says_so_and_the_next_is_taken_all_the_same(
    team: Team, begin: Begin, member: MakeMember
) -> None:
    cara = member("Cara")
    incident = begin(escalation(team, at_10=(cara,), at_20=(webhook(team, "second"),)))
    Member.objects.get(user=cara).delete()
    assert [take_steps(now=after(10)), take_steps(now=after(20))] == [1, 1]
    assert told(incident) == ["first", "second"]
    assert "step 1 of the escalation “Nights” leads to nobody" in lines(incident)[0]


def test_steps_that_are_late_keep_their_distance(team: Team, begin: Begin, member: MakeMember) -> None:
    begin(escalation(team, at_10=(member("Cara"),), at_15=(member("Dan"),)))
    taken = [take_steps(now=after(minute)) for minute in (300, 304, 305)]
    assert taken == [1, 0, 1]


def test_after_a_snooze_the_people_have_the_time_of_the_step_again(
    team: Team, begin: Begin, member: MakeMember, anna: User
) -> None:
    incident = begin(escalation(team, at_10=(member("Cara"),)))
    snooze(incident, mode="time", until=after(60), user=anna, now=after(1))
    taken = [remind(now=after(60)), take_steps(now=after(60)), take_steps(now=after(69)), take_steps(now=after(70))]
    assert taken == [1, 0, 0, 1]


def test_the_incident_is_looked_at_again_when_its_next_step_is_due(
    team: Team, begin: Begin, member: MakeMember
) -> None:
    incident = begin(escalation(team, at_10=(member("Cara"),), at_20=(member("Dan"),)))
    remind(now=NOW)
    incident.refresh_from_db()
    assert incident.next_action_at == after(10)
    take_steps(now=after(10))
    remind(now=after(10))
    incident.refresh_from_db()
    assert incident.next_action_at == after(20)


def test_who_was_told_by_a_step_hears_of_the_end(team: Team, begin: Begin, member: MakeMember) -> None:
    incident = begin(escalation(team, at_10=(member("Cara"),)))
    take_steps(now=after(10))
    report(findings=[], recoveries=[Recovery(KEY)], now=after(15))
    assert told(incident) == ["first", "Cara", "first", "Cara"]


def test_the_message_says_that_nobody_has_taken_it(team: Team, begin: Begin, member: MakeMember) -> None:
    incident = begin(escalation(team, at_10=(member("Cara"),)))
    take_steps(now=after(10))
    delivery = incident.deliveries.get(kind="escalated")
    assert delivery.facts["escalation"] == "Nights"
    assert (delivery.facts["step"], delivery.facts["steps"]) == (1, 1)
    assert delivery.facts["waited_seconds"] == 600
    assert delivery.facts["because"] == "nobody has acknowledged it, and the escalation “Nights” leads here next."
