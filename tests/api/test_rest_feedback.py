"""Feedback and learned limits over REST: for people and scripts of the team, and for strangers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from apps.common.clock import utc_now
from apps.rules.models import Feedback, Observation, Rule, RuleState
from apps.teams.models import Role, Team
from tests.api.conftest import Desk
from tests.api.rest import Api, person, program

SAID: dict[str, Any] = {
    "meaning": "expected", "begins": "2020-11-20T00:00:00Z", "ends": "2020-11-21T00:00:00Z", "note": "Stocktaking",
}  # fmt: skip


@pytest.fixture
def team(desk: Desk) -> Team:
    desk.apply()
    return Team.objects.get()


@pytest.fixture
def path(team: Team) -> str:
    return f"rules/{Rule.objects.get(name='Orders volume').pk}"


@pytest.fixture(params=["person", "token"])
def operator(request: pytest.FixtureRequest, team: Team) -> Api:
    return person(team, Role.OPERATOR, "o@example.com") if request.param == "person" else program(team, Role.OPERATOR)


def test_what_is_said_is_found_again_and_taken_back(operator: Api, path: str) -> None:
    made = operator.post(f"{path}/feedback", SAID)
    assert (operator.status, made["table"], made["meaning"], made["note"]) == (
        201,
        "main.orders",
        "expected",
        "Stocktaking",
    )
    assert made["by"] in ("o@example.com", "token ci")
    assert operator.get(f"{path}/feedback")["items"] == [made]
    gone = operator.delete(f"{path}/feedback/{made['id']}")
    assert (operator.status, gone["taken_back_by"]) == (200, made["by"])
    assert operator.get(f"{path}/feedback")["items"] == [gone]
    operator.delete(f"{path}/feedback/{made['id']}")
    assert operator.status == 422


@pytest.mark.parametrize(("wrong", "field"), [
    ({"meaning": "expcted"}, "meaning"), ({"begins": "yesterday"}, "begins"), ({"ends": 5}, "ends"),
    ({"table": "main.none"}, "table"), ({"begin": "x"}, "begin"),
])  # fmt: skip
def test_what_makes_no_sense_names_its_field(operator: Api, path: str, wrong: dict[str, Any], field: str) -> None:
    reply = operator.post(f"{path}/feedback", {**SAID, **wrong})
    assert (operator.status, reply["field"]) == (422, field)
    assert not Feedback.objects.exists()


def test_a_viewer_reads_and_says_nothing(team: Team, path: str) -> None:
    made = person(team, Role.OPERATOR, "o@example.com").post(f"{path}/feedback", SAID)
    viewer = person(team, Role.VIEWER, "v@example.com")
    assert viewer.get(f"{path}/feedback")["count"] == 1
    viewer.post(f"{path}/feedback", SAID)
    assert viewer.status == 403
    viewer.delete(f"{path}/feedback/{made['id']}")
    assert viewer.status == 403


def test_for_a_stranger_there_is_nothing(team: Team, path: str) -> None:
    made = person(team, Role.OPERATOR, "o@example.com").post(f"{path}/feedback", SAID)
    stranger = person(Team.objects.create(name="finance"), Role.ADMINISTRATOR, "s@example.com")
    calls: list[tuple[str, str, Any]] = [
        ("get", "feedback", None),
        ("post", "feedback", SAID),
        ("delete", f"feedback/{made['id']}", None),
        ("get", "learned", None),
        ("get", "proposal", None),
    ]
    for method, rest, body in calls:
        stranger.call(method, f"{path}/{rest}", body)
        assert stranger.status == 404, rest


def test_feedback_of_another_rule_is_not_found_here(operator: Api, path: str) -> None:
    made = operator.post(f"{path}/feedback", SAID)
    operator.delete(f"rules/{Rule.objects.get(name='Orders keep arriving').pk}/feedback/{made['id']}")
    assert operator.status == 404


def test_what_is_learned_has_its_numbers(operator: Api, path: str) -> None:
    assert operator.get(f"{path}/learned")["learning"] == "learning"
    state, today = RuleState.objects.get(rule__name="Orders volume"), utc_now().replace(hour=0, minute=0, second=0)
    for back in range(40, 0, -1):
        Observation.objects.create(state=state, measure="rows_arrived", at=today - timedelta(days=back), value=24.0)
    reply = operator.get(f"{path}/learned?table=main.orders")
    assert (operator.status, reply["learned"], reply["unusual"], reply["learning"]) == (200, "beside", False, "")
    assert reply["low"] < 24 == round(reply["expected"]) < reply["high"]
    operator.get(f"{path}/learned?table=main.none")
    assert operator.status == 422


def test_what_is_proposed_is_told_with_its_numbers(operator: Api, team: Team) -> None:
    rule, hour = Rule.objects.get(name="Orders keep arriving"), utc_now().replace(minute=0, second=0)
    RuleState.objects.update(last_check_at=utc_now())
    path, state = f"rules/{rule.pk}", RuleState.objects.get(rule=rule)
    assert operator.get(f"{path}/proposal") == {
        "sentence": "", "changes": None, "before": None, "after": None, "days": None, "lost": None
    }  # fmt: skip
    for back in range(30 * 24, -1, -1):
        at = hour - timedelta(hours=back) + timedelta(minutes=40 if back and back % 240 == 0 else 0)
        Observation.objects.create(state=state, measure="changed", at=at, value=0.0)
    for back in (240, 480, 720):
        begins = (hour - timedelta(hours=back)).isoformat()
        ends = (hour - timedelta(hours=back - 1)).isoformat()
        operator.post(f"{path}/feedback", {"meaning": "false_alarm", "begins": begins, "ends": ends})
    reply = operator.get(f"{path}/proposal")
    assert reply["sentence"].startswith("In the last 30 days 3 alerts were called false.")
    assert reply["changes"] == {"tolerance": "45m"}
    assert set(reply["before"]) == {"alerts", "false", "real", "found", "excused"}
    assert reply["before"]["false"] in (2, 3)  # the first is as old as the days that are looked at
    assert reply["after"]["false"] == 0
    assert (reply["days"], reply["lost"]) == (30, 0)
