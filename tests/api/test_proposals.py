"""Proposals from a table's history, values and presets, over REST and on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from django.core.management import call_command

from apps.connections.models import Connection
from apps.connections.services import refresh_catalogue
from apps.teams.models import Role, Team
from tests.api.conftest import NIGHT, Desk
from tests.api.rest import person, program

HEAD = "version: 1\nteam: data-ops\nconnections:\n  shop: {engine: duckdb, path: ./shop.duckdb}\n"


@pytest.fixture
def known(desk: Desk, make_store: Callable[..., None]) -> Connection:
    """A connection without rules to a store with orders and hourly payments."""
    make_store(
        "CREATE TABLE payments AS SELECT range AS id, now()::TIMESTAMP - range * INTERVAL 1 HOUR AS created_at, "
        "CASE range % 2 WHEN 0 THEN 'paid' ELSE 'open' END AS status FROM range(2000)",
    )
    desk.apply(HEAD)
    connection = Connection.objects.get()
    refresh_catalogue(connection=connection, now=NIGHT)
    return connection


def test_the_history_is_read_when_asked_for(known: Connection) -> None:
    api = program(known.team)
    (item,) = api.post(f"connections/{known.pk}/suggestions", {"table": "main.pay*", "history": True})["items"]
    freshness = item["rules"][0]
    assert (freshness["entry"]["every"], freshness["entry"]["column"]) == ("1h", "created_at")
    assert freshness["why"].startswith("Hourly loads on 100 % of days")
    assert api.post("rules", freshness["entry"])["sentence"] == freshness["sentence"]


def test_values_are_read_when_asked_for(known: Connection) -> None:
    wanted = {"table": "main.payments", "values": True}
    (item,) = program(known.team).post(f"connections/{known.pk}/suggestions", wanted)["items"]
    entries = {rule["entry"]["kind"]: rule["entry"] for rule in item["rules"]}
    assert entries["unique"]["columns"] == ["id"]
    assert sorted(entries["values"]["accept"]) == ["open", "paid"]


def test_presets_can_be_posted_as_they_are(known: Connection) -> None:
    api = program(known.team)
    reply = api.get(f"connections/{known.pk}/presets")
    assert [item["preset"] for item in reply["items"]] == ["fintech", "shop", "services"]
    (shop,) = api.get(f"connections/{known.pk}/presets?preset=shop")["items"]
    first, third = shop["rules"][0], shop["rules"][2]
    assert (first["table"], third["entry"]) == ("main.orders", None)
    assert third["problem"] == "No table here has a name about inventory or stock."
    assert api.post("rules", first["entry"])["severity"] == "critical"


@pytest.mark.parametrize(("wanted", "field"), [({"limit": 200}, "limit"), ({"tables": "x"}, "tables")])
def test_what_cannot_be_asked_for_is_refused(known: Connection, wanted: dict[str, Any], field: str) -> None:
    api = program(known.team)
    reply = api.post(f"connections/{known.pk}/suggestions", wanted)
    assert (api.status, reply["field"]) == (422, field)


def test_an_unknown_preset_is_named(known: Connection) -> None:
    reply = program(known.team).get(f"connections/{known.pk}/presets?preset=shp")
    assert (reply["field"], "Did you mean shop?" in reply["error"]) == ("preset", True)


@pytest.mark.parametrize(("role", "status"), [(Role.MANAGER, 200), (Role.OPERATOR, 403), (Role.VIEWER, 403)])
def test_presets_are_for_those_who_may_configure(known: Connection, role: Role, status: int) -> None:
    member = person(known.team, role, "ada@example.com")
    stranger = person(Team.objects.create(name="Others"), Role.ADMINISTRATOR, "eve@example.com")
    for each, expected in ((member, status), (stranger, 404)):
        each.get(f"connections/{known.pk}/presets")
        assert each.status == expected
        each.post(f"connections/{known.pk}/suggestions", {"history": True})
        assert each.status == expected


def printed(capsys: pytest.CaptureFixture[str], **options: Any) -> str:
    call_command("suggest", "shop", **options)
    return capsys.readouterr().out


def test_the_command_prints_a_preset_that_can_be_applied(
    known: Connection, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    text = printed(capsys, preset="shop")
    assert "# The inventory is up to date: left out. No table here has a name about inventory or stock." in text
    rules = yaml.safe_load(text)["rules"]
    assert [(rule["table"], rule["kind"], rule["every"]) for rule in rules if "every" in rule] == [
        ("main.orders", "freshness", "1h")
    ]
    desk.apply(HEAD + text)
    assert len([json.loads(line) for line in printed(capsys, preset="shop", json=True).splitlines()]) == 5


def test_the_command_reads_the_history_of_the_tables_that_it_is_told(
    known: Connection, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    text = printed(capsys, table=["main.pay*"], history=True, values=True)
    rules = text.split("manage.py apply:\n\n")[1]
    assert "main.orders" not in text
    assert "  # Hourly loads on 100 % of days" in rules
    desk.apply(HEAD + rules)


def test_an_unknown_preset_ends_the_command(known: Connection, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("suggest", "shop", preset="bank")
    assert ended.value.code == 2
    assert "fintech, shop, services" in capsys.readouterr().err


def test_what_patterns_take_in_is_told_without_asking_the_store(known: Connection) -> None:
    entry = {"name": "All", "connection": "shop", "tables": {"include": ["main.*"], "exclude": ["main.o*"]}}
    reply = program(known.team).post("rules/matches", {**entry, "kind": "freshness", "every": "1d"})
    assert reply["items"] == [{"table": "main.payments", "problem": "", "own_rules": []}]
    assert (reply["count"], reply["left_out"], reply["known"]) == (1, 1, 2)


def test_a_rule_can_be_made_instead_of_a_table_of_another(known: Connection) -> None:
    api = program(known.team)
    frame: dict[str, Any] = {"connection": "shop", "kind": "freshness"}
    all_tables = api.post("rules", {**frame, "name": "All", "tables": {"include": ["main.*"]}, "every": "1d"})
    own = {**frame, "name": "Payments", "table": "main.payments", "every": "1w"}
    assert api.post("rules", {**own, "instead_of": "Al"})["field"] == "instead_of"
    api.post("rules", {**own, "instead_of": "All"})
    assert api.status == 201
    assert api.get(f"rules/{all_tables['id']}")["tables"]["exclude"] == ["main.payments"]


def test_what_patterns_take_in_is_for_those_who_may_configure(known: Connection) -> None:
    viewer = person(known.team, Role.VIEWER, "ada@example.com")
    viewer.post("rules/matches", {"name": "All", "connection": "shop", "kind": "schema"})
    assert viewer.status == 403
