"""Costs over REST and on the command line, and a rule's budget in files."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from apps.api.plan_text import as_values, render
from apps.connections.models import Connection, Usage
from apps.connections.services import save_connection
from apps.rules.models import Rule
from apps.teams.models import Role, Team
from tests.api.conftest import CONFIG, Desk
from tests.api.rest import Api, person, program
from tests.api.test_rest_rules import ENTRY
from tests.servers.bigquery import BigQueryServer

DAY = date(2026, 11, 20)
TIB = 2**40


@pytest.fixture
def team(desk: Desk) -> Team:
    desk.apply()
    return Team.objects.get()


@pytest.fixture
def dwh(team: Team, bigquery_server: BigQueryServer) -> Connection:
    """A BigQuery connection with a table of one row, and two days of use."""
    bigquery_server.warehouse.add_dataset("shop")
    bigquery_server.warehouse.execute("CREATE TABLE orders (id INT64, at TIMESTAMP)", dataset="shop")
    bigquery_server.warehouse.execute("INSERT INTO orders VALUES (1, '2026-11-21')", dataset="shop")
    settings = {"project": "shop-prod-1234", "service_account_json": bigquery_server.account.key_file()}
    return save_connection(team=team, name="dwh", engine="bigquery", settings=settings)


def use(connection: Connection, day: date = DAY, **values: Any) -> None:
    Usage.objects.create(connection=connection, day=day, **values)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("usage", *arguments, stdout=out)
    return out.getvalue()


def test_usage_tells_bytes_money_and_statements(team: Team, dwh: Connection) -> None:
    use(dwh, rule_key=7, rule_name="Orders", statements=3, bytes_billed=TIB)
    (item,) = program(team, Role.VIEWER).get("usage")["items"]
    assert item.pop("id")
    assert item == {
        "team": "data-ops", "connection": "dwh", "day": "2026-11-20", "rule_id": 7, "rule": "Orders", "statements": 3,
        "bytes_billed": TIB, "dollars": 6.25,
    }  # fmt: skip


def test_usage_comes_in_pages_and_can_be_narrowed(team: Team, dwh: Connection) -> None:
    for number in range(5):
        use(dwh, DAY - timedelta(days=number), statements=number)
    api = program(team)
    page = api.get("usage?limit=2&connection=dwh&team=data-ops")
    assert (page["count"], [item["statements"] for item in page["items"]]) == (5, [4, 3])
    assert [item["statements"] for item in api.get(page["next"].removeprefix("/api/v1/"))["items"]] == [2, 1]
    assert api.get(f"usage?since={DAY - timedelta(days=1)}")["count"] == 2
    assert api.get("usage?connection=shop")["count"] == 0
    assert api.get("usage?since=soon")["field"] == "since"


def test_a_stranger_sees_no_usage(team: Team, dwh: Connection) -> None:
    use(dwh, statements=1)
    stranger = person(Team.objects.create(name="finance"), Role.ADMINISTRATOR, "s@example.com")
    assert stranger.get("usage")["items"] == []
    assert Api(Client()).get("usage")["error"].startswith("Sign in")


def test_the_command_prints_a_table_with_a_total(team: Team, dwh: Connection) -> None:
    today = datetime.now(UTC).date()
    use(dwh, today, rule_key=7, rule_name="Orders", statements=1_200, bytes_billed=TIB)
    use(dwh, today, statements=288)
    lines = run("--days", "1").splitlines()
    assert lines[0].split() == ["DAY", "CONNECTION", "RULE", "STATEMENTS", "BILLED", "MONEY"]
    assert lines[1].split()[1:] == ["dwh", "(data-ops)", "Orders", "1,200", "1.1", "TB", "6.25", "US", "dollars"]
    assert "(looks)" in lines[2]
    assert lines[3].split() == ["Total", "1,488", "1.1", "TB", "6.25", "US", "dollars"]


def test_the_command_prints_json_of_as_many_days_as_asked(team: Team, dwh: Connection) -> None:
    today = datetime.now(UTC).date()
    use(dwh, today, statements=1)
    use(dwh, today - timedelta(days=7), statements=2)
    assert [json.loads(line)["statements"] for line in run("--json", "--days", "7").splitlines()] == [1]
    assert len(run("--json").splitlines()) == 2


def test_the_command_can_be_narrowed_to_a_team(team: Team, dwh: Connection) -> None:
    use(dwh, datetime.now(UTC).date(), statements=1)
    Team.objects.create(name="finance")
    assert "dwh" in run("--team", "data-ops")
    assert run("--team", "finance").startswith("Nothing was asked")
    with pytest.raises(CommandError, match=r"There is no team 'finanz'\. Did you mean finance\?"):
        run("--team", "finanz")


def test_the_command_says_when_there_is_nothing(db: None) -> None:
    assert run() == "Nothing was asked of any data store in this time.\n"
    with pytest.raises(CommandError, match="1 or more"):
        run("--days", "0")


def test_an_estimate_over_rest_has_sentences_and_numbers(team: Team, dwh: Connection) -> None:
    entry = {"name": "Orders", "connection": "dwh", "table": "shop.orders", "kind": "freshness", "every": "1d",
             "column": "at"}  # fmt: skip
    reply = program(team).post("rules/estimate", entry)
    assert reply["sentence"].startswith("Each check reads at most 21 MB (less than 0.01 US dollars)")
    assert (reply["tables"], reply["checks_a_day"]) == (1, 288)
    assert reply["check"] == {"statements": 1, "bytes": 20 * 2**20, "dollars": pytest.approx(0.000119, abs=1e-6)}
    assert not Rule.objects.filter(name="Orders").exists()


@pytest.mark.parametrize(("role", "status"), [(Role.VIEWER, 403), (Role.OPERATOR, 403), (Role.MANAGER, 200)])
def test_an_estimate_takes_the_role_of_a_manager(team: Team, role: Role, status: int) -> None:
    api = person(team, role, "p@example.com")
    api.post("rules/estimate", ENTRY)
    assert api.status == status


def test_an_estimate_of_a_store_that_does_not_answer_has_no_numbers(team: Team, desk: Desk) -> None:
    (desk.folder / "shop.duckdb").unlink()
    reply = program(team).post("rules/estimate", ENTRY)
    assert reply["sentence"].startswith("shop could not be asked")
    assert (reply["check"], reply["first_check"], reply["tables"]) == (None, None, None)


def test_a_budget_goes_through_rest_and_null_takes_it_away(team: Team) -> None:
    api = program(team)
    made = api.post("rules", {**ENTRY, "max_bytes": 10**9})
    assert made["max_bytes"] == 10**9
    assert api.patch(f"rules/{made['id']}", {"max_bytes": None})["max_bytes"] is None
    assert api.post("rules", {**ENTRY, "name": "Other", "max_bytes": "much"})["field"] == "max_bytes"


def test_a_budget_may_be_written_in_words_over_rest(team: Team) -> None:
    assert program(team).post("rules", {**ENTRY, "max_bytes": "1.5 GB"})["max_bytes"] == 1_500_000_000


def test_a_file_with_a_budget_in_words_is_the_same_as_one_with_a_number(desk: Desk) -> None:
    text = CONFIG.replace("    every: 1h\n", "    every: 1h\n    max_bytes: 1 GB\n")
    desk.apply(text)
    assert Rule.objects.filter(max_bytes=10**9).exists()
    exported = desk.export()
    assert "    max_bytes: 1000000000\n" in exported
    assert not desk.apply(text).plan.changes_anything
    assert desk.export() == exported


def test_a_budget_in_a_file_is_planned_applied_and_exported(desk: Desk) -> None:
    desk.apply()
    text = CONFIG.replace("    every: 1h\n", "    every: 1h\n    max_bytes: 1000000000\n")
    (step,) = [step for step in desk.apply(text).plan.steps if step.fields]
    assert [tuple(change) for change in step.fields] == [("max_bytes", "null", "1000000000")]
    assert "    max_bytes: 1000000000\n" in desk.export()
    assert not desk.apply(desk.export()).plan.changes_anything


BILLED = """\
version: 1
team: data-ops
rules:
  - {name: Orders, connection: dwh, table: shop.orders, kind: freshness, every: 1d, column: at}
"""


def test_a_dry_run_tells_what_each_rule_costs_and_an_apply_does_not_ask(desk: Desk, dwh: Connection) -> None:
    outcome = desk.apply(BILLED, dry_run=True)
    assert "\n    Each check reads at most 21 MB" in render(outcome)
    step = next(step for step in as_values(outcome)["steps"] if step["name"] == "Orders")
    assert step["cost"].startswith("Each check reads at most 21 MB")
    assert desk.apply(BILLED).costs == {}


def test_a_dry_run_of_stores_that_cost_nothing_says_nothing_of_costs(desk: Desk) -> None:
    assert desk.apply(dry_run=True).costs == {}
