"""Rules are shown before they are made: those of ticked tables, read from their history, and those of a preset."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.core import signing
from django.test import Client

from apps.connections.models import Connection, Table
from apps.connections.services import refresh_catalogue, save_connection
from apps.rules.models import Rule
from tests.pages.conftest import NASTY, NOW, World

pytestmark = pytest.mark.django_db
KINDS = ["freshness", "volume", "schema"]


@pytest.fixture
def known(world: World, store: Path) -> Connection:
    """A connection with orders, hourly payments and a view, all in the catalogue; nothing watches them."""
    world.rule.delete()
    with duckdb.connect(str(store)) as session:
        session.execute(
            "CREATE TABLE payments AS SELECT range AS id, now()::TIMESTAMP - range * INTERVAL 1 HOUR AS created_at, "
            "CASE range % 2 WHEN 0 THEN 'paid' ELSE 'open' END AS status FROM range(2000)"
        )
        session.execute("CREATE VIEW paid AS FROM payments")
    connection = save_connection(team=world.team, name="warehouse", engine="duckdb", settings={"path": str(store)})
    refresh_catalogue(connection=connection, now=NOW)
    return connection


def address(connection: Connection, part: str = "") -> str:
    return f"/connections/connection/{connection.pk}/suggestions/{part}"


def show(client: Client, connection: Connection, *names: str, **more: Any) -> str:
    chosen = [Table.objects.get(connection=connection, name=name).pk for name in names]
    posted = {"table": chosen, "kind": KINDS, "act": "show", **more}
    return client.post(address(connection), posted).content.decode()


def sealed(page: str) -> str:
    found = re.search(r'name="rules" value="([^"]+)"', page)
    assert found
    return html.unescape(found[1])


def make(client: Client, connection: Connection, page: str, *places: int, **more: Any) -> str:
    answer = client.post(address(connection, "make/"), {"rules": sealed(page), "rule": places, **more})
    return answer.content.decode()


def test_the_rules_are_shown_with_their_reasons_and_nothing_is_made(manager: Client, known: Connection) -> None:
    page = show(manager, known, "payments", "orders", history="on", values="on")
    assert "own past shows. Nothing is made yet." in page
    assert "Hourly loads on 100 % of days; the longest gap was 1 h." in page
    assert "It holds 2 different values in 2,000 rows." in page
    assert not Rule.objects.exists()


def test_those_that_are_ticked_are_made_as_they_were_shown(manager: Client, known: Connection, world: World) -> None:
    page = show(manager, known, "payments", history="on")
    told = make(manager, known, page, 0, 2, notify=[world.channel.pk])
    assert "2 rules on 1 table are live" in told
    rules = {rule.kind: rule for rule in Rule.objects.all()}
    assert set(rules) == {"freshness", "schema"}
    assert rules["freshness"].settings["every"] == "1h"
    assert list(rules["schema"].notify.all()) == [world.channel]


def test_a_history_can_also_be_read_without_looking_at_the_rules_first(manager: Client, known: Connection) -> None:
    table = Table.objects.get(connection=known, name="payments")
    manager.post(address(known), {"table": [table.pk], "kind": ["freshness"], "history": "on"})
    assert Rule.objects.get().settings["column"] == "created_at"


def test_when_nothing_is_ticked_nothing_is_made(manager: Client, known: Connection) -> None:
    assert "No rule was ticked." in make(manager, known, show(manager, known, "payments"))
    assert not Rule.objects.exists()


@pytest.mark.parametrize("text", ["", "made:up:text"])
def test_rules_that_were_not_shown_are_not_made(manager: Client, known: Connection, text: str) -> None:
    answer = manager.post(address(known, "make/"), {"rules": text, "rule": [0]})
    assert "This page is too old; ask for the rules again." in answer.content.decode()


def test_rules_of_another_connection_are_not_made(manager: Client, known: Connection, world: World) -> None:
    page = show(manager, known, "payments")
    answer = manager.post(address(world.connection, "make/"), {"rules": sealed(page), "rule": [0]})
    assert "This page is too old" in answer.content.decode()
    assert signing.loads(sealed(page), salt=f"proposed-rules-{known.pk}")


def test_a_store_that_is_away_is_told_on_the_list(manager: Client, known: Connection, store: Path) -> None:
    store.unlink()
    page = show(manager, known, "payments", history="on")
    assert "Nothing was made." in page
    assert 'name="table"' in page


def test_names_are_never_markup(manager: Client, known: Connection, store: Path) -> None:
    with duckdb.connect(str(store)) as session:
        session.execute(f'CREATE TABLE "orders {NASTY}" AS SELECT \'{NASTY}\' AS "status {NASTY}" FROM range(5000)')
    refresh_catalogue(connection=known, now=NOW)
    page = show(manager, known, f"orders {NASTY}", history="on", values="on")
    assert NASTY not in page
    assert NASTY not in make(manager, known, page, *range(9))


def test_a_preset_is_fitted_and_made(manager: Client, known: Connection) -> None:
    page = manager.get(address(known, "presets/?preset=shop")).content.decode()
    assert "A shop: 1 of 5 rules find a table by its name." in page
    assert "has not changed for more than 70 min (expected every 60 min, 10 min tolerance)" in page
    assert "No table here has a name about inventory or stock." in page
    told = make(manager, known, page, 0)
    assert "1 rule on 1 table is live" in told
    assert (Rule.objects.get().severity, Rule.objects.get().table) == ("critical", "main.orders")


def test_another_table_can_be_chosen_and_a_rule_left_out(manager: Client, known: Connection) -> None:
    query = "presets/?preset=shop&table-0=main.payments&table-1=main.payments&table-2="
    page = manager.get(address(known, query)).content.decode()
    assert "2 of 5 rules" in page
    assert "Alerts if main.payments has not changed for more than 70 min" in page


def test_a_rule_that_a_table_has_already_is_not_ticked(manager: Client, known: Connection) -> None:
    make(manager, known, manager.get(address(known, "presets/?preset=shop")).content.decode(), 0)
    page = manager.get(address(known, "presets/?preset=shop")).content.decode()
    assert "The table has a rule of this kind already." in page
    assert 'id="rule-0" checked' not in page


def test_a_channel_of_an_impossible_number_is_none(manager: Client, known: Connection) -> None:
    page = show(manager, known, "payments")
    assert "rules on 1 table are live" in make(manager, known, page, 0, 1, notify="9" * 30)


def test_all_three_presets_are_offered(manager: Client, known: Connection) -> None:
    page = manager.get(address(known, "presets/")).content.decode()
    assert [f"?preset={key}" in page for key in ("fintech", "shop", "services")] == [True] * 3
    assert manager.get(address(known, "presets/?preset=bank")).status_code == 404


@pytest.mark.parametrize(("client_name", "status"), [("viewer", 403), ("operator", 403), ("stranger", 404)])
def test_only_who_may_configure_sees_and_makes(
    request: pytest.FixtureRequest, known: Connection, client_name: str, status: int
) -> None:
    client: Client = request.getfixturevalue(client_name)
    assert client.get(address(known, "presets/?preset=shop")).status_code == status
    assert client.post(address(known), {"table": [1], "kind": KINDS, "act": "show"}).status_code == status
    assert client.post(address(known, "make/"), {"rules": "x"}).status_code == status
