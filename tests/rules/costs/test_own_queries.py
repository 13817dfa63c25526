"""Queries of a person's own where reading costs money: priced before, paid by their rule alone, and bounded."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from apps.alerts.models import Incident
from apps.common.errors import InvalidInput
from apps.connections.models import Connection, Usage
from apps.connections.services import save_connection
from apps.rules.models import Check
from apps.rules.services import RuleDraft, check_now, estimate_cost, save_rule
from apps.teams.models import Team
from tests.rules.conftest import NIGHT, Clock, Shop
from tests.rules.costs.conftest import MB, Connect, Dwh, MakeRule

Verdicts = Callable[[], dict[str, str]]
COUNT = "SELECT COUNT(id) FROM {table} WHERE id < 0"


def test_a_query_is_priced_before_it_is_saved_and_reads_nothing_for_it(
    dwh: Dwh, connection: Connection, clock: Clock
) -> None:
    dwh.size("orders", 954)
    draft = RuleDraft(
        name="Mine", connection=connection, kind="sql", table="shop.orders", settings={"sql": COUNT, "equals": 0}
    )
    told = estimate_cost(team=connection.team, draft=draft, now=clock())
    assert "Each check reads at most 1 GB" in told.sentence
    assert dwh.scans == []


def test_a_query_that_bigquery_cannot_plan_is_refused_by_a_dry_run(dwh: Dwh, make_rule: MakeRule) -> None:
    with pytest.raises(InvalidInput, match=r"(?i)missing") as caught:
        make_rule("sql", sql="SELECT SUM(missing) FROM {table}", equals=0)
    assert caught.value.field == "sql"
    assert dwh.scans == []


def test_only_the_rule_itself_pays_for_its_query(dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts) -> None:
    dwh.size("orders", 500)
    mine = make_rule("sql", name="Mine", sql=COUNT, equals=0)
    other = make_rule("volume", name="Rows", at_least=1, drop=None, spike=None)
    verdicts()
    assert Usage.objects.get(rule_key=mine.pk).bytes_billed == 500 * MB
    assert not Usage.objects.filter(rule_key=other.pk, bytes_billed__gte=400 * MB).exists()


def test_a_query_that_would_be_billed_too_much_is_not_run(dwh: Dwh, make_rule: MakeRule, verdicts: Verdicts) -> None:
    dwh.size("orders", 954)
    make_rule("sql", sql=COUNT, equals=0, max_bytes=100 * MB)
    assert verdicts() == {"shop.orders": "unknown"}
    assert "Raise the rule's most bytes per check" in Check.objects.get().reason
    assert dwh.scans == []


def test_the_budget_of_the_day_of_another_connection_is_kept_and_is_no_incident_of_the_rules_own(
    team: Team, shop: Shop, dwh: Dwh, connect: Connect, clock: Clock
) -> None:
    shop.order(NIGHT)
    dwh.size("orders", 100)
    connect(max_bytes_per_day=150 * MB)
    files = save_connection(team=team, name="files", engine="duckdb", settings={"path": str(shop.path)})
    settings = {"other": "dwh", "other_table": "shop.orders", "key": ["id"]}
    draft = RuleDraft(name="Same", connection=files, kind="reconciliation", table="main.orders", settings=settings)
    save_rule(team=team, draft=draft, now=clock())
    found = []
    for _ in range(3):
        found += [result.verdict for result in check_now(rules=None, clock=clock)]
        clock.forward(minutes=10)
    assert found == ["breached", "unknown", "unknown"]
    assert "dwh: Over budget" in Check.objects.latest("pk").reason
    assert not Incident.objects.filter(key__endswith="/budget").exists()
    assert not Incident.objects.filter(key__startswith="connection/").exists()
