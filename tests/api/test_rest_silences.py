"""Silences over REST."""

from __future__ import annotations

from typing import Any

import pytest

from apps.alerts.models import Silence
from apps.rules.models import Rule
from apps.teams.models import Role, Team
from tests.api.conftest import Desk
from tests.api.rest import person, program

LATER = "2090-01-01T00:00:00+00:00"


@pytest.fixture
def team(desk: Desk) -> Team:
    desk.apply()
    return Team.objects.get()


def mute(**changes: Any) -> dict[str, Any]:
    return {"reason": "Known", "tables": ["main.*"], "ends_at": LATER} | changes


def test_an_operator_mutes_lists_and_ends(team: Team) -> None:
    api = person(team, Role.OPERATOR, "ada@example.com")
    rule = Rule.objects.filter(team=team)[0]
    made = api.post("silences", mute(rule=rule.name))
    assert (api.status, made["owner"], made["rule"], made["kind"]) == (201, "ada@example.com", rule.name, "mute")
    assert made["sentence"].startswith("From now on until 1 Jan 2090")
    assert [item["id"] for item in api.get("silences")["items"]] == [made["id"]]
    ended = api.post(f"silences/{made['id']}/end")
    assert (api.status, ended["ends_at"] < LATER) == (200, True)
    assert api.post(f"silences/{made['id']}/end")["error"] == "This silence is over already."


def test_only_a_manager_plans_maintenance(team: Team) -> None:
    window = {"kind": "maintenance", "reason": "Backup", "weekdays": [6], "begins": "02:00", "minutes": 120,
              "timezone": "Europe/Berlin"}  # fmt: skip
    operator = person(team, Role.OPERATOR, "o@example.com")
    operator.post("silences", window)
    assert operator.status == 403
    made = program(team, Role.MANAGER).post("silences", window)
    assert "Every Sunday 02:00–04:00 (Europe/Berlin)" in made["sentence"]
    operator.post(f"silences/{made['id']}/end")
    assert operator.status == 403


def test_a_viewer_reads_and_a_stranger_finds_nothing(team: Team) -> None:
    made = program(team).post("silences", mute())
    viewer = person(team, Role.VIEWER, "v@example.com")
    assert viewer.get(f"silences/{made['id']}")["reason"] == "Known"
    viewer.post("silences", mute())
    assert viewer.status == 403
    viewer.post(f"silences/{made['id']}/end")
    assert viewer.status == 403
    stranger = program(Team.objects.create(name="finance"), name="other")
    assert stranger.get("silences")["count"] == 0
    for method, path in (("get", f"silences/{made['id']}"), ("post", f"silences/{made['id']}/end")):
        stranger.call(method, path)
        assert stranger.status == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"tables": []}, "rule"),
        ({"tables": "main.*"}, "tables"),
        ({"tables": [1]}, "tables"),
        ({"rule": "No such rule"}, "rule"),
        ({"rule": 987_654}, "rule"),
        ({"connection": 987_654}, "connection"),
        ({"ends_at": "tomorrow"}, "ends_at"),
        ({"ends_at": "2090-01-01T00:00:00"}, "ends_at"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, "ends_at"),
        ({"kind": "holiday"}, "kind"),
        ({"timezone": "Berlin"}, "timezone"),
        ({"weekdays": [7], "begins": "02:00", "minutes": 5}, "weekdays"),
        ({"weekdays": ["Sunday"]}, "weekdays"),
        ({"weekdays": [6]}, "begins"),
        ({"weekdays": [6], "begins": "2 am"}, "begins"),
        ({"weekdays": [6], "begins": "02:00", "minutes": 0}, "minutes"),
        ({"weekdays": [6], "begins": "02:00", "minutes": "120"}, "minutes"),
        ({"reasons": "x"}, "reasons"),
        ({"team": "finance"}, "team"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(team: Team, changes: dict[str, Any], field: str) -> None:
    api = program(team)
    assert api.post("silences", mute(**changes))["field"] == field
    assert api.status == 422
    assert not Silence.objects.exists()
