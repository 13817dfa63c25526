"""`catalogue` and `search` on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command

from apps.connections.models import Connection
from apps.connections.services import refresh_catalogue
from apps.teams.models import Team
from tests.api.conftest import NIGHT, Desk

Run = Callable[..., tuple[int, list[str], str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command: its exit code, the lines of its output, and its error output."""

    def call(*arguments: str) -> tuple[int, list[str], str]:
        code = 0
        try:
            call_command(*arguments)
        except SystemExit as ended:
            code = int(ended.code or 0)
        out, err = capsys.readouterr()
        return code, out.splitlines(), err

    return call


@pytest.fixture
def shop(desk: Desk, make_store: Callable[..., None]) -> Connection:
    desk.apply()
    make_store("COMMENT ON TABLE orders IS 'All orders'", "CREATE VIEW recent AS SELECT id FROM orders")
    return Connection.objects.get()


def test_a_connection_that_was_not_read_yet_says_so(shop: Connection, run: Run) -> None:
    assert run("catalogue") == (0, ["shop (data-ops): not read yet."], "")


def test_the_catalogue_is_read_and_shown(shop: Connection, run: Run) -> None:
    code, lines, _ = run("catalogue", "--refresh")
    assert (code, len(lines)) == (0, 1)
    assert lines[0].startswith("shop (data-ops): 1 table, 1 view. Read ")
    code, lines, _ = run("catalogue", "--connection", "shop")
    assert [line.split() for line in lines[1:]] == [
        ["TABLE", "KIND", "ROWS", "SIZE", "LAST", "CHANGE", "COMMENT"],
        ["main.orders", "table", "2,000", "–", "–", "All", "orders"],
        ["main.recent", "view", "–", "–", "–"],
    ]


def test_programs_get_one_object_a_line(shop: Connection, run: Run) -> None:
    _, [line], _ = run("catalogue", "--refresh", "--json")
    assert json.loads(line) | {"catalogued_at": ""} == {
        "connection": "shop", "team": "data-ops", "tables": 1, "views": 1, "catalogued_at": "", "failing_since": None,
        "error": "",
    }  # fmt: skip
    _, lines, _ = run("catalogue", "--connection", "shop", "--json")
    assert [json.loads(line)["name"] for line in lines] == ["main.orders", "main.recent"]


def test_a_store_that_cannot_be_read_is_told_and_ends_with_1(shop: Connection, run: Run, tmp_path: Path) -> None:
    refresh_catalogue(connection=shop, now=NIGHT)
    (tmp_path / "shop.duckdb").unlink()
    code, [line], err = run("catalogue", "--refresh")
    assert code == 1
    assert err.startswith("shop: There is no file")
    assert line.startswith("shop (data-ops): 1 table, 1 view. Failing for ")


def test_an_unknown_connection_ends_with_2_and_the_nearest_name(shop: Connection, run: Run) -> None:
    code, _, err = run("catalogue", "--connection", "shops")
    assert (code, err) == (2, "There is no connection 'shops'. Did you mean shop?\n")
    assert run("catalogue", "--team", "nobody")[0] == 2


def test_tables_are_found_with_the_columns_for_which(shop: Connection, run: Run) -> None:
    refresh_catalogue(connection=shop, now=NIGHT)
    code, lines, _ = run("search", "created_at", "orders")
    assert code == 0
    assert [line.split() for line in lines] == [
        ["CONNECTION", "TABLE", "KIND", "COLUMNS", "COMMENT"],
        ["shop", "main.orders", "table", "created_at", "All", "orders"],
    ]
    _, [line], _ = run("search", "created_at", "--json")
    assert [column["name"] for column in json.loads(line)["columns"]] == ["created_at"]


def test_nothing_found_ends_with_1(shop: Connection, run: Run) -> None:
    code, lines, err = run("search", "nowhere")
    assert (code, lines, err) == (1, [], "No table is known in which 'nowhere' is found.\n")


def test_a_search_can_be_narrowed_to_a_team(shop: Connection, run: Run) -> None:
    refresh_catalogue(connection=shop, now=NIGHT)
    Team.objects.create(name="finance")
    assert run("search", "orders", "--team", "data-ops")[0] == 0
    assert run("search", "orders", "--team", "finance")[0] == 1
    assert run("search", "orders", "--team", "finanz") == (2, [], "There is no team 'finanz'. Did you mean finance?\n")
