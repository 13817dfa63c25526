"""The way from a connection to watched tables: look, read the reasons, tick, and have the rules."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.connections.models import Connection, ConnectionState, Table
from apps.connections.services import save_connection
from apps.rules.models import Rule, RuleState
from apps.teams.models import Role, Team
from tests.pages.conftest import NASTY, NOW, World

pytestmark = pytest.mark.django_db
KINDS = ["freshness", "volume", "schema"]


@pytest.fixture
def fresh(world: World, store: Path) -> Connection:
    """A connection of the same team to a store with orders, payments and a copy, at which nobody has looked yet."""
    world.rule.delete()
    with duckdb.connect(str(store)) as session:
        session.execute("CREATE TABLE payments AS SELECT range AS id, now() AS created_at FROM range(20000)")
        session.execute("CREATE TABLE payments_bak AS FROM payments")
        session.execute("CREATE VIEW paid AS FROM payments")
    return save_connection(team=world.team, name="warehouse", engine="duckdb", settings={"path": str(store)})


@pytest.fixture
def known(manager: Client, fresh: Connection) -> Connection:
    """The same after the first look."""
    manager.post(look_address(fresh))
    return fresh


def address(connection: Connection) -> str:
    return f"/connections/connection/{connection.pk}/suggestions/"


def look_address(connection: Connection) -> str:
    return f"{address(connection)}look/"


def id_of(connection: Connection, name: str) -> int:
    return Table.objects.get(connection=connection, name=name).pk


def watch(client: Client, connection: Connection, *names: str, **more: Any) -> str:
    chosen = [id_of(connection, name) for name in names]
    return client.post(address(connection), {"table": chosen, "kind": KINDS, **more}).content.decode()


def many_tables(team: Team, count: int) -> Connection:
    connection = Connection.objects.create(team=team, name="many", engine="duckdb", settings={"path": "x"})
    ConnectionState.objects.create(connection=connection, catalogued_at=NOW)
    Table.objects.bulk_create(
        Table(connection=connection, schema="main", name=f"t{number:04}", rows=number, first_seen_at=NOW, looked_at=NOW,
              watched_since=NOW)
        for number in range(count)
    )  # fmt: skip
    return connection


def test_before_the_first_look_the_page_offers_one(manager: Client, fresh: Connection) -> None:
    page = manager.get(address(fresh)).content.decode()
    assert "Midwatch has not seen the tables" in page
    assert "Look now" in page
    assert 'hx-trigger="every 2s"' in page


def test_while_tables_are_listed_the_page_does_not_refresh_itself(manager: Client, known: Connection) -> None:
    ConnectionState.objects.filter(connection=known).update(catalogued_at=None)
    page = manager.get(address(known)).content.decode()
    assert "The catalogue is being read" in page
    assert "every 2s" not in page


def test_an_empty_store_says_so(manager: Client, world: World, tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()
    settings = {"path": str(tmp_path / "empty.duckdb")}
    empty = save_connection(team=world.team, name="empty", engine="duckdb", settings=settings)
    assert "There is no table in" in manager.post(look_address(empty), follow=True).content.decode()


def test_after_the_look_tables_and_views_are_counted_apart(manager: Client, fresh: Connection) -> None:
    page = manager.post(look_address(fresh), follow=True).content.decode()
    assert "3 tables and 1 view in" in page
    assert "The catalogue was read" in page


def test_a_store_that_can_not_be_read_says_why_and_what_to_do(manager: Client, fresh: Connection, store: Path) -> None:
    store.unlink()
    for page in (manager.post(look_address(fresh)), manager.get(address(fresh))):
        assert "mw-banner-bad" in page.content.decode()
        assert "shop.duckdb" in page.content.decode()


def test_the_suggested_are_ticked_and_say_why_and_when_they_would_alert(manager: Client, known: Connection) -> None:
    page = manager.get(address(known)).content.decode()
    assert "By its name it holds payments." in page
    assert "Alerts if main.payments has not changed for more than 3 days" in page
    for name, ticked in (("payments", True), ("orders", True), ("payments_bak", False)):
        box = f'value="{id_of(known, name)}" id="table-{id_of(known, name)}"'
        assert (f"{box} checked" in page) is ticked
        assert box in page


@pytest.mark.parametrize(("tick", "ticked"), [("all", 4), ("none", 0), ("suggested", 2), ("nonsense", 2)])
def test_all_or_none_can_be_ticked(manager: Client, known: Connection, tick: str, ticked: int) -> None:
    page = manager.get(f"{address(known)}?tick={tick}").content.decode()
    boxes = page.partition('name="kind"')[0]
    assert len(re.findall(r"<input[^>]* checked", boxes)) == ticked


def test_a_search_keeps_the_tables_with_the_words_in_their_names(manager: Client, known: Connection) -> None:
    page = manager.get(f"{address(known)}?q=BAK").content.decode()
    assert "main.payments_bak" in page
    assert "main.orders" not in page


def test_one_click_makes_the_rules_and_lists_them(manager: Client, known: Connection, world: World) -> None:
    page = watch(manager, known, "payments", "orders", notify=[world.channel.pk])
    made = list(Rule.objects.order_by("name").values_list("name", flat=True))
    assert made == [
        "main.orders freshness", "main.orders schema", "main.payments freshness", "main.payments schema",
        "main.payments volume",
    ]  # fmt: skip
    assert "5 rules on 2 tables are live" in page
    assert all(name in page for name in made)
    assert {rule.notify.get() for rule in Rule.objects.all()} == {world.channel}
    assert RuleState.objects.filter(next_check_at__isnull=False).count() == 5


def test_only_the_chosen_kinds_are_made(manager: Client, known: Connection) -> None:
    watch(manager, known, "payments", kind=["schema"])
    assert [rule.kind for rule in Rule.objects.all()] == ["schema"]


def test_doing_it_twice_makes_nothing_twice(manager: Client, known: Connection) -> None:
    watch(manager, known, "payments")
    page = watch(manager, known, "payments")
    assert "No rule was made." in page
    assert "No rule of the chosen kinds fits it, or it has them already." in page
    assert Rule.objects.count() == 3


def test_a_watched_table_is_shown_as_such_with_what_it_lacks(manager: Client, known: Connection) -> None:
    watch(manager, known, "payments", kind=["schema", "volume"])
    page = manager.get(address(known)).content.decode()
    assert "Watched: volume, schema" in page
    assert "1 rule: freshness" in page


def test_a_name_that_is_taken_gets_the_connection_beside_it(manager: Client, known: Connection, world: World) -> None:
    watch(manager, known, "payments", kind=["schema"])
    other = save_connection(team=world.team, name="copy", engine="duckdb", settings=known.settings)
    manager.post(look_address(other))
    watch(manager, other, "payments", kind=["schema"])
    assert set(Rule.objects.values_list("name", flat=True)) == {"main.payments schema", "main.payments schema (copy)"}


def test_a_table_that_is_gone_gets_no_rule_and_the_others_theirs(
    manager: Client, known: Connection, store: Path
) -> None:
    with duckdb.connect(str(store)) as session:
        session.execute("DROP VIEW paid")
        session.execute("DROP TABLE payments")
    page = watch(manager, known, "payments", "orders")
    assert "There is no table main.payments in warehouse." in page
    assert set(Rule.objects.values_list("table", flat=True)) == {"main.orders"}


@pytest.mark.parametrize(
    "sent", [{"table": [], "kind": KINDS}, {"table": [1], "kind": []}, {"table": ["x"], "kind": ["x"]}]
)
def test_without_a_table_or_a_kind_the_page_says_what_is_missing(
    manager: Client, known: Connection, sent: dict[str, Any]
) -> None:
    assert "Nothing was made: tick" in manager.post(address(known), sent).content.decode()
    assert not Rule.objects.exists()


def test_tables_and_channels_of_others_are_left_alone(
    stranger: Client, manager: Client, known: Connection, world: World
) -> None:
    foreign = Connection.objects.create(
        team=Team.objects.get(name="Others"), name="theirs", engine="duckdb", settings={}
    )
    posted = {"table": [id_of(known, "payments")], "kind": KINDS, "notify": [world.channel.pk]}
    page = stranger.post(address(foreign), posted).content.decode()
    assert "1 ticked table is no longer there." in page
    assert not Rule.objects.exists()


def test_sixty_tables_are_watched_in_one_submit_each_once(manager: Client, known: Connection, store: Path) -> None:
    with duckdb.connect(str(store)) as session:
        for number in range(60):
            session.execute(f"CREATE TABLE part_{number:02} (id INTEGER)")
    manager.post(look_address(known))
    names = [f"part_{number:02}" for number in range(60)]
    page = watch(manager, known, *names)
    assert "120 rules on 60 tables are live" in page
    for kind in ("freshness", "schema"):
        tables = list(Rule.objects.filter(kind=kind).order_by("table").values_list("table", flat=True))
        assert tables == [f"main.{name}" for name in names]


def test_five_thousand_tables_need_no_more_queries_than_five(sign_in: Callable[..., Client], db: None) -> None:
    client = sign_in(Role.MANAGER, team := Team.objects.create(name="Many"))
    connection = many_tables(team, 5_000)
    with CaptureQueriesContext(database) as queries:
        page = client.get(address(connection)).content.decode()
    assert len(queries) <= 15
    assert "1 to 200 of 5000" in page
    assert "main.t4999" in page


def test_names_comments_and_columns_are_never_markup(manager: Client, known: Connection, store: Path) -> None:
    with duckdb.connect(str(store)) as session:
        session.execute(f'CREATE TABLE "{NASTY}" AS SELECT range AS id, now() AS "created {NASTY}" FROM range(20000)')
        session.execute(f"COMMENT ON TABLE orders IS '{NASTY}'")
    manager.post(look_address(known))
    page = manager.get(f"{address(known)}?rules=shown").content.decode()
    assert NASTY not in page
    assert NASTY not in watch(manager, known, NASTY)
    assert Rule.objects.filter(kind="volume").exists()


def test_a_saved_connection_and_the_first_steps_lead_here(manager: Client, fresh: Connection) -> None:
    assert f'href="{address(fresh)}"' in manager.get(f"/connections/connection/{fresh.pk}/change/").content.decode()
    first = Connection.objects.order_by("pk")[0]
    assert f'href="{address(first)}"' in manager.get("/").content.decode()


def test_a_passed_test_of_a_saved_connection_leads_here(manager: Client, fresh: Connection) -> None:
    values = {"name": "warehouse", "timezone": "UTC", "settings-path": fresh.settings["path"]}
    answer = manager.post(f"/connections/connection/test/?connection={fresh.pk}", values).content.decode()
    assert "Connected: 3 tables, 1 view." in answer
    assert f'href="{address(fresh)}"' in answer


def test_a_viewer_is_not_led_where_they_may_not_go(viewer: Client, fresh: Connection) -> None:
    assert address(fresh) not in viewer.get("/").content.decode()
    assert address(fresh) not in viewer.get(f"/connections/connection/{fresh.pk}/change/").content.decode()


@pytest.mark.parametrize(("client_name", "status"), [("viewer", 403), ("operator", 403), ("stranger", 404)])
def test_only_who_may_configure_looks_and_watches(
    request: pytest.FixtureRequest, fresh: Connection, client_name: str, status: int
) -> None:
    client: Client = request.getfixturevalue(client_name)
    assert client.get(address(fresh)).status_code == status
    assert client.post(address(fresh), {"table": [1], "kind": KINDS}).status_code == status
    assert client.post(look_address(fresh)).status_code == status
    assert not Table.objects.filter(connection=fresh).exists()
