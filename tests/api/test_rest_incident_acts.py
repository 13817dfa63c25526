"""What can be done to incidents over REST, by people and by programs."""

from __future__ import annotations

from typing import Any

import pytest

from apps.alerts.models import Incident, TimelineEntry
from apps.teams.models import Role, Team
from tests.api.conftest import NIGHT, Desk
from tests.api.rest import Api, person, program


@pytest.fixture
def team(desk: Desk) -> Team:
    desk.apply()
    return Team.objects.get()


def made(team: Team, name: str = "orders", **known: Any) -> Incident:
    return Incident.objects.create(
        team=team, key=f"rule/1/main.{name}", title=f"main.{name} is late", opened_at=NIGHT, last_seen_at=NIGHT,
        next_action_at=NIGHT, **known,
    )  # fmt: skip


@pytest.fixture
def operator(team: Team) -> Api:
    return person(team, Role.OPERATOR, "ada@example.com")


def act(api: Api, incident: Incident, name: str, **body: Any) -> Any:
    return api.post(f"incidents/{incident.pk}/{name}", body)


@pytest.mark.parametrize(
    ("name", "body", "field", "value"),
    [
        ("assign", {"to": "ADA@example.com"}, "assigned_to", "ada@example.com"), ("assign", {}, "assigned_to", None),
        ("snooze", {"mode": "worse"}, "snooze", "worse"),
        ("snooze", {"until": "2027-01-04T09:00:00+01:00"}, "snoozed_until", "2027-01-04T08:00:00Z"),
        ("fixed", {}, "fixed_by", "ada@example.com"), ("severity", {"severity": "low"}, "severity", "low"),
        ("close", {"outcome": "expected"}, "outcome", "expected"), ("learned", {"cause": "A key."}, "cause", "A key."),
    ],
)  # fmt: skip
def test_an_act_answers_with_the_incident_as_it_is_then(
    operator: Api, team: Team, name: str, body: dict[str, Any], field: str, value: Any
) -> None:
    reply = act(operator, made(team), name, **body)
    assert (operator.status, reply[field]) == (200, value)
    assert "ada@example.com" in [line["user"] for line in reply["timeline"]]


@pytest.mark.parametrize(
    ("name", "body", "field", "words"),
    [
        ("close", {}, "outcome", "one of real"), ("close", {"outcome": 3}, "outcome", "must be text"),
        ("assign", {"to": "no@example.com"}, "to", "not in the team"), ("merge", {}, "into", "the number"),
        ("snooze", {"mode": "never"}, "mode", "must be one of"), ("snooze", {"until": "soon"}, "until", "its zone"),
        ("snooze", {"until": "2027-01-04T09:00:00"}, "until", "its zone"), ("split", {}, "", "by itself already"),
        ("note", {"text": " "}, "text", "empty"), ("fixed", {"why": "x"}, "why", "takes an empty body"),
        ("severity", {"severity": "awful"}, "severity", "no severity"),
        ("outcome", {"outcome": "real"}, "", "not over"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_says_why(
    operator: Api, team: Team, name: str, body: dict[str, Any], field: str, words: str
) -> None:
    reply = act(operator, made(team), name, **body)
    assert (operator.status, reply["field"]) == (422, field)
    assert words in reply["error"]
    assert not TimelineEntry.objects.exists()


def test_an_act_that_does_not_exist_is_named(operator: Api, team: Team) -> None:
    assert "Did you mean close?" in act(operator, made(team), "closed")["error"]
    assert operator.status == 404


def test_one_is_merged_into_another_and_split_off(operator: Api, team: Team) -> None:
    lead, other = made(team), made(team, "items")
    assert act(operator, other, "merge", into=lead.pk)["part_of"] == lead.pk
    whole = operator.get(f"incidents/{lead.pk}")
    assert whole["parts"] == [{"id": other.pk, "title": "main.items is late", "because": "person", "over": False}]
    assert act(operator, other, "split")["part_of"] is None


def test_into_an_incident_of_strangers_nothing_is_merged(operator: Api, team: Team) -> None:
    theirs = made(Team.objects.create(name="finance"), "theirs")
    act(operator, made(team), "merge", into=theirs.pk)
    assert operator.status == 404


def test_parts_are_listed_when_they_are_asked_for(operator: Api, team: Team) -> None:
    lead = made(team)
    made(team, "items", merged_into=lead, merged_as="table")
    assert [operator.get(f"incidents{query}")["count"] for query in ("", "?parts=true")] == [1, 2]


def test_incidents_are_listed_by_severity_and_outcome(operator: Api, team: Team) -> None:
    made(team, "a", severity="low")
    made(team, "b", status="resolved", resolved_at=NIGHT, outcome="real")
    titles = [operator.get(f"incidents?{query}")["items"] for query in ("severity=low", "outcome=real")]
    assert [[item["title"] for item in items] for items in titles] == [["main.a is late"], ["main.b is late"]]


def test_what_a_program_does_bears_the_name_of_its_token(team: Team) -> None:
    pager = program(team, Role.OPERATOR, name="pager")
    incident = made(team)
    for name, body in (("note", {"text": "Seen."}), ("severity", {"severity": "low"}), ("close", {"outcome": "real"})):
        act(pager, incident, name, **body)
    texts = " ".join(TimelineEntry.objects.values_list("text", flat=True))
    assert "The API token pager: Seen." in texts
    assert "The API token pager lowered the severity" in texts
    assert Incident.objects.get().outcome == "real"


def test_figures_tell_of_teams_and_rules(operator: Api, team: Team) -> None:
    made(team, rule_id=1, facts={"rule": "Orders keep arriving"}, outcome="real", status="resolved")
    reply = operator.get("figures?month=2026-11")
    assert (reply["teams"][0]["team"], reply["teams"][0]["this_month"]["precision_percent"]) == (team.name, 100.0)
    assert (reply["rules"][0]["rule"], reply["rules"][0]["last_month"]["incidents"]) == ("Orders keep arriving", 0)


def test_figures_are_those_of_ones_own_teams(team: Team) -> None:
    made(team)
    stranger = program(Team.objects.create(name="finance"))
    assert stranger.get("figures?month=2026-11") == {"teams": [], "rules": []}
    assert stranger.get("figures?month=soon")["field"] == "month"
