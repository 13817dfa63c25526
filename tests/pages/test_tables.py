"""The catalogue in the browser: the list of tables, one table, and what a connection's page tells of its tables."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote_plus

import pytest
from django.db import connection as own_database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.alerts.models import Incident
from apps.changes.models import AuditEntry
from apps.connections.models import Connection, ConnectionState, Table, TableVersion
from apps.rules.models import RuleState
from tests.pages.conftest import NOW, World

pytestmark = pytest.mark.django_db


def body(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def add_tables(connection: Connection, *names: str, **fields: object) -> None:
    for name in names:
        table = Table.objects.create(connection=connection, schema="sales", name=name, first_seen_at=NOW,
                                     looked_at=NOW, watched_since=NOW, **fields)  # fmt: skip
        columns = [{"name": "id", "type": "bigint"}, {"name": f"{name}_note", "type": "text", "comment": "By hand"}]
        TableVersion.objects.create(table=table, seen_at=NOW, columns=columns)


@pytest.fixture
def second(world: World) -> Connection:
    """Another connection of the team."""
    connection = Connection.objects.create(team=world.team, name="warehouse", engine="duckdb")
    add_tables(connection, "refunds", rows=1_234, bytes=5_600_000, changes=3, changed_at=NOW)
    return connection


def test_the_list_holds_every_table_with_its_size_and_its_rules(
    viewer: Client, world: World, second: Connection
) -> None:
    page = body(viewer, "/tables/")
    assert "2 tables and views." in page
    for shown in ("main.orders", "sales.refunds", "warehouse", "1,234", "5.6 MB"):
        assert shown in page
    [row] = [row for row in page.split("<tr>") if "main.orders" in row]
    assert 'data-label="Rules" class="mw-number">1<' in row


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=refunds_note", {"sales.refunds"}), ("q=by+hand", {"sales.refunds"}), ("q=nowhere", set()),
        ("kind=table", {"sales.refunds", "main.orders"}), ("kind=view", set()), ("kind=gone", {"sales.old"}),
        ("connection={}", {"sales.refunds"}), ("connection={}&q=orders", set()),
        ("connection=x", {"sales.refunds", "main.orders"}),
    ],
)  # fmt: skip
def test_the_list_is_narrowed_by_words_connection_and_kind(
    viewer: Client, second: Connection, query: str, names: set[str]
) -> None:
    add_tables(second, "old", gone_at=NOW)
    page = body(viewer, f"/tables/?{query.format(second.pk)}")
    assert {name for name in ("main.orders", "sales.refunds", "sales.old") if f">{name}<" in page} == names


def test_a_table_is_listed_with_the_columns_for_which_it_was_found(viewer: Client, second: Connection) -> None:
    page = body(viewer, "/tables/?q=hand")
    assert "refunds_note (text): By hand" in page
    assert "id (bigint)" not in page


def test_the_tables_of_another_teams_connection_are_not_found(stranger: Client, second: Connection) -> None:
    assert "sales.refunds" not in body(stranger, f"/tables/?connection={second.pk}")
    assert "There is no connection yet" in body(stranger, "/tables/")


def test_a_hundred_tables_a_page_take_as_many_queries_as_one(viewer: Client, world: World, second: Connection) -> None:
    counts = []
    for names in ((), tuple(f"t{n:03d}" for n in range(150))):
        add_tables(second, *names)
        with CaptureQueriesContext(own_database) as queries:
            page = body(viewer, "/tables/?q=s")
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert "1 to 100 of 152" in page
    assert "q=s&amp;page=2" in page


def test_the_page_of_a_table_tells_its_columns_and_what_became_of_them(viewer: Client, second: Connection) -> None:
    table = Table.objects.get(name="refunds")
    columns = [{"name": "id", "type": "bigint", "nullable": False}, {"name": "day", "type": "date", "partition": True}]
    TableVersion.objects.create(table=table, seen_at=NOW + timedelta(hours=1), columns=columns)
    page = body(viewer, f"/tables/{table.pk}/")
    for sentence in ("1,234 rows and 5.6 MB", "Column id may no longer be empty.", "Column day (date) was added.",
                     "2 columns", ">Partition<", "No rule watches it."):  # fmt: skip
        assert sentence in page


def test_the_page_of_a_table_shows_its_rules_and_the_open_trouble(viewer: Client, world: World) -> None:
    world.incident.facts |= {"table": "main.orders"}
    world.incident.save()
    page = body(viewer, f"/tables/{world.table.pk}/")
    assert f'href="/rules/rule/{world.rule.pk}/"' in page
    assert ">Breached<" in page
    assert f'href="/alerts/incident/{world.incident.pk}/"' in page
    world.incident.status = "resolved"
    world.incident.save()
    assert "/alerts/incident/" + str(world.incident.pk) not in body(viewer, f"/tables/{world.table.pk}/")


def test_a_table_that_is_gone_is_said_so_and_offers_no_rule(manager: Client, world: World) -> None:
    add = f"/rules/rule/add/?connection={world.connection.pk}&amp;table={quote_plus('main.orders')}"
    assert add in body(manager, f"/tables/{world.table.pk}/")
    Table.objects.update(gone_at=timezone.now())
    page = body(manager, f"/tables/{world.table.pk}/")
    assert "No longer there" in page
    assert add not in page


def test_a_rule_on_a_table_begins_with_its_name(manager: Client, world: World) -> None:
    query = f"connection={world.connection.pk}&table=main.orders"
    choices = body(manager, f"/rules/rule/add/?{query}")
    assert f"?kind=volume&amp;connection={world.connection.pk}&amp;table=main.orders" in choices
    form = body(manager, f"/rules/rule/add/?kind=volume&{query}")
    assert 'value="main.orders"' in form
    assert f'<option value="{world.connection.pk}" selected>' in form


def test_the_page_of_a_connection_tells_what_changed_lately(viewer: Client, second: Connection) -> None:
    now = timezone.now()
    add_tables(second, "fresh")
    Table.objects.filter(name="fresh").update(first_seen_at=now)
    TableVersion.objects.create(table=Table.objects.get(name="refunds"), seen_at=now, columns=[])
    page = body(viewer, f"/connections/connection/{second.pk}/change/")
    assert "The table sales.fresh appeared." in page
    assert "Column refunds_note (text) was removed." in page


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"catalogued_at": None}, "are going to be read in a moment"),
        ({"catalogued_at": timedelta(minutes=1)}, "are being read just now"),
        ({"catalogued_at": -timedelta(hours=1)}, "were read"),
        ({"catalogued_at": -timedelta(hours=1), "failing_since": -timedelta(hours=2)}, "What is shown is from before"),
        (
            {"catalogued_at": -timedelta(hours=1), "failing_since": -timedelta(hours=2), "tables": None},
            "Midwatch has not seen them yet",
        ),
    ],
)
def test_the_page_of_a_connection_tells_when_its_tables_were_read(
    viewer: Client, world: World, state: dict[str, timedelta | None], words: str
) -> None:
    at = {key: ago and timezone.now() + ago for key, ago in state.items()}
    ConnectionState.objects.update(**at)
    page = body(viewer, f"/connections/connection/{world.connection.pk}/catalogue/")
    assert words in page
    assert ("hx-trigger" in page) == ("moment" in words or "just now" in words)


def test_look_now_asks_for_the_catalogue(operator: Client, world: World) -> None:
    ConnectionState.objects.update(catalogued_at=NOW)
    answer = operator.post(f"/connections/connection/{world.connection.pk}/look/")
    assert answer.headers["Location"] == f"/connections/connection/{world.connection.pk}/change/"
    assert ConnectionState.objects.get().catalogued_at is None
    part = operator.post(f"/connections/connection/{world.connection.pk}/look/", headers={"HX-Request": "true"})
    assert part.content.decode().lstrip().startswith('<div id="catalogue"')


def test_before_any_table_is_known_the_list_says_where_to_look(viewer: Client, world: World) -> None:
    Table.objects.all().delete()
    RuleState.objects.all().delete()
    assert "No table is known yet" in body(viewer, "/tables/")


def test_tables_stand_by_connection_schema_and_name(viewer: Client, second: Connection) -> None:
    for schema, name in (("main", "zebras"), ("main", "customers"), ("archive", "orders")):
        Table.objects.create(connection=second, schema=schema, name=name, first_seen_at=NOW, looked_at=NOW,
                             watched_since=NOW)  # fmt: skip
    page = body(viewer, f"/tables/?connection={second.pk}")
    shown = [page.index(f">{name}<") for name in ("archive.orders", "main.customers", "main.zebras", "sales.refunds")]
    assert shown == sorted(shown)


def test_a_search_of_control_characters_alone_finds_nothing(viewer: Client, second: Connection) -> None:
    for query in ("%00", "%01%1f", "%1f"):
        assert "Nothing fits this choice" in body(viewer, f"/tables/?q={query}")
        assert "No rule fits this choice" in body(viewer, f"/?q={query}")


def test_the_page_of_a_table_whose_columns_were_never_read_says_so(viewer: Client, second: Connection) -> None:
    table = Table.objects.get(name="refunds")
    TableVersion.objects.filter(table=table).delete()
    page = body(viewer, f"/tables/{table.pk}/")
    assert "Its columns were never read" in page


def test_it_tells_past_trouble_and_who_changed_its_rules(viewer: Client, world: World) -> None:
    place = {"connection_id": world.connection.pk, "table": "main.orders"}
    Incident.objects.update(status="resolved", resolved_at=NOW, outcome="false_alarm", **place)
    AuditEntry.objects.create(
        at=NOW, act="changed", actor="Maria", model="rules.rule", object_id=str(world.rule.pk),
        sentence="Maria lowered the tolerance.",
    )  # fmt: skip
    page = viewer.get(f"/tables/{world.table.pk}/").content.decode()
    assert f'id="past-{world.incident.pk}"' in page
    assert "Maria lowered the tolerance." in page
    assert f'href="/rules/rule/{world.rule.pk}/history/"' in page
