"""The catalogue over REST."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from apps.connections.models import Connection, Table
from apps.connections.services import refresh_catalogue
from apps.teams.models import Role, Team
from tests.api.conftest import NIGHT, Desk
from tests.api.rest import person, program


@pytest.fixture
def team(desk: Desk, make_store: Callable[..., None]) -> Team:
    """A team whose connection `shop` was read, and read again after a column was added."""
    desk.apply()
    make_store("CREATE VIEW recent AS SELECT id FROM orders")
    refresh_catalogue(connection=Connection.objects.get(), now=NIGHT)
    make_store("ALTER TABLE orders ADD COLUMN note VARCHAR", "COMMENT ON TABLE orders IS 'All orders'")
    refresh_catalogue(connection=Connection.objects.get(), now=NIGHT + timedelta(hours=1))
    return Team.objects.get()


def test_tables_are_listed_with_what_is_known_of_them(team: Team) -> None:
    reply = program(team, Role.VIEWER).get("tables")
    assert reply["count"] == 2
    orders = next(item for item in reply["items"] if item["name"] == "main.orders")
    assert (orders["team"], orders["connection"], orders["kind"]) == ("data-ops", "shop", "table")
    assert (orders["comment"], orders["rows"], orders["bytes"]) == ("All orders", 2000, None)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("search=orders", ["main.orders"]),
        ("search=created_at", ["main.orders"]),
        ("search=nowhere", []),
        ("connection=shop", ["main.orders", "main.recent"]),
        ("connection=elsewhere", []),
        ("gone=true", []),
    ],
)
def test_tables_are_searched(team: Team, query: str, names: list[str]) -> None:
    assert sorted(item["name"] for item in program(team).get(f"tables?{query}")["items"]) == names


def test_tables_come_in_pages(team: Team) -> None:
    api = program(team)
    first = api.get("tables?limit=1&search=main")
    second = api.get(first["next"].removeprefix("/api/v1/"))
    assert {first["items"][0]["name"], second["items"][0]["name"]} == {"main.orders", "main.recent"}
    assert second["next"] is None


def test_a_table_is_told_with_its_columns_and_changes(team: Team) -> None:
    table = Table.objects.get(name="orders")
    reply = program(team).get(f"tables/{table.pk}")
    assert [column["name"] for column in reply["columns"]] == ["id", "created_at", "updated_at", "note"]
    assert reply["columns"][1] == {
        "name": "created_at", "type": "TIMESTAMP", "time": "naive", "nullable": True, "comment": "", "partition": False
    }  # fmt: skip
    assert reply["changes"] == [
        {
            "at": "2026-11-21T04:00:00Z",
            "sentences": ["Column note (VARCHAR) was added.", "A comment was added to the table: “All orders”."],
        }
    ]


def test_a_member_of_any_role_reads_tables(team: Team) -> None:
    viewer = person(team, Role.VIEWER, "v@example.com")
    assert viewer.get(f"tables/{Table.objects.get(name='orders').pk}")["name"] == "main.orders"


def test_for_a_stranger_no_table_exists(team: Team) -> None:
    stranger = program(Team.objects.create(name="finance"))
    assert stranger.get("tables?search=orders")["count"] == 0
    stranger.get(f"tables/{Table.objects.get(name='orders').pk}")
    assert stranger.status == 404
