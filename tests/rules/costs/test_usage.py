"""What passes asked of their stores is kept by rule and day, and adds up to what was really asked."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection as database
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from apps.connections.models import Connection, Usage
from apps.connections.services import FREE, deep_check, save_connection
from apps.rules.asks import Payer
from apps.rules.costs.spending import Spending
from apps.rules.costs.usage import add_usage
from apps.rules.due import claim_now
from apps.rules.models import Check, Rule, RuleState
from apps.rules.runner import run_batch
from apps.rules.services import RuleDraft, check_draft, check_now, estimate_cost, save_rule
from apps.teams.models import Team
from tests.rules.conftest import NIGHT, Clock, Shop
from tests.rules.costs.conftest import MB, Dwh, MakeRule

Verdicts = Callable[[], dict[str, str]]
TODAY = date(2026, 11, 21)


@pytest.fixture
def files(team: Team, shop: Shop) -> Connection:
    shop.write("INSERT INTO orders VALUES (1, '2026-11-21 02:00:00', '2026-11-21 02:00:00')")
    return save_connection(team=team, name="files", engine="duckdb", settings={"path": str(shop.path)})


def rule_on(store: Connection, name: str, **changes: Any) -> Rule:
    draft = RuleDraft(
        name=name, connection=store, kind="freshness", settings={"every": "1d", "column": "updated_at"},
        **{"table": "main.orders", **changes},
    )  # fmt: skip
    rule = save_rule(team=store.team, draft=draft, now=NIGHT).rule
    Usage.objects.filter(rule_key=0).delete()  # what saving it asked: the tests look at the checks
    return rule


def totals(store: Connection) -> dict[str, int]:
    return Usage.objects.filter(connection=store).aggregate(
        statements=Sum("statements"), bytes_billed=Sum("bytes_billed")
    )


def test_a_pass_notes_looks_and_the_statements_of_a_rule(files: Connection, clock: Clock) -> None:
    rule = rule_on(files, "Orders")
    check_now(rules=None, clock=clock)
    rows = Usage.objects.filter(connection=files).values_list("rule_key", "rule_name", "day", "statements")
    assert set(rows) == {(0, "", TODAY, 3), (rule.pk, "Orders", TODAY, 1)}


def test_what_bigquery_bills_is_noted_to_the_byte(
    dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts, connection: Connection
) -> None:
    rule = make_rule()
    dwh.forget()
    verdicts()
    assert totals(connection) == {"statements": len(dwh.server.jobs), "bytes_billed": dwh.server.billed}
    assert Usage.objects.get(rule_key=rule.pk).bytes_billed == 10 * MB


def test_saving_and_pricing_a_rule_is_noted_for_no_rule(dwh: Dwh, connection: Connection, clock: Clock) -> None:
    draft = RuleDraft(name="Columns", connection=connection, kind="schema", table="shop.orders", settings={})
    for ask in (save_rule, estimate_cost):
        Usage.objects.all().delete()
        dwh.forget()
        ask(team=connection.team, draft=draft, now=clock())
        usage = Usage.objects.get()
        assert (usage.rule_key, usage.day, usage.bytes_billed) == (0, TODAY, 10 * MB)
        assert dwh.server.billed == usage.bytes_billed


def test_a_deep_check_is_noted_to_the_byte(dwh: Dwh, connection: Connection) -> None:
    dwh.forget()
    list(deep_check(connection=connection))
    assert dwh.server.billed > 0
    assert list(Usage.objects.values_list("rule_key", "bytes_billed")) == [(0, dwh.server.billed)]


def test_what_is_asked_before_a_connection_is_saved_has_no_ledger(dwh: Dwh, connection: Connection) -> None:
    connection.pk = None
    draft = RuleDraft(name="Columns", connection=connection, kind="schema", table="shop.orders", settings={})
    assert check_draft(team=connection.team, draft=draft) == ()
    assert not Usage.objects.exists()


def test_passes_of_a_day_add_up_and_the_next_day_has_rows_of_its_own(files: Connection, clock: Clock) -> None:
    rule_on(files, "Orders")
    check_now(rules=None, clock=clock)
    clock.forward(minutes=5)
    check_now(rules=None, clock=clock)
    looks = Usage.objects.get(connection=files, day=TODAY, rule_key=0).statements
    clock.forward(hours=22)
    check_now(rules=None, clock=clock)
    assert looks > 3
    assert Usage.objects.filter(connection=files, rule_key=0).count() == 2


def test_a_shared_statement_is_counted_once_and_its_bytes_are_divided(
    dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts, connection: Connection
) -> None:
    rules = [make_rule(name=name) for name in "ABC"]
    dwh.forget()
    verdicts()
    assert totals(connection) == {"statements": len(dwh.server.jobs), "bytes_billed": dwh.server.billed}
    shares = Usage.objects.filter(rule_key__in=[rule.pk for rule in rules]).values_list("bytes_billed", flat=True)
    assert max(shares) - min(shares) <= 2
    assert sum(shares) == 10 * MB


def test_a_refused_statement_counts_for_nothing(dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts) -> None:
    rule = make_rule(max_bytes=MB)
    verdicts()
    assert not Usage.objects.filter(rule_key=rule.pk).exists()


def test_a_pass_that_lost_its_states_has_cost_all_the_same(files: Connection, clock: Clock) -> None:
    rule_on(files, "Orders")
    batch = claim_now(RuleState.objects.all(), files.pk, clock())
    asked: list[datetime] = []

    def lose_them_on_the_way() -> datetime:
        asked.append(clock())
        if len(asked) == 4:
            RuleState.objects.update(lease_token="somebody else")
        return asked[-1]

    assert run_batch(connection_id=files.pk, token=batch.token, clock=lose_them_on_the_way) == []
    assert not Check.objects.exists()
    assert totals(files)["statements"] == 4


def test_a_pass_whose_store_does_not_answer_notes_what_it_had_asked(
    dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts, connection: Connection
) -> None:
    make_rule()
    dwh.server.account.exists = False
    dwh.server.account.tokens.clear()
    assert verdicts() == {"shop.orders": "unknown"}
    assert totals(connection)["bytes_billed"] in (0, None)


def test_a_renamed_rule_is_noted_under_its_new_name(files: Connection) -> None:
    for name in ("Old", "New"):
        spending = Spending(FREE, TODAY)
        spending.note([Payer(7, name)], 2, 10)
        add_usage(files, spending)
    usage = Usage.objects.get(rule_key=7)
    assert (usage.rule_name, usage.statements, usage.bytes_billed) == ("New", 4, 20)


@pytest.mark.django_db(transaction=True)
def test_passes_that_end_at_the_same_moment_lose_nothing(team: Team) -> None:
    store = save_connection(team=team, name="files", engine="duckdb", settings={"path": "/nowhere"})

    def end_passes(_: int) -> None:
        for _ in range(10):
            spending = Spending(FREE, TODAY)
            spending.note([Payer(7, "Orders")], 1, 100)
            spending.note((), 2, 0)
            add_usage(store, spending)
        database.close()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(end_passes, range(4)))
    assert totals(store) == {"statements": 120, "bytes_billed": 4_000}


def test_the_rows_of_a_thousand_rules_are_one_prepared_statement(files: Connection) -> None:
    spending = Spending(FREE, TODAY)
    for number in range(1, 1_001):
        spending.note([Payer(number, f"Rule {number}")], 1, 0)
    with CaptureQueriesContext(database) as queries:
        add_usage(files, spending)
    assert len(queries) == 1
    assert Usage.objects.count() == 1_000


def test_statements_that_many_rules_share_make_few_rows(files: Connection, clock: Clock) -> None:
    for number in range(30):
        rule_on(files, f"Rule {number}")
    check_now(rules=None, clock=clock)
    assert Usage.objects.filter(connection=files).count() == 2
    assert totals(files)["statements"] == 4


@pytest.mark.parametrize("lot", range(3))
def test_over_many_passes_a_shared_statement_is_counted_for_each_of_its_rules(lot: int) -> None:
    spending = Spending(FREE, TODAY, lot=lot)
    payers = [Payer(number, "") for number in (1, 2, 3)]
    spending.note(payers, 1, 100)
    assert {key: spent.statements for key, spent in spending.by_rule.items() if spent.statements} == {lot + 1: 1}
    assert sum(spent.bytes for spent in spending.by_rule.values()) == 100
