"""Presets hold the values of the stories exactly, and find the tables that they are meant for."""

from __future__ import annotations

import pytest

from apps.common.errors import NotFoundNearby
from apps.connections.models import Connection
from apps.connections.services import Column, refresh_catalogue
from apps.rules.kinds import KINDS
from apps.rules.models import Rule
from apps.rules.services import PresetLine, preset_of, presets, sentence_of_draft, start_from, suggest_tables
from apps.rules.suggest.presets import PresetRule, best_table, fit
from apps.rules.suggest.proposals import Store
from apps.rules.suggest.ranking import rank
from tests.rules.conftest import NIGHT, Shop
from tests.rules.test_suggestions import table
from tests.rules.warehouses import NOON

RULES = [(preset.key, rule) for preset in presets().values() for rule in preset.rules]
TABLES = {
    "fintech": ("transactions", "account_balances", "ledger_entries", "settlements"),
    "shop": ("inventory_levels", "customers", "sessions"),
    "services": ("timesheets", "clients", "project_profitability", "invoices"),
}


def test_there_are_three_and_each_names_its_rows() -> None:
    assert list(presets()) == ["fintech", "shop", "services"]
    rows = {rule.row for _, rule in RULES}
    assert rows == {"S004-14", "S004-15", "S004-16", "S004-17", "S004-18"}


@pytest.mark.parametrize(("key", "rule"), RULES, ids=[f"{key}: {rule.title}" for key, rule in RULES])
def test_every_rule_is_one_that_its_kind_accepts(key: str, rule: PresetRule) -> None:
    column = {"column": "created_at"} if rule.kind == "volume" else {}
    KINDS[rule.kind].Settings.model_validate({**rule.settings, **column})


@pytest.fixture
def firm(connection: Connection, shop: Shop, request: pytest.FixtureRequest) -> list[PresetLine]:
    """The preset on a store that has its tables."""
    for name in TABLES[request.param]:
        shop.write(f"CREATE TABLE {name} AS SELECT range AS id, now()::TIMESTAMP AS created_at FROM range(100)")
    refresh_catalogue(connection=connection, now=NIGHT)
    return start_from(preset=preset_of(request.param), found=suggest_tables(connection=connection, now=NIGHT))


@pytest.mark.parametrize(
    ("firm", "told"),
    [
        ("fintech", {
            "Transactions keep arriving": "not changed for more than 25 min (expected every 15 min, 10 min tolerance)",
            "As many transactions as usual": "more than 10 % fewer or more than 10 % more rows",
            "Balances are up to date": "not changed for more than 45 min (expected every 30 min, 15 min tolerance)",
            "The ledger grows as usual": "more than 5 % fewer or more than 5 % more rows",
            "Settlements by the end of the day": "between 00:00 on any day and 02:00 the next day",
        }),
        ("shop", {
            "Orders keep arriving": "not changed for more than 70 min",
            "As many orders as usual": "more than 20 % fewer or more than 100 % more rows",
            "The inventory is up to date": "not changed for more than 45 min",
            "Customers are loaded daily": "not changed for more than 26 h",
            "Visits have not collapsed": "Alerts if more than 50 % fewer rows arrive",
        }),
        ("services", {
            "The nightly load is done": "between 02:00 and 06:00 on any day (UTC time; due at 02:00, 4 h tolerance)",
            "Contacts are loaded daily": "not changed for more than 28 h",
            "Profitability is reckoned weekly": "not changed for more than 8 days",
            "Invoices on the month's first day": "between 00:00 and 12:00 on the first day of the month",
            "As many hours booked as usual": "more than 30 % fewer or more than 30 % more rows",
        }),
    ],
    indirect=["firm"],
)  # fmt: skip
def test_the_sentences_say_the_values_of_the_stories(firm: list[PresetLine], told: dict[str, str]) -> None:
    sentences = {line.rule.title: sentence_of_draft(draft=line.draft) if line.draft else line.problem for line in firm}
    assert set(sentences) == set(told)
    for title, words in told.items():
        assert words in sentences[title]


@pytest.mark.parametrize("firm", ["shop"], indirect=True)
def test_a_table_can_be_chosen_and_a_rule_left_out(firm: list[PresetLine], connection: Connection) -> None:
    found = suggest_tables(connection=connection, now=NIGHT)
    tables = {0: "main.sessions", 1: "", 2: "main.nothing"}
    first, second, third, *_ = start_from(preset=preset_of("shop"), found=found, tables=tables)
    assert first.draft is not None
    assert (first.draft.table, second.draft, third.draft) == ("main.sessions", None, None)
    assert "There is no table main.nothing in shop." in third.problem
    assert not Rule.objects.exists()


@pytest.mark.parametrize("firm", ["shop"], indirect=True)
def test_a_rule_is_called_by_its_title_and_told_apart_where_that_is_taken(
    firm: list[PresetLine], connection: Connection
) -> None:
    names = {line.rule.title: line.draft.name for line in firm if line.draft}
    assert all(name == title for title, name in names.items())
    Rule.objects.create(team=connection.team, name="Orders keep arriving", connection=connection, kind="schema")
    again = start_from(preset=preset_of("shop"), found=suggest_tables(connection=connection, now=NIGHT))
    assert "Orders keep arriving (shop)" in {line.draft.name for line in again if line.draft}


RULE = preset_of("shop").rules[0]


def test_the_plain_table_comes_before_its_details_and_copies() -> None:
    tables = [table("main.order_items", rows=10**6), table("tmp.orders"), table("main.orders", rows=1_000)]
    found = best_table(RULE, rank(tables, now=NOON))
    assert found is not None
    assert str(found.table.name) == "main.orders"


@pytest.mark.parametrize("name", ["main.order_status", "main.things", "main.reorder"])
def test_a_table_about_something_else_does_not_fit(name: str) -> None:
    assert best_table(RULE, rank([table(name)], now=NOON)) is None


def test_where_nothing_tells_when_rows_come_the_rule_is_left_out() -> None:
    (orders,) = rank([table("main.orders")], now=NOON)
    without = fit(RULE, orders, (Column("id", "int"),), Store(tells_changes=False))
    assert without.proposal is None
    assert "no column that tells when rows came" in without.problem
    by_column = fit(RULE, orders, (Column("updated_at", "timestamp", "naive"),), Store(tells_changes=False))
    assert by_column.proposal is not None
    assert by_column.proposal.settings["column"] == "updated_at"


def test_an_unknown_preset_names_those_that_there_are() -> None:
    with pytest.raises(NotFoundNearby, match="fintech, shop, services"):
        preset_of("bank")
