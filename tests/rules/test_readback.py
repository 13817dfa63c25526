"""Proposals from what a store holds: its history, read by few statements, and the values of its columns."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Sum

from apps.common.errors import InvalidInput, MidwatchError
from apps.connections.models import Connection, Usage
from apps.connections.services import refresh_catalogue
from apps.rules.models import Observation, RuleState
from apps.rules.services import ProposedRule, Reading, propose_rules, sentence_of_draft, suggest_tables
from tests.rules.conftest import NIGHT, RuleMaker, Shop

pytestmark = pytest.mark.django_db
HISTORY, VALUES = Reading(history=True), Reading(values=True)


def proposed(connection: Connection, reading: Reading, table: str = "main.orders") -> dict[str, list[ProposedRule]]:
    """The proposals for a table, by kind."""
    refresh_catalogue(connection=connection, now=NIGHT)
    found = suggest_tables(connection=connection, now=NIGHT)
    chosen = [each for each in found.ranked if str(each.table.name) == table]
    rules = propose_rules(connection=connection, suggestions=chosen, reading=reading, now=NIGHT)
    by_kind: dict[str, list[ProposedRule]] = {}
    for rule in rules[chosen[0].table.id]:
        by_kind.setdefault(rule.draft.kind, []).append(rule)
    return by_kind


def load(shop: Shop, table: str, *, minutes: int, days: int, rows: int = 10) -> None:
    """Loads at even steps until now."""
    stamp = f"TIMESTAMP '{NIGHT:%Y-%m-%d %H:%M:%S}'"
    loads = days * 1440 // minutes
    shop.write(
        f"CREATE TABLE {table} AS SELECT range AS id, {stamp} - (range // {rows} * {minutes} + 1) * INTERVAL 1 MINUTE "
        f"AS created_at FROM range({loads * rows})"
    )


def settings(rule: ProposedRule, *names: str) -> list[Any]:
    return [rule.draft.settings.get(name) for name in names]


def test_fourteen_days_of_15_minute_loads_propose_15_and_10_min(connection: Connection, shop: Shop) -> None:
    load(shop, "payments", minutes=15, days=15)
    rules = proposed(connection, HISTORY, "main.payments")
    (freshness,) = rules["freshness"]
    assert settings(freshness, "every", "column") == ["15m", "created_at"]
    assert "more than 25 min (expected every 15 min, 10 min tolerance)" in _sentence(freshness)
    assert freshness.why == "15-minute loads on 100 % of days; the longest gap was 15 min."
    assert settings(rules["volume"][0], "column", "per") == ["created_at", "1d"]


def _sentence(rule: ProposedRule) -> str:
    return sentence_of_draft(draft=rule.draft)


def test_sixty_tables_are_read_back_by_a_handful_of_statements(connection: Connection, shop: Shop) -> None:
    for number in range(60):
        load(shop, f"part_{number:02}", minutes=720, days=20, rows=1)
    refresh_catalogue(connection=connection, now=NIGHT)
    found = suggest_tables(connection=connection, now=NIGHT)
    before = _statements(connection)
    rules = propose_rules(connection=connection, suggestions=found.ranked, reading=HISTORY, now=NIGHT)
    assert len(rules) == 61
    assert _statements(connection) - before <= 4


def _statements(connection: Connection) -> int:
    total: int = Usage.objects.filter(connection=connection).aggregate(sum=Sum("statements"))["sum"] or 0
    return total


def test_without_a_column_the_changes_that_rules_have_noticed_tell(
    connection: Connection, shop: Shop, make_rule: RuleMaker
) -> None:
    shop.write("CREATE TABLE stock (sku INTEGER)")
    state = RuleState.objects.get(rule=make_rule("schema", table="main.stock"))
    moments = (NIGHT - timedelta(minutes=30 * number) for number in range(48 * 20))
    Observation.objects.bulk_create(Observation(state=state, measure="changed", at=at, value=1) for at in moments)
    (freshness,) = proposed(connection, HISTORY, "main.stock")["freshness"]
    assert settings(freshness, "every", "column") == ["30m", None]


def test_what_is_not_known_is_said(connection: Connection, shop: Shop) -> None:
    shop.write("CREATE TABLE stock (sku INTEGER)")
    (freshness,) = proposed(connection, HISTORY, "main.stock")["freshness"]
    assert "Its history is not known: It has no column that tells when rows arrived" in freshness.why


def test_a_table_that_vanished_is_said_and_hides_no_other(connection: Connection, shop: Shop) -> None:
    load(shop, "payments", minutes=60, days=20)
    refresh_catalogue(connection=connection, now=NIGHT)
    found = suggest_tables(connection=connection, now=NIGHT)
    shop.write("DROP TABLE orders")
    rules = propose_rules(connection=connection, suggestions=found.ranked, reading=HISTORY, now=NIGHT)
    whys = {str(each.table.name): rules[each.table.id][0].why for each in found.ranked}
    assert "Its history is not known" in whys["main.orders"]
    assert whys["main.payments"].startswith("Hourly loads")


def values_table(shop: Shop) -> None:
    shop.write(
        "CREATE TABLE bookings AS SELECT range AS id, 'R' || range AS ref, "
        "CASE range % 3 WHEN 0 THEN 'open' WHEN 1 THEN 'paid' ELSE 'void' END AS status, "
        "CASE WHEN range % 2 = 0 THEN range END AS seat, range % 3 || '@x.org' AS email FROM range(3000)"
    )


def test_values_propose_keys_lists_and_columns_that_are_always_filled(connection: Connection, shop: Shop) -> None:
    values_table(shop)
    rules = proposed(connection, VALUES, "main.bookings")
    assert [settings(rule, "columns") for rule in rules["unique"]] == [[["id"]], [["ref"]]]
    (status,) = rules["values"]
    assert settings(status, "column") == ["status"]
    assert sorted(status.draft.settings["accept"]) == ["open", "paid", "void"]
    assert status.why == "It holds 3 different values in 3,000 rows."
    filled = [rule.draft.settings["column"] for rule in rules["nulls"]]
    assert filled == ["id", "ref", "status", "email"]


def test_values_are_read_only_when_asked_for(connection: Connection, shop: Shop) -> None:
    values_table(shop)
    assert not {"unique", "values", "nulls"} & set(proposed(connection, Reading(), "main.bookings"))


def test_a_column_that_must_be_filled_needs_no_rule(connection: Connection, shop: Shop) -> None:
    shop.write("CREATE TABLE seats (id INTEGER NOT NULL, row_no INTEGER)")
    shop.write("INSERT INTO seats SELECT range, range FROM range(500)")
    rules = proposed(connection, VALUES, "main.seats")
    assert [rule.draft.settings["column"] for rule in rules["nulls"]] == ["row_no"]


@pytest.mark.parametrize(("reading", "most"), [(HISTORY, 100), (VALUES, 20), (Reading(True, True), 20)])
def test_so_many_tables_are_read_at_a_time(connection: Connection, reading: Reading, most: int) -> None:
    refresh_catalogue(connection=connection, now=NIGHT)
    (one,) = suggest_tables(connection=connection, now=NIGHT).ranked
    with pytest.raises(InvalidInput, match=f"At most {most} tables"):
        propose_rules(connection=connection, suggestions=[one] * (most + 1), reading=reading, now=NIGHT)


def test_a_store_that_is_away_is_told(connection: Connection, shop: Shop) -> None:
    refresh_catalogue(connection=connection, now=NIGHT)
    found = suggest_tables(connection=connection, now=NIGHT)
    shop.path.unlink()
    with pytest.raises(MidwatchError, match=r"shop\.duckdb"):
        propose_rules(connection=connection, suggestions=found.ranked, reading=HISTORY, now=NIGHT)
