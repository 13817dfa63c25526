"""Whom a rule names beside its channels: in files, over REST, and back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils.http import urlencode

from apps.alerts.models import Channel, Escalation, Route
from apps.api.specs import TeamSpec
from apps.rules.models import Rule
from apps.teams.models import Member, Role, Team, User
from apps.teams.services import add_member
from tests.api.conftest import CONFIG, NIGHT, Desk
from tests.api.grammars import SMALL, complaints, read_text
from tests.api.rest import Api, person, program

pytestmark = pytest.mark.django_db
KEYS = """\
    people: [ada@example.com, "Zoe@Example.com"]
    owner: ada@example.com
    tags: [nightly, finance]
"""
KNOWN = TeamSpec("data-ops", members=frozenset({"ada@example.com", "zoe@example.com"}))


@pytest.fixture
def team(desk: Desk) -> Team:
    desk.apply()
    team = Team.objects.get()
    for name in ("ada", "zoe"):
        add_member(team=team, user=User.objects.create_user(f"{name}@example.com", name=name.title()), role=Role.VIEWER)
    return team


@pytest.fixture
def rule(team: Team, desk: Desk) -> Rule:
    """The second rule of the file, with all three keys."""
    desk.apply(CONFIG + KEYS)
    return Rule.objects.get(name="Orders volume")


def test_a_file_names_people_an_owner_and_tags() -> None:
    found = read_text(SMALL + KEYS, existing=KNOWN).team.rules["Orders keep arriving"]
    assert found.people == {"ada@example.com", "zoe@example.com"}
    assert found.tags == {"nightly", "finance"}
    assert found.owner == "ada@example.com"


@pytest.mark.parametrize(
    ("key", "complaint"),
    [
        (
            "people: [zoe@example.com, aba@example.com]",
            "line 19: people: no member of the team has the address 'aba@example.com'. Did you mean ada@example.com?",
        ),
        (
            "owner: zo@example.com",
            "line 19: owner: no member of the team has the address 'zo@example.com'. Did you mean zoe@example.com?",
        ),
        ("owner: nobody", "line 19: owner: no member of the team has the address 'nobody'."),
        ("owner: [ada@example.com]", "line 19: owner: must be text"),
        ("people: ada@example.com", "line 19: people: must be a list"),
        ('tags: ["a,b"]', "line 19: tags.0: "),
        ("tag: [a]", "line 19: 'tag' is not known here. Did you mean tags?"),
    ],
)
def test_what_cannot_be_is_told_with_its_line_and_near_names(key: str, complaint: str) -> None:
    assert complaint in complaints(f"{SMALL}    {key}\n", existing=KNOWN)[-1]


def test_they_are_applied_and_exported_in_a_fixed_order(rule: Rule, desk: Desk) -> None:
    assert {user.email for user in rule.people.all()} == {"ada@example.com", "zoe@example.com"}
    assert (str(rule.owner), rule.tags) == ("Ada", ["finance", "nightly"])
    exported = desk.export()
    told = "    people: [ada@example.com, zoe@example.com]\n    owner: ada@example.com\n    tags: [finance, nightly]\n"
    assert told in exported
    assert desk.apply(exported).plan.summary == "0 to add, 0 to change, 0 to remove, 5 unchanged."
    assert desk.export() == exported


def test_without_them_an_export_has_no_such_keys(team: Team, desk: Desk) -> None:
    exported = desk.export()
    assert not any(f"    {key}:" in exported for key in ("people", "owner", "tags"))


def test_a_key_that_is_taken_out_of_the_file_is_taken_off_the_rule(rule: Rule, desk: Desk) -> None:
    plan = desk.apply().plan
    assert plan.summary == "0 to add, 1 to change, 0 to remove, 4 unchanged."
    rule.refresh_from_db()
    assert (rule.people.count(), rule.owner, rule.tags) == (0, None, [])


def test_whoever_left_the_team_is_not_exported(rule: Rule, desk: Desk) -> None:
    Member.objects.get(user__email="ada@example.com").delete()
    exported = desk.export()
    assert "ada@example.com" not in exported
    assert desk.apply(exported).plan.summary == "0 to add, 0 to change, 0 to remove, 5 unchanged."


def test_over_rest_they_are_read_and_changed(rule: Rule) -> None:
    api = program(rule.team)
    reply = api.get(f"rules/{rule.pk}")
    assert (reply["people"], reply["owner"]) == (["ada@example.com", "zoe@example.com"], "ada@example.com")
    reply = api.patch(f"rules/{rule.pk}", {"people": [], "owner": None, "tags": ["x"]})
    assert (reply["people"], reply["owner"], reply["tags"]) == ([], None, ["x"])


@pytest.mark.parametrize("change", [{"owner": "ad@example.com"}, {"people": ["ad@example.com"]}])
def test_over_rest_an_unknown_address_is_answered_with_near_ones(rule: Rule, change: dict[str, Any]) -> None:
    api = program(rule.team)
    reply = api.patch(f"rules/{rule.pk}", change)
    assert (api.status, reply["field"]) == (422, next(iter(change)))
    assert "Did you mean ada@example.com" in reply["error"]


@pytest.fixture
def route(rule: Rule) -> Route:
    """The first route of the team, with an escalation."""
    ada = User.objects.get(email="ada@example.com")
    nights = Escalation.objects.create(team=rule.team, name="Nights")
    nights.steps.create(after_minutes=30).people.set([ada])
    row = Route.objects.create(team=rule.team, name="Finance", tags=["finance"], escalation=nights)
    row.channels.set(Channel.objects.filter(name="ops-hook"))
    return row


def test_routes_are_listed_with_their_sentences(route: Route) -> None:
    (found,) = program(route.team).get("routes")["items"]
    assert (found["takes"], found["tells"]) == ("Incidents with the tag finance.", "Tells ops-hook.")
    assert (found["channels"], found["escalation"], found["catch_all"]) == (["ops-hook"], "Nights", False)


def test_the_preview_of_a_rule_says_who_and_when(route: Route, rule: Rule) -> None:
    query = urlencode({"rule": str(rule.pk), "at": NIGHT.isoformat()})
    found = program(route.team).get(f"routes/preview?{query}")
    assert [each["name"] for each in found["told"]] == ["ops-mail", "Ada", "Zoe"]
    assert found["told"][0]["because"] == "the rule names this channel."
    assert (found["route"], found["escalation"]) == ("Finance", "Nights")
    assert [(step["at"], [each["name"] for each in step["told"]]) for step in found["steps"]] == [
        ((NIGHT + timedelta(minutes=30)).isoformat().replace("+00:00", "Z"), ["Ada"])
    ]


def test_the_preview_of_a_described_incident(route: Route) -> None:
    api = program(route.team)
    assert [each["name"] for each in api.get("routes/preview?tags=finance,x")["told"]] == ["ops-hook"]
    assert api.get("routes/preview?severity=low")["route"] is None
    assert "with its zone" in api.get("routes/preview?at=2026-11-21T03:00:00")["error"]
    assert api.get("routes/preview?severity=urgent")["field"] == "severity"


def stranger() -> Api:
    return person(Team.objects.create(name="finance"), Role.ADMINISTRATOR, "s@example.com")


def test_a_viewer_reads_routes_and_a_stranger_finds_none(route: Route, rule: Rule) -> None:
    viewer, other = person(route.team, Role.VIEWER, "v@example.com"), stranger()
    assert (viewer.get("routes")["count"], other.get("routes")["count"]) == (1, 0)
    query = urlencode({"team": route.team.name})
    for address in (f"routes/preview?rule={rule.pk}", f"routes/preview?{query}"):
        statuses = []
        for api in (viewer, other):
            api.get(address)
            statuses.append(api.status)
        assert statuses == [200, 404]
