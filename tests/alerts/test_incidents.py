"""Findings open, refresh, reopen and resolve incidents."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from apps.alerts.incidents import order
from apps.alerts.models import Channel, Delivery, Incident, Severity
from apps.alerts.services import (
    Recovery,
    acknowledge,
    close_as,
    note,
    open_keys,
    report,
    withdraw,
)
from apps.common.errors import InvalidInput
from apps.teams.models import Team, User
from tests.alerts.conftest import KEY, NOW, deliver, finding, found

Timeline = Callable[[Incident], list[str]]


def recovered(minutes: float, key: str = KEY) -> None:
    report(findings=[], recoveries=[Recovery(key, {"age_seconds": 5.0})], now=NOW + timedelta(minutes=minutes))


def kinds() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("kind", flat=True))


def test_a_finding_opens_an_incident_with_a_delivery_per_channel(
    team: Team, mail: Channel, hook: Channel, timeline: Timeline
) -> None:
    incident = found(team, mail, hook)
    assert (incident.status, incident.opened_at, incident.severity) == ("open", NOW, "high")
    assert kinds() == ["opened", "opened"]
    assert timeline(incident)[0].startswith("main.orders has not changed for 2 h 10 min.")
    assert timeline(incident)[1] == "A message goes to ops-mail and ops-hook."


def test_a_repeat_refreshes_the_facts_and_tells_nobody(team: Team, mail: Channel, timeline: Timeline) -> None:
    found(team, mail)
    incident = found(team, mail, at=NOW + timedelta(minutes=5), age_seconds=8100.0)
    assert incident.facts["age_seconds"] == 8100.0
    assert (incident.opened_at, incident.last_seen_at) == (NOW, NOW + timedelta(minutes=5))
    assert kinds() == ["opened"]
    assert len(timeline(incident)) == 2


def test_what_gets_worse_is_told_and_is_a_line_in_the_timeline(team: Team, mail: Channel, timeline: Timeline) -> None:
    found(team, mail)
    incident = found(team, mail, at=NOW + timedelta(minutes=5), severity="critical")
    assert incident.severity == "critical"
    assert "The severity went from high to critical." in timeline(incident)
    assert kinds() == ["opened", "changed"]


def test_a_recovery_resolves_it_with_the_duration_and_tells_those_who_heard(team: Team, mail: Channel) -> None:
    incident = found(team, mail)
    recovered(130)
    incident.refresh_from_db()
    assert (incident.status, incident.facts["duration_seconds"]) == ("resolved", 7800.0)
    assert kinds() == ["opened", "resolved"]


def test_a_recovery_of_nothing_changes_nothing(team: Team) -> None:
    recovered(5)
    assert not Incident.objects.exists()


def test_a_finding_beats_a_recovery_of_the_same_key(team: Team) -> None:
    report(findings=[finding(team)], recoveries=[Recovery(KEY)], now=NOW)
    assert open_keys(keys=[KEY, "rule/2/main.orders"]) == {KEY}


@pytest.mark.parametrize(("hours", "incidents", "kind"), [(24, 1, "reopened"), (24.1, 2, "opened")])
def test_what_comes_back_within_a_day_is_the_same_incident(
    team: Team, mail: Channel, hours: float, incidents: int, kind: str
) -> None:
    found(team, mail)
    recovered(0)
    incident = found(team, mail, at=NOW + timedelta(hours=hours))
    assert (Incident.objects.count(), incident.status) == (incidents, "open")
    assert kinds() == ["opened", "resolved", kind]


def test_the_second_duration_counts_from_the_return(team: Team, mail: Channel) -> None:
    found(team, mail)
    recovered(10)
    found(team, mail, at=NOW + timedelta(minutes=60))
    recovered(75)
    incident = Incident.objects.get()
    assert (incident.reopened, incident.facts["duration_seconds"]) == (1, 900.0)
    assert len(set(Delivery.objects.values_list("key", flat=True))) == 4


def test_without_a_channel_the_silence_is_explained(team: Team, timeline: Timeline) -> None:
    incident = found(team)
    assert timeline(incident)[-1].startswith("Nobody was told: the rule names no channel")
    assert not Delivery.objects.exists()


def test_a_channel_of_another_team_is_never_told(mail: Channel) -> None:
    found(Team.objects.create(name="Finance"), mail)
    assert not Delivery.objects.exists()


def test_withdrawing_resolves_silently_and_says_why(team: Team, mail: Channel, timeline: Timeline) -> None:
    incident = found(team, mail)
    withdraw(keys=[KEY], reason="The rule was paused.", now=NOW + timedelta(minutes=20))
    assert timeline(incident)[-2:] == [
        "The rule was paused. So the incident was closed after 20 min.",
        "Nobody is told of the end: it is no longer watched, and no page or message stands for it.",
    ]
    assert (open_keys(keys=[KEY]), kinds()) == (set(), ["opened"])


def test_where_a_page_is_ended_nothing_says_that_nobody_was_told(
    team: Team, make: Callable[..., Channel], timeline: Timeline
) -> None:
    incident = found(team, make("pagerduty"))
    deliver()
    withdraw(keys=[KEY], reason="The rule was paused.", now=NOW + timedelta(minutes=20))
    assert timeline(incident)[-2:] == [
        "The rule was paused. So the incident was closed after 20 min.",
        "A message goes to ops-pagerduty.",
    ]


def test_where_those_who_heard_are_gone_the_end_does_not_claim_that_nobody_heard(
    team: Team, mail: Channel, timeline: Timeline
) -> None:
    incident = found(team, mail)
    deliver()
    mail.delete()
    report(findings=[], recoveries=[Recovery(KEY)], now=NOW + timedelta(minutes=20))
    assert timeline(incident)[-1] == ("Nobody is told of the end: there is nobody left who was told of the beginning.")


def test_acknowledging_keeps_it_unresolved_and_names_the_person(
    team: Team, anna: User, mail: Channel, timeline: Timeline
) -> None:
    incident = found(team, mail)
    acknowledge(incident=incident, user=anna, now=NOW)
    found(team, mail, at=NOW + timedelta(minutes=5))
    incident.refresh_from_db()
    assert (incident.status, incident.acknowledged_by) == ("acknowledged", anna)
    assert timeline(incident)[-1] == "Anna Berg takes care of it."


def test_a_person_closes_it_and_the_channels_hear_of_it(team: Team, anna: User, mail: Channel) -> None:
    incident = found(team, mail)
    close_as(incident=incident, user=anna, now=NOW + timedelta(hours=1))
    assert (incident.status, incident.resolved_by, incident.facts["by"]) == ("resolved", anna, "Anna Berg")
    assert kinds() == ["opened", "resolved"]
    with pytest.raises(InvalidInput, match="resolved already"):
        acknowledge(incident=incident, user=anna, now=NOW)


def test_a_note_is_kept_and_an_empty_one_refused(team: Team, anna: User, timeline: Timeline) -> None:
    incident = found(team)
    note(incident=incident, user=anna, text=" The loader was restarted. ", now=NOW)
    assert timeline(incident)[-1] == "The loader was restarted."
    with pytest.raises(InvalidInput):
        note(incident=incident, user=anna, text="  ", now=NOW)


def test_very_long_names_are_stored_shortened_and_found_again(team: Team) -> None:
    key = f"rule/1/{'s' * 3000}.orders"
    for _ in range(2):
        report(findings=[finding(team, key=key, table="t" * 3000)], recoveries=[], now=NOW)
    assert Incident.objects.count() == 1
    assert open_keys(keys=[key]) == {key}


def test_five_hundred_repeats_cost_as_many_statements_as_five(team: Team, mail: Channel) -> None:
    many = [finding(team, mail, key=f"rule/{number}/main.orders") for number in range(500)]
    report(findings=many, recoveries=[], now=NOW)
    spent = []
    for findings in (many[:5], many):
        with CaptureQueriesContext(connection) as queries, transaction.atomic():
            report(findings=findings, recoveries=[], now=NOW + timedelta(minutes=5))
        spent.append(len(queries))
    assert spent[0] == spent[1] <= 8 + order.needed()  # PostgreSQL locks the incidents of the team
    assert Delivery.objects.count() == 11  # ten by themselves, and one roll-up of the others


def test_every_severity_has_a_place_in_the_retry_plan_and_the_order(team: Team, mail: Channel) -> None:
    for severity in Severity.values:
        assert found(team, mail, key=f"rule/{severity}", severity=severity).severity == severity


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_find_the_same_trouble_open_one_incident(team: Team, mail: Channel) -> None:
    barrier, finished = threading.Barrier(2), []

    def work() -> None:
        barrier.wait()
        report(findings=[finding(team, mail)], recoveries=[], now=NOW)
        finished.append(True)
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(finished), Incident.objects.count(), kinds()) == (2, 1, ["opened"])


def test_the_database_takes_one_open_incident_per_trouble(team: Team, mail: Channel) -> None:
    incident = found(team, mail)
    incident.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        incident.save(force_insert=True)


@pytest.mark.parametrize("change", [{"text": "It was never broken."}, {"at": NOW}, {"kind": "noted"}], ids=str)
def test_the_database_refuses_to_change_a_line_of_a_timeline(
    team: Team, mail: Channel, change: dict[str, object]
) -> None:
    incident = found(team, mail)
    with pytest.raises(DatabaseError, match="only added"), transaction.atomic():
        incident.timeline.update(**change)


def test_a_line_outlives_whoever_wrote_it(team: Team, mail: Channel, anna: User, timeline: Timeline) -> None:
    incident = found(team, mail)
    acknowledge(incident=incident, user=anna, now=NOW)
    anna.delete()
    assert timeline(incident)[-1] == "Anna Berg takes care of it."
