"""Rules over REST: for a manager, a viewer, a stranger and a script."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.rules.models import Rule, RuleState
from apps.rules.services import check_now
from apps.teams.models import Role, Team
from tests.api.conftest import NIGHT, Desk
from tests.api.rest import Api, person, program

ENTRY: dict[str, Any] = {
    "name": "Late orders",
    "connection": "shop",
    "table": "main.orders",
    "kind": "freshness",
    "every": "1h",
    "column": "updated_at",
}


@pytest.fixture
def team(desk: Desk) -> Team:
    desk.apply()
    return Team.objects.get()


@pytest.fixture
def rule(team: Team) -> Rule:
    return Rule.objects.get(name="Orders keep arriving")


@pytest.fixture(params=["person", "token"])
def manager(request: pytest.FixtureRequest, team: Team) -> Api:
    return person(team, Role.MANAGER, "manager@example.com") if request.param == "person" else program(team)


@pytest.fixture(params=["person", "token"])
def viewer(request: pytest.FixtureRequest, team: Team) -> Api:
    return person(team, Role.VIEWER, "v@example.com") if request.param == "person" else program(team, Role.VIEWER)


@pytest.fixture(params=["person", "token"])
def stranger(request: pytest.FixtureRequest, team: Team) -> Api:
    other = Team.objects.create(name="finance")
    return person(other, Role.ADMINISTRATOR, "s@example.com") if request.param == "person" else program(other)


def test_a_rule_is_made_with_its_sentence(manager: Api) -> None:
    reply = manager.post("rules", ENTRY)
    assert (manager.status, reply["team"], reply["every"], reply["warnings"]) == (201, "data-ops", "1h", [])
    assert "more than 70 min" in reply["sentence"]
    assert reply["state"]["tables"] == 1


def test_a_made_rule_is_found_again(manager: Api) -> None:
    made = manager.post("rules", ENTRY)
    assert manager.get(f"rules/{made['id']}") == made
    assert made["name"] in [item["name"] for item in manager.get("rules")["items"]]


def test_a_rule_is_changed_by_the_keys_that_are_sent(manager: Api, rule: Rule) -> None:
    reply = manager.patch(f"rules/{rule.pk}", {"tolerance": "20m", "notify": None, "paused": True})
    assert (manager.status, reply["notify"], reply["paused"], reply["every"]) == (200, [], True, "1h")
    assert "more than 80 min" in reply["sentence"]


def test_another_kind_does_not_take_the_old_settings_along(manager: Api, rule: Rule) -> None:
    reply = manager.patch(f"rules/{rule.pk}", {"kind": "volume", "column": "created_at"})
    assert (manager.status, reply["kind"]) == (200, "volume")
    assert "every" not in reply


def test_a_table_can_give_way_to_patterns(manager: Api, rule: Rule) -> None:
    reply = manager.patch(f"rules/{rule.pk}", {"tables": {"include": ["main.*"]}})
    assert (manager.status, reply["tables"], "table" in reply) == (200, {"include": ["main.*"]}, False)


def test_a_rule_is_deleted(manager: Api, rule: Rule) -> None:
    assert manager.delete(f"rules/{rule.pk}") is None
    assert (manager.status, Rule.objects.filter(pk=rule.pk).exists()) == (204, False)


def test_a_preview_tells_the_sentence_and_saves_nothing(manager: Api) -> None:
    assert "more than 70 min" in manager.post("rules/preview", ENTRY)["sentence"]
    assert not Rule.objects.filter(name="Late orders").exists()


def test_a_check_is_made_due_at_once(manager: Api, rule: Rule) -> None:
    check_now(rules=None, clock=lambda: NIGHT)
    before = RuleState.objects.get(rule=rule).next_check_at
    manager.post(f"rules/{rule.pk}/check")
    after = RuleState.objects.get(rule=rule).next_check_at
    assert (manager.status, after != before) == (202, True)


def test_a_paused_rule_cannot_be_checked(manager: Api, rule: Rule) -> None:
    manager.patch(f"rules/{rule.pk}", {"paused": True})
    assert manager.post(f"rules/{rule.pk}/check")["field"] == "paused"
    assert manager.status == 422


def test_results_are_paged_newest_first(manager: Api, rule: Rule) -> None:
    for _ in range(3):
        check_now(rules=[rule], clock=lambda: NIGHT)
    first = manager.get(f"rules/{rule.pk}/checks?limit=2")
    second = manager.get(first["next"].removeprefix("/api/v1/"))
    ids = [check["id"] for check in first["items"] + second["items"]]
    assert (first["count"], second["next"], ids) == (3, None, sorted(ids, reverse=True))
    assert first["items"][0]["expected"] == {"low": None, "high": 4200.0}


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"tolerence": "5m"}, "tolerence", "Did you mean tolerance?"),
        ({"table": "main.oders"}, "table", "Did you mean main.orders?"),
        ({"column": "updatd_at"}, "column", "Did you mean updated_at?"),
        ({"column": "id"}, "column", "id"),
        ({"connection": "shp"}, "connection", "Did you mean shop?"),
        ({"notify": ["ops-male"]}, "notify", "Did you mean ops-mail"),
        ({"kind": "freshnes"}, "kind", "Did you mean freshness?"),
        ({"name": "Orders volume"}, "name", "already has a rule named"),
        ({"name": 5}, "name", "must be text"),
        ({"every": None}, "", "exactly one of every, cron or by"),
        ({"team": "finance"}, "team", "There is no team 'finance'."),
    ],
)  # fmt: skip
def test_a_mistake_is_answered_with_its_field_and_saves_nothing(
    team: Team, change: dict[str, Any], field: str, words: str
) -> None:
    api = program(team)
    reply = api.post("rules", {**ENTRY, **change})
    assert (api.status, reply["field"]) == (422, field)
    assert words in reply["error"]
    assert Rule.objects.count() == 2


def test_a_viewer_may_look(viewer: Api, rule: Rule) -> None:
    assert viewer.get(f"rules/{rule.pk}")["name"] == rule.name
    assert viewer.get(f"rules/{rule.pk}/checks")["items"] == []


@pytest.mark.parametrize("verb", ["patch", "delete", "check", "create", "preview"])
def test_a_viewer_may_not_touch(viewer: Api, rule: Rule, verb: str) -> None:
    reply = write(viewer, rule, verb)
    assert (viewer.status, reply["error"].split(".")[0].split(",")[0]) == (403, "You may look at this")


@pytest.mark.parametrize("verb", ["get", "checks", "patch", "delete", "check"])
def test_for_a_stranger_the_rule_does_not_exist(stranger: Api, rule: Rule, verb: str) -> None:
    reply = write(stranger, rule, verb)
    assert (stranger.status, reply) == (404, {"error": f"There is no rule {rule.pk}.", "field": ""})
    assert stranger.get("rules")["items"] == []


def write(api: Api, rule: Rule, verb: str) -> Any:
    calls: dict[str, tuple[str, str, Any]] = {
        "get": ("get", f"rules/{rule.pk}", None),
        "checks": ("get", f"rules/{rule.pk}/checks", None),
        "patch": ("patch", f"rules/{rule.pk}", {"paused": True}),
        "delete": ("delete", f"rules/{rule.pk}", None),
        "check": ("post", f"rules/{rule.pk}/check", None),
        "create": ("post", "rules", ENTRY),
        "preview": ("post", "rules/preview", ENTRY),
    }
    return api.call(*calls[verb])


def test_an_operator_may_ask_for_a_check(team: Team, rule: Rule) -> None:
    operator = person(team, Role.OPERATOR, "operator@example.com")
    operator.post(f"rules/{rule.pk}/check")
    assert operator.status == 202


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer mw_wrong"}, {"Authorization": "Basic eDp5"}])
def test_without_a_login_or_a_token_there_is_nothing(team: Team, headers: dict[str, str]) -> None:
    nobody = Api(Client(), headers)
    assert "send a token" in nobody.post("rules", ENTRY)["error"]
    assert nobody.status == 401


def test_a_wrong_token_is_not_saved_by_a_session(team: Team) -> None:
    api = person(team, Role.MANAGER, "m@example.com")
    api.headers = {"Authorization": "Bearer mw_wrong"}
    api.get("rules")
    assert api.status == 401


def test_a_session_needs_the_csrf_token_to_write(team: Team, rule: Rule) -> None:
    api = person(team, Role.MANAGER, "m@example.com")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = api.client.cookies
    api.client = strict
    assert "CSRF" in api.patch(f"rules/{rule.pk}", {"paused": True})["error"]
    assert api.status == 403
    api.get("rules")
    assert api.status == 200


def test_a_person_in_two_teams_says_which_one_is_meant(team: Team) -> None:
    api = person(team, Role.MANAGER, "m@example.com")
    other = person(Team.objects.create(name="finance"), Role.MANAGER, "f@example.com")
    Team.objects.get(name="finance").members.create(user_id=api.client.session["_auth_user_id"], role=Role.MANAGER)
    assert api.post("rules", ENTRY)["field"] == "team"
    assert api.post("rules", {**ENTRY, "team": "data-ops"})["team"] == "data-ops"
    assert other.get("rules")["items"] == []


@pytest.mark.parametrize("body", ["{", "[1]", "5"])
def test_a_body_that_is_no_object_is_refused(team: Team, body: str) -> None:
    api = program(team)
    reply = api.post("rules", body)
    assert api.status in {400, 422}
    assert set(reply) == {"error", "field"}


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "after=x"])
def test_a_bad_parameter_is_named(team: Team, query: str) -> None:
    api = program(team)
    assert api.get(f"rules?{query}")["field"] == query.partition("=")[0]
    assert api.status == 422


def test_listing_asks_no_more_when_there_are_more_rules(
    team: Team, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    api = program(team)
    for number in range(10):
        api.post("rules", {**ENTRY, "name": f"Rule {number}"})
    with django_assert_max_num_queries(11):
        assert len(api.get("rules")["items"]) == 12


@pytest.mark.parametrize("address", ["nope", "rules/1/nope", "rules/"])
def test_an_address_that_is_none_is_answered_in_json(team: Team, address: str) -> None:
    api = program(team)
    assert api.get(address)["error"] == f"There is nothing at /api/v1/{address}. docs/api.md lists every address."
    assert api.status == 404
