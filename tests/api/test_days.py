"""The days of a table over REST and on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from apps.common.clock import utc_now
from apps.connections.models import Connection, Table
from apps.connections.services import refresh_catalogue, save_connection
from apps.teams.models import Role, Team
from tests.api.conftest import Desk
from tests.api.rest import person, program
from tests.servers.bigquery import BigQueryServer


@pytest.fixture
def table(desk: Desk, make_store: Callable[..., None]) -> Table:
    """Orders with ten rows a day, of the last 60 days but the tenth, and none on Sundays."""
    make_store(
        "DELETE FROM orders",
        f"INSERT INTO orders SELECT n, DATE '{utc_now():%Y-%m-%d}' - n // 10 * INTERVAL 1 DAY, NULL "
        "FROM range(10, 610) d(n) WHERE n // 10 <> 9",
        "DELETE FROM orders WHERE isodow(created_at) = 7",
    )
    desk.apply()
    refresh_catalogue(connection=Connection.objects.get(), now=utc_now())
    return Table.objects.get(name="orders")


def run(*arguments: str) -> tuple[int, str, str]:
    """The exit code, the output and what was said on the error output."""
    out, err = StringIO(), StringIO()
    try:
        call_command("days", *arguments, stdout=out, stderr=err)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


@pytest.mark.parametrize("role", list(Role))
def test_every_member_reads_the_days_of_a_table(table: Table, role: Role) -> None:
    reply = person(Team.objects.get(), role, "p@example.com").get(f"tables/{table.pk}/days?days=30")
    assert (reply["table"], reply["timezone"], reply["trust"], reply["pending_rows"]) == (
        "main.orders",
        "UTC",
        "exact",
        0,
    )
    assert (reply["column"], reply["columns"]) == ("created_at", ["created_at", "updated_at"])
    assert reply["usually_empty"] == ["Sunday"]
    assert [len(reply["days"]), reply["days"][-1]["state"]] == [30, "not_over"]
    states = {day["state"] for day in reply["days"]}
    assert {"present", "expected_empty"} <= states <= {"present", "expected_empty", "missing", "late", "not_over"}


def test_a_program_reads_them_as_well(table: Table) -> None:
    api = program(Team.objects.get(), Role.VIEWER)
    day = api.get(f"tables/{table.pk}/days?days=4")["days"][0]
    assert (api.status, set(day)) == (200, {"day", "state", "rows", "usual", "written_at", "reason"})


@pytest.fixture
def billed(db: None, bigquery_server: BigQueryServer) -> Table:
    """A table of a store that bills what it is asked."""
    team, warehouse = Team.objects.create(name="data-ops"), bigquery_server.warehouse
    warehouse.add_dataset("shop")
    warehouse.execute("CREATE TABLE orders AS SELECT TIMESTAMP '2026-11-20 12:00:00+00' AS at", dataset="shop")
    settings = {"project": warehouse.project, "service_account_json": bigquery_server.account.key_file()}
    connection = save_connection(team=team, name="dwh", engine="bigquery", settings=settings)
    refresh_catalogue(connection=connection, now=utc_now())
    return Table.objects.get(name="orders")


@pytest.mark.parametrize("call", ["get", "post"])
def test_a_viewer_cannot_make_a_store_that_bills_be_asked(
    billed: Table, bigquery_server: BigQueryServer, call: str
) -> None:
    team = Team.objects.get()
    bigquery_server.requests.clear()
    for viewer in (person(team, Role.VIEWER, "v@example.com"), program(team, Role.VIEWER)):
        reply = viewer.call(call, f"tables/{billed.pk}/days")
        assert viewer.status == 403
        assert "operator or higher" in reply["error"]
    assert bigquery_server.requests == []


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADMINISTRATOR])
def test_reading_the_days_never_costs_and_asking_for_them_is_a_post(
    billed: Table, bigquery_server: BigQueryServer, role: Role
) -> None:
    operator = program(Team.objects.get(), role)
    bigquery_server.requests.clear()
    reply = operator.get(f"tables/{billed.pk}/days")
    assert operator.status == 422
    assert reply["error"].startswith(
        "BigQuery bills each look at the days of shop.orders, and no rule has counted them yet. POST to this address"
    )
    assert bigquery_server.requests == []
    assert (operator.post(f"tables/{billed.pk}/days?days=30")["column"], operator.status) == ("at", 200)
    assert bigquery_server.requests != []


def test_a_store_that_bills_nothing_may_be_asked_either_way(table: Table) -> None:
    operator = program(Team.objects.get(), Role.OPERATOR)
    assert operator.post(f"tables/{table.pk}/days?days=30") == operator.get(f"tables/{table.pk}/days?days=30")


def test_for_a_stranger_the_table_does_not_exist(table: Table) -> None:
    stranger = person(Team.objects.create(name="Others"), Role.ADMINISTRATOR, "s@example.com")
    for call in ("get", "post"):
        reply = stranger.call(call, f"tables/{table.pk}/days")
        assert (stranger.status, reply["error"]) == (404, f"There is no table {table.pk}.")


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [("days=0", "days", "1 to 400"), ("days=401", "days", "1 to 400"), ("days=x", "days", "valid integer"),
     ("column=created", "column", "Did you mean created_at?")],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_with_the_field(table: Table, query: str, field: str, words: str) -> None:
    api = program(Team.objects.get())
    reply = api.get(f"tables/{table.pk}/days?{query}")
    assert (api.status, reply["field"]) == (422, field)
    assert words in reply["error"]


def test_a_store_that_does_not_answer_is_said_so(table: Table, desk: Desk) -> None:
    (desk.folder / "shop.duckdb").unlink()
    api = program(Team.objects.get())
    assert "shop.duckdb" in api.get(f"tables/{table.pk}/days")["error"]
    assert api.status == 422


def test_the_command_prints_a_line_a_day_and_a_summary(table: Table) -> None:
    code, out, _ = run("shop", "main.orders", "--days", "20")
    lines = out.splitlines()
    assert (code, lines[0].split()) == (0, ["DAY", "STATE", "ROWS", "USUAL", "WHY"])
    assert lines[20].split()[-5:-1] == ["not", "over", "yet", "0"]
    assert lines[-2].startswith("20 days from ")
    assert "Sundays are usually empty." in lines[-2]
    assert lines[-1] == "Told by a count of rows by column created_at (exact)."


def test_the_command_gives_programs_what_the_api_gives(table: Table) -> None:
    _, out, _ = run("shop", "orders", "--days", "20", "--column", "created_at", "--json")
    asked = f"tables/{table.pk}/days?days=20&column=created_at"
    assert json.loads(out) == program(Team.objects.get()).get(asked)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["shp", "main.orders"], "There is no connection 'shp'. Did you mean shop?"),
        (["shop", "main.oders"], "main.oders is not there"),
        (["shop", "a.b.c"], "write schema.table"),
        (["shop", "main.orders", "--days", "401"], "Ask for 1 to 400 days."),
        (["shop", "main.orders", "--team", "nobody"], "There is no connection 'shop'."),
    ],
)
def test_the_command_refuses_with_a_sentence_and_exit_code_2(table: Table, arguments: list[Any], words: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert words in err


def test_a_name_that_several_teams_use_needs_the_team(table: Table) -> None:
    Connection.objects.create(team=Team.objects.create(name="others"), name="shop", engine="duckdb")
    code, _, err = run("shop", "main.orders")
    assert (code, "--team NAME" in err) == (2, True)
    assert run("shop", "main.orders", "--team", "data-ops")[0] == 0
