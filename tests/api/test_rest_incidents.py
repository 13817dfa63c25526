"""Incidents, connections and channels over REST."""

from __future__ import annotations

import pytest

from apps.alerts.models import Incident
from apps.api.rest.incidentacts import ACTS
from apps.teams.models import Role, Team
from tests.api.conftest import HOOK_SECRET, NIGHT, Desk
from tests.api.rest import person, program


@pytest.fixture
def team(desk: Desk) -> Team:
    desk.apply()
    return Team.objects.get()


@pytest.fixture
def incident(team: Team) -> Incident:
    return Incident.objects.create(
        team=team, key="rule/1/main.orders", title="main.orders is late", opened_at=NIGHT, last_seen_at=NIGHT,
        next_action_at=NIGHT,
    )  # fmt: skip


def test_incidents_are_listed_by_status(team: Team, incident: Incident) -> None:
    api = program(team)
    assert [item["title"] for item in api.get("incidents?status=open")["items"]] == ["main.orders is late"]
    assert api.get("incidents?status=resolved")["items"] == []
    assert api.get("incidents?status=closed")["field"] == "status"


def test_a_person_acknowledges(team: Team, incident: Incident) -> None:
    reply = person(team, Role.OPERATOR, "ada@example.com").post(f"incidents/{incident.pk}/acknowledge", {})
    assert (reply["status"], reply["acknowledged_by"]) == ("acknowledged", "ada@example.com")
    assert reply["timeline"][-1]["text"] == "ada@example.com takes care of it."


def test_a_script_acknowledges_under_the_name_of_its_token(team: Team, incident: Incident) -> None:
    reply = program(team, name="pager").post(f"incidents/{incident.pk}/acknowledge", {})
    assert (reply["status"], reply["acknowledged_by"]) == ("acknowledged", None)
    assert reply["timeline"][-1]["text"] == "The API token pager takes care of it."


def test_a_resolved_incident_cannot_be_acknowledged(team: Team, incident: Incident) -> None:
    Incident.objects.update(status="resolved", resolved_at=NIGHT)
    api = program(team)
    assert "resolved already" in api.post(f"incidents/{incident.pk}/acknowledge", {})["error"]
    assert api.status == 422


def test_for_a_stranger_the_incident_does_not_exist(incident: Incident) -> None:
    stranger = program(Team.objects.create(name="finance"))
    stranger.get(f"incidents/{incident.pk}")
    assert (stranger.status, stranger.get("incidents")["count"]) == (404, 0)


@pytest.mark.parametrize("act", ACTS)
def test_for_a_stranger_there_is_nothing_to_act_on(incident: Incident, act: str) -> None:
    stranger = program(Team.objects.create(name="finance"))
    stranger.post(f"incidents/{incident.pk}/{act}", {})
    assert stranger.status == 404


@pytest.mark.parametrize("act", ACTS)
def test_a_viewer_may_read_but_not_act(team: Team, incident: Incident, act: str) -> None:
    viewer = person(team, Role.VIEWER, "v@example.com")
    assert viewer.get(f"incidents/{incident.pk}")["status"] == "open"
    viewer.post(f"incidents/{incident.pk}/{act}", {})
    assert viewer.status == 403
    assert not Incident.objects.exclude(status="open").exists()


def test_connections_and_channels_are_listed_without_secrets(team: Team) -> None:
    api = program(team, Role.VIEWER)
    [connection] = api.get("connections")["items"]
    hook = next(channel for channel in api.get("channels")["items"] if channel["name"] == "ops-hook")
    assert (connection["name"], connection["engine"]) == ("shop", "duckdb")
    assert hook["settings"]["url"] == "http://127.0.0.1:9000/hook"
    assert HOOK_SECRET not in repr((connection, hook))


def test_a_stranger_sees_no_connections_and_channels(team: Team) -> None:
    stranger = program(Team.objects.create(name="finance"))
    assert stranger.get("connections")["items"] == stranger.get("channels")["items"] == []
