"""The example of the grammar, applied for real: a DuckDB file, a PostgreSQL database, both made outside Midwatch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.rules.models import Rule
from apps.rules.services import check_now
from tests.api.conftest import HOOK_SECRET, NIGHT, Desk
from tests.servers.postgres import PostgresServer

EXAMPLE = (Path(__file__).parent / "data" / "monitors.yml").read_text(encoding="utf-8")


@pytest.fixture
def example(postgres_server: PostgresServer) -> Iterator[str]:
    """The example, with this test's own database in place of the one on port 5432."""
    database = postgres_server.create_database("example_app")
    postgres_server.create_login("example_reader", "s3cret")
    postgres_server.execute(
        "CREATE SCHEMA sales",
        "CREATE TABLE sales.leads (id int, at timestamptz)",
        "CREATE TABLE sales.tmp_import (id int)",
        "GRANT USAGE ON SCHEMA sales TO example_reader",
        "GRANT SELECT ON ALL TABLES IN SCHEMA sales TO example_reader",
        database=database,
    )
    text = EXAMPLE.replace("port: 5432", f"port: {postgres_server.port}").replace(
        "database: app", f"database: {database}"
    )
    yield text.replace("user: midwatch_reader", "user: example_reader")
    postgres_server.drop_database(database)
    postgres_server.execute("DROP ROLE example_reader")


def test_the_example_is_applied_checked_and_exported(desk: Desk, example: str) -> None:
    desk.environ = {"APP_DB_PASSWORD": "s3cret", "HOOK_SECRET": HOOK_SECRET}
    outcome = desk.apply(example)
    assert outcome.warnings == ()
    assert outcome.plan.summary == "7 to add, 0 to change, 0 to remove, 0 unchanged."
    verdicts = {(result.rule, result.table): result.verdict for result in check_now(rules=None, clock=lambda: NIGHT)}
    assert verdicts["Orders keep arriving", "main.orders"] == "ok"
    assert (
        verdicts["Every table in sales is watched", "sales.leads"] == "learning"
    )  # it has nothing to compare with yet
    assert ("Every table in sales is watched", "sales.tmp_import") not in verdicts
    assert desk.apply(desk.export(), environ={}).plan.summary == "0 to add, 0 to change, 0 to remove, 7 unchanged."


def test_the_examples_comments_are_true(desk: Desk, example: str) -> None:
    desk.environ = {"APP_DB_PASSWORD": "s3cret", "HOOK_SECRET": HOOK_SECRET}
    sentences = desk.apply(example).sentences
    rule = Rule.objects.get(name="Orders keep arriving")
    assert "more than 70 min" in sentences["Orders keep arriving"]
    assert (rule.severity, rule.timezone) == ("high", "Europe/Berlin")
    assert set(rule.notify.values_list("name", flat=True)) == {"ops-mail", "ops-hook"}
    assert list(Rule.objects.get(name="Orders volume").notify.values_list("name", flat=True)) == ["ops-mail"]
