"""Which tables to watch, for programs: over REST and on the command line, with rules that can be pasted into a file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from django.core.management import call_command

from apps.connections.models import Connection
from apps.connections.services import refresh_catalogue, save_connection
from apps.rules.models import Rule
from apps.teams.models import Role, Team
from tests.api.conftest import NIGHT, Desk
from tests.api.rest import person, program

HEAD = "version: 1\nteam: data-ops\nconnections:\n  shop: {engine: duckdb, path: ./shop.duckdb}\n"


@pytest.fixture
def shop(desk: Desk, make_store: Callable[..., None]) -> Connection:
    """A connection without rules to a store of four tables. Its catalogue was not read yet."""
    make_store(
        "CREATE TABLE payments AS SELECT range AS id, now() AS created_at FROM range(20000)",
        "CREATE TABLE orders_bak AS FROM orders",
        "CREATE VIEW paid AS FROM payments",
    )
    desk.apply(HEAD)
    return Connection.objects.get()


@pytest.fixture
def known(shop: Connection) -> Connection:
    refresh_catalogue(connection=shop, now=NIGHT)
    return shop


def printed(capsys: pytest.CaptureFixture[str], *arguments: str, **options: Any) -> str:
    call_command("suggest", *arguments, **options)
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *arguments: str, **options: Any) -> str:
    with pytest.raises(SystemExit) as ended:
        call_command("suggest", *arguments, **options)
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_the_tables_come_in_their_order_with_reason_and_rules(known: Connection) -> None:
    reply = program(known.team).get(f"connections/{known.pk}/suggestions")
    first = reply["items"][0]
    assert [item["table"] for item in reply["items"]][:2] == ["main.payments", "main.orders"]
    assert (first["place"], first["suggested"], first["rows"], first["kind"]) == (1, True, 20_000, "table")
    assert first["reason"].startswith("By its name it holds payments.")
    assert [rule["entry"]["kind"] for rule in first["rules"]] == ["freshness", "volume", "schema"]
    assert (reply["count"], reply["next"], reply["connection"]) == (4, None, "shop")


def test_a_proposed_rule_can_be_posted_as_it_is(known: Connection) -> None:
    api = program(known.team)
    for rule in api.get(f"connections/{known.pk}/suggestions")["items"][0]["rules"]:
        made = api.post("rules", rule["entry"])
        assert (api.status, made["sentence"]) == (201, rule["sentence"])
    again = api.get(f"connections/{known.pk}/suggestions")["items"]
    watched = next(item for item in again if item["table"] == "main.payments")
    assert (watched["watched_by"], watched["rules"]) == (["freshness", "schema", "volume"], [])


def test_pages_continue_after_a_place(known: Connection) -> None:
    api = program(known.team)
    first = api.get(f"connections/{known.pk}/suggestions?limit=3")
    second = api.get(first["next"].removeprefix("/api/v1/"))
    assert [item["place"] for item in first["items"] + second["items"]] == [1, 2, 3, 4]
    assert second["next"] is None


def test_before_the_first_look_nothing_is_suggested_and_nobody_asked(shop: Connection) -> None:
    reply = program(shop.team).get(f"connections/{shop.pk}/suggestions")
    assert (reply["items"], reply["count"], reply["catalogued_at"]) == ([], 0, None)


@pytest.mark.parametrize(("role", "status"), [(Role.MANAGER, 200), (Role.OPERATOR, 403), (Role.VIEWER, 403)])
def test_suggestions_are_for_those_who_may_configure(known: Connection, role: Role, status: int) -> None:
    member = person(known.team, role, "ada@example.com")
    member.get(f"connections/{known.pk}/suggestions")
    assert member.status == status


def test_for_a_stranger_the_connection_does_not_exist(known: Connection) -> None:
    stranger = program(Team.objects.create(name="finance"))
    stranger.get(f"connections/{known.pk}/suggestions")
    assert stranger.status == 404


def test_the_command_looks_first_and_prints_the_ranking(shop: Connection, capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "shop").splitlines()
    assert lines[0].split() == ["TABLE", "SIZE", "WHY"]
    assert lines[1].startswith("*  main.payments    20,000 rows  By its name it holds payments.")
    assert not next(line for line in lines if "main.orders_bak" in line).startswith("*")


def test_what_the_command_prints_can_be_applied_and_is_exported_the_same(
    shop: Connection, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = printed(capsys, "shop").partition("\nrules:\n")[2]
    desk.apply(f"{HEAD}rules:\n{rules}")
    exported = desk.export()
    assert set(Rule.objects.values_list("table", flat=True)) == {"main.payments", "main.orders"}
    assert [item for item in re.split(r"^(?=  # )", rules, flags=re.MULTILINE) if item not in exported] == []


def test_json_has_one_object_a_line_with_the_rules(shop: Connection, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [json.loads(line) for line in printed(capsys, "shop", json=True).splitlines()]
    assert [line["place"] for line in lines] == [1, 2, 3, 4]
    assert yaml.safe_load(lines[0]["rules"][0]["yaml"]) == [lines[0]["rules"][0]["entry"]]


def test_the_list_can_be_short_or_whole(known: Connection, capsys: pytest.CaptureFixture[str]) -> None:
    short = printed(capsys, "shop", limit=1)
    assert "3 more: list them with --limit 0." in short
    assert "orders_bak" not in short
    assert "orders_bak" in printed(capsys, "shop", limit=0)


def test_a_known_catalogue_is_read_anew_only_when_asked(
    known: Connection, make_store: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    make_store("CREATE TABLE invoices AS FROM payments")
    assert "main.invoices" not in printed(capsys, "shop")
    assert "main.invoices" in printed(capsys, "shop", look=True)


def test_watched_tables_are_marked(known: Connection, desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.apply(HEAD + "rules:\n  - {name: a, connection: shop, table: main.payments, kind: schema}\n")
    assert "w  main.payments" in printed(capsys, "shop")
    assert "Watched: schema." in printed(capsys, "shop")


def test_an_unknown_connection_names_the_nearest(shop: Connection, capsys: pytest.CaptureFixture[str]) -> None:
    assert "There is no connection 'shopp' in any team. Did you mean shop?" in refused(capsys, "shopp")


def test_a_name_that_two_teams_use_asks_for_the_team(shop: Connection, capsys: pytest.CaptureFixture[str]) -> None:
    other = Team.objects.create(name="finance")
    save_connection(team=other, name="shop", engine="duckdb", settings=shop.settings)
    assert "data-ops, finance. Choose one with --team." in refused(capsys, "shop")
    assert "main.payments" in printed(capsys, "shop", team="finance")


def test_a_store_that_can_not_be_read_is_told(shop: Connection, desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    (desk.folder / "shop.duckdb").unlink()
    assert "shop.duckdb" in refused(capsys, "shop")
