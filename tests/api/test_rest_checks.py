"""Results of checks and the record of rules over REST, in pages and as files."""

from __future__ import annotations

import csv
from datetime import timedelta
from typing import Any

import pytest

from apps.alerts.models import Incident
from apps.rules.models import Check, Rule, RuleState
from apps.teams.models import Role, Team
from tests.api.conftest import NIGHT, Desk
from tests.api.rest import Api, person, program


@pytest.fixture
def rule(desk: Desk) -> Rule:
    desk.apply()
    rule = Rule.objects.get(name="Orders keep arriving")
    state = RuleState.objects.get(rule=rule)
    for minute in range(10):
        verdict = "breached" if minute == 9 else "ok"
        Check.objects.create(
            state=state, at=NIGHT + timedelta(minutes=minute), verdict=verdict, measured=60, high=4_200
        )
    Incident.objects.create(
        team=rule.team, key=f"rule/{rule.pk}/main.orders", title="late", opened_at=NIGHT, last_seen_at=NIGHT,
        next_action_at=NIGHT,
    )  # fmt: skip
    return rule


def file(api: Api, path: str, **headers: str) -> list[dict[str, str]]:
    answer: Any = api.client.get(f"/api/v1/{path}", headers={**api.headers, **headers})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(b"".join(answer.streaming_content).decode().splitlines()))


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 10), ("verdict=breached", 1), ("table=main.orders", 10), ("table=main.others", 0),
        ("from=2026-11-21T03:05:00Z", 5), ("to=2026-11-21T03:05:00Z", 5),
        ("from=2026-11-21T04:02:00%2B01:00&to=2026-11-21T03:04:00Z", 2),
    ],
)  # fmt: skip
def test_results_are_narrowed_the_same_way_in_pages_and_files(rule: Rule, query: str, count: int) -> None:
    api = program(rule.team)
    reply = api.get(f"rules/{rule.pk}/checks?{query}")
    assert (reply["count"], len(reply["items"])) == (count, count)
    assert len(file(api, f"rules/{rule.pk}/checks?{query}&format=csv")) == count


def test_pages_keep_the_filters(rule: Rule) -> None:
    api = program(rule.team)
    first = api.get(f"rules/{rule.pk}/checks?verdict=ok&limit=5")
    second = api.get(first["next"].removeprefix("/api/v1/"))
    ids = [item["id"] for item in first["items"] + second["items"]]
    assert (len(ids), ids, second["next"]) == (9, sorted(ids, reverse=True), None)


def test_a_file_is_also_had_by_the_accept_header(rule: Rule) -> None:
    rows = file(program(rule.team), f"rules/{rule.pk}/checks", Accept="text/csv")
    assert (rows[0]["verdict"], rows[0]["at"], rows[0]["unit"]) == ("breached", "2026-11-21T03:09:00+00:00", "seconds")


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html,*/*;q=0.8"])
def test_without_a_wish_the_answer_is_json(rule: Rule, accept: str) -> None:
    api = program(rule.team)
    answer = api.client.get(f"/api/v1/rules/{rule.pk}/checks", headers={**api.headers, "Accept": accept})
    assert answer.headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("format=csv&limit=5", "limit"), ("format=csv&after=5", "after"), ("format=xml", "format"),
        ("verdict=fine", "verdict"), ("from=2026-11-21T03:05:00", "from"), ("table=a.b.c", "table"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_named(rule: Rule, query: str, field: str) -> None:
    api = program(rule.team)
    assert api.get(f"rules/{rule.pk}/checks?{query}")["field"] == field
    assert api.status == 422


def test_results_are_for_members_of_the_team(rule: Rule) -> None:
    owner = person(rule.team, Role.VIEWER, "ada@example.com")
    stranger = person(Team.objects.create(name="Others"), Role.ADMINISTRATOR, "eve@example.com")
    owner.get(f"rules/{rule.pk}/checks?format=json")
    stranger.get(f"rules/{rule.pk}/checks?format=csv")
    assert (owner.status, stranger.status) == (200, 404)


def test_the_record_of_rules_has_the_month_and_the_one_before(rule: Rule) -> None:
    reply = program(rule.team).get("noise?month=2026-11")
    first, second = reply["items"]
    assert (first["place"], first["rule_id"], second["place"], reply["count"]) == (1, rule.pk, 2, 2)
    assert (first["this_month"]["alerts"], first["this_month"]["checks"], first["this_month"]["unsaid"]) == (1, 10, 1)
    assert (first["last_month"]["month"], first["last_month"]["alerts"]) == ("2026-10", 0)


def test_the_record_continues_after_a_place_and_comes_as_a_file(rule: Rule) -> None:
    api = program(rule.team)
    first = api.get("noise?month=2026-11&limit=1")
    second = api.get(first["next"].removeprefix("/api/v1/"))
    assert (second["items"][0]["place"], second["next"]) == (2, None)
    assert [row["month"] for row in file(api, "noise?month=2026-11&format=csv")] == ["2026-11", "2026-10"] * 2


@pytest.mark.parametrize(("query", "field"), [("month=11", "month"), ("timezone=Mars", "timezone")])
def test_a_wrong_month_or_zone_is_named(rule: Rule, query: str, field: str) -> None:
    assert program(rule.team).get(f"noise?{query}")["field"] == field


def test_of_other_teams_the_record_says_nothing(rule: Rule) -> None:
    stranger = person(Team.objects.create(name="Others"), Role.ADMINISTRATOR, "eve@example.com")
    assert stranger.get("noise?month=2026-11")["items"] == []
    assert file(stranger, "noise?month=2026-11&format=csv") == []
