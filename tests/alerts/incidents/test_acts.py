"""What people do with an incident, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from apps.alerts.models import Channel, Delivery, Escalation, Incident, Route
from apps.alerts.services import (
    acknowledge,
    assign,
    called_fixed,
    close_as,
    describe,
    open_keys,
    say_fixed,
    set_severity,
)
from apps.common.errors import InvalidInput
from apps.teams.models import Member, Team, User
from tests.alerts.incidents.conftest import after, key_of, of, recover
from tests.alerts.outbox.conftest import other_mail as other_mail

Breaks = Callable[..., list[str]]
Timeline = Callable[[Incident], list[str]]


def kinds() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("kind", flat=True))


def test_who_acknowledges_has_it(breaks: Breaks, anna: User, timeline: Timeline) -> None:
    breaks("orders")
    acknowledge(incident=of("orders"), user=anna, now=after(4))
    assert (of("orders").acknowledged_at, of("orders").assigned_to) == (after(4), anna)
    assert timeline(of("orders"))[-1] == "Anna Berg takes care of it."
    assert kinds() == ["opened"]  # a mail channel is not told of what is no news


def test_it_is_given_to_a_member_and_to_nobody_else(breaks: Breaks, team: Team, anna: User) -> None:
    breaks("orders")
    with pytest.raises(InvalidInput, match="not in the team"):
        assign(incident=of("orders"), to=anna, user=anna, now=after(1))
    Member.objects.create(team=team, user=anna)
    assign(incident=of("orders"), to=anna, user=anna, now=after(1))
    assert of("orders").assigned_to == anna


def test_what_is_called_fixed_closes_with_the_check_that_proves_it(
    breaks: Breaks, anna: User, timeline: Timeline
) -> None:
    breaks("orders")
    say_fixed(incident=of("orders"), user=anna, now=after(10))
    assert called_fixed(since=after(9)) == [key_of("orders")]
    assert of("orders").status == "open"
    recover("orders", at=11)
    assert "Anna Berg said that it was fixed, and the check proved it." in timeline(of("orders"))
    assert of("orders").status == "resolved"


def test_what_is_called_fixed_and_is_not_is_told_at_once(breaks: Breaks, anna: User) -> None:
    breaks("orders")
    say_fixed(incident=of("orders"), user=anna, now=after(10))
    breaks("orders", at=11)
    assert kinds() == ["opened", "changed"]
    assert "but the next check found it again" in Delivery.objects.get(kind="changed").facts["change"]
    breaks("orders", at=12)
    assert len(kinds()) == 2


def test_it_closes_with_what_it_was(breaks: Breaks, anna: User) -> None:
    breaks("orders")
    with pytest.raises(InvalidInput, match="no outcome"):
        close_as(incident=of("orders"), outcome="boring", user=anna, now=after(2))
    close_as(incident=of("orders"), outcome="false_alarm", user=anna, now=after(2))
    assert (of("orders").outcome, of("orders").resolved_by) == ("false_alarm", anna)


def test_who_closes_from_outside_is_named(breaks: Breaks, timeline: Timeline) -> None:
    breaks("orders")
    close_as(incident=of("orders"), user=None, by="Ben (Slack)", now=after(2))
    assert timeline(of("orders"))[-2].startswith("Ben (Slack) closed the incident")


def test_a_severity_that_a_person_lowered_stays_low_until_something_worse_is_found(breaks: Breaks, anna: User) -> None:
    breaks("orders")
    set_severity(incident=of("orders"), severity="low", user=anna, now=after(1))
    breaks("orders", at=5)
    assert of("orders").severity == "low"
    breaks("orders", at=10, severity="critical")
    assert of("orders").severity == "critical"


def test_a_severity_that_a_person_raised_is_told_and_stays(breaks: Breaks, anna: User, timeline: Timeline) -> None:
    breaks("orders")
    set_severity(incident=of("orders"), severity="critical", user=anna, now=after(1))
    assert kinds() == ["opened", "changed"]
    told = Delivery.objects.get(kind="changed").facts
    assert told["change"] == "Anna Berg raised the severity from high to critical."
    breaks("orders", at=5)
    assert of("orders").severity == "critical"
    assert len(kinds()) == 2


def test_whom_the_routes_lead_to_when_it_is_critical_hears_of_what_a_person_raised(
    breaks: Breaks, team: Team, anna: User, other_mail: Channel
) -> None:
    boss = Route.objects.create(team=team, name="critical", severities=["critical"])
    boss.channels.add(other_mail)
    boss.escalation = Escalation.objects.create(team=team, name="chain")
    boss.save()
    breaks("orders")
    set_severity(incident=of("orders"), severity="critical", user=anna, now=after(1))
    told = Delivery.objects.filter(kind="changed").values_list("channel__name", flat=True)
    assert set(told) == {"ops-mail", "other-mail"}
    assert of("orders").escalation == boss.escalation


def test_a_severity_that_a_person_lowered_is_no_news(breaks: Breaks, anna: User) -> None:
    breaks("orders")
    set_severity(incident=of("orders"), severity="low", user=anna, now=after(1))
    assert kinds() == ["opened"]


def test_a_lead_that_is_as_severe_as_its_part_says_so_once(breaks: Breaks, timeline: Timeline) -> None:
    breaks("orders")
    breaks("payments", severity="critical", at=1)
    for minute in (2, 3):
        breaks("orders", at=minute)
    assert of("orders").severity == "critical"
    assert [line for line in timeline(of("orders")) if "severity" in line] == [
        "The severity rose from high to critical, because of Freshness of payments."
    ]


def test_who_takes_a_part_takes_what_it_is_part_of(breaks: Breaks, anna: User, timeline: Timeline) -> None:
    breaks("orders", "payments")
    acknowledge(incident=of("payments"), user=anna, now=after(1))
    assert (of("orders").status, of("orders").acknowledged_by) == ("acknowledged", anna)
    assert timeline(of("orders"))[-1] == (
        "Anna Berg takes care of Freshness of payments, which is part of it, and so of it all."
    )


def test_who_has_the_lead_already_keeps_it(breaks: Breaks, anna: User) -> None:
    ben = User.objects.create_user("ben@example.com", name="Ben")
    breaks("orders", "payments")
    acknowledge(incident=of("orders"), user=ben, now=after(1))
    acknowledge(incident=of("payments"), user=anna, now=after(2))
    assert (of("orders").acknowledged_by, of("payments").acknowledged_by) == (ben, anna)


def test_what_was_learned_is_kept_also_after_the_end(breaks: Breaks, anna: User, timeline: Timeline) -> None:
    breaks("orders")
    recover("orders", at=5)
    describe(incident=of("orders"), texts={"cause": "The loader had no disk."}, user=anna, now=after(60))
    assert of("orders").cause == "The loader had no disk."
    assert timeline(of("orders"))[-1] == "Cause: The loader had no disk."


def test_what_comes_and_goes_stays_one_open_incident(breaks: Breaks, timeline: Timeline) -> None:
    for number in range(10):
        breaks("orders", at=number * 20)
        recover("orders", at=number * 20 + 10)
    assert Incident.objects.count() == 1
    assert (of("orders").status, of("orders").unstable_since) == ("open", after(40))
    assert kinds() == ["opened", "resolved", "reopened", "resolved", "reopened"]
    assert any(line.startswith("It comes and goes.") for line in timeline(of("orders")))


def test_an_incident_that_waits_for_others_is_not_open_for_its_own_rule(breaks: Breaks) -> None:
    breaks("orders", "payments")
    recover("orders", at=5)
    assert open_keys(keys=[key_of("orders"), key_of("payments")]) == {key_of("payments")}
