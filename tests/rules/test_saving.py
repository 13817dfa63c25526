"""Saving a rule: what is refused with near names, what is kept, and what an edit does to its states."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from apps.alerts.models import Delivery, Incident
from apps.common.errors import InvalidInput
from apps.connections.models import Connection
from apps.rules.models import Rule, RuleState
from apps.rules.services import (
    RuleDraft,
    delete_rule,
    request_check,
    save_rule,
    sentence_of,
    sentence_of_draft,
    set_paused,
)
from apps.teams.models import Team
from tests.rules.conftest import NIGHT, Clock, RuleMaker, Shop

Verdicts = Callable[[], dict[str, str]]


@pytest.mark.parametrize(
    ("changes", "field", "hint"),
    [
        ({"table": "main.ordes"}, "table", "main.orders"),
        ({"settings": {"every": "1h", "column": "updatedat"}}, "column", "updated_at"),
        ({"settings": {"every": "1h", "column": "id"}}, "column", "BIGINT"),
        ({"settings": {"every": "1h", "tolerence": "10m"}}, "tolerence", "tolerance"),
        ({"settings": {"every": "soon"}}, "every", "1h"),
        ({"kind": "freshnes"}, "", "freshness"),
        ({"severity": "hihg"}, "severity", "high"),
        ({"timezone": "Europe/Berln"}, "timezone", "Europe/Berlin"),
        ({"table": ""}, "table", "patterns"),
        ({"name": " "}, "name", "name"),
    ],
)
def test_what_cannot_work_is_refused_with_the_field_and_the_way_out(
    team: Team, connection: Connection, clock: Clock, changes: dict[str, object], field: str, hint: str
) -> None:
    values = {"name": "Orders", "connection": connection, "kind": "freshness", "table": "main.orders",
              "settings": {"every": "1h"}} | changes  # fmt: skip
    with pytest.raises(InvalidInput) as refused:
        save_rule(team=team, draft=RuleDraft(**values), now=clock())  # type: ignore[arg-type]
    assert refused.value.field == field
    assert hint in str(refused.value)
    assert not Rule.objects.exists()


def test_a_view_without_a_column_is_refused(shop: Shop, make_rule: RuleMaker) -> None:
    shop.write("CREATE VIEW recent AS SELECT * FROM orders")
    with pytest.raises(InvalidInput, match="updated_at"):
        make_rule(table="main.recent", every="1h")


def test_an_unreachable_store_is_a_warning_and_the_rule_is_saved(
    team: Team, connection: Connection, shop: Shop, clock: Clock
) -> None:
    shop.path.unlink()
    draft = RuleDraft(
        name="Orders", connection=connection, kind="freshness", table="main.orders", settings={"every": "1h"}
    )
    saved = save_rule(team=team, draft=draft, now=clock())
    assert "could not be asked" in saved.warnings[0]
    assert RuleState.objects.get().next_check_at == NIGHT


def test_saving_the_same_again_writes_nothing(team: Team, connection: Connection, clock: Clock) -> None:
    draft = RuleDraft(name="Orders", connection=connection, kind="freshness", table="orders", settings={"every": "1h"})
    rule = save_rule(team=team, draft=draft, now=clock()).rule
    again = save_rule(team=team, draft=draft, instance=rule, now=clock())
    assert not again.changed
    assert rule.history.count() == 1
    assert rule.table == "main.orders"


def test_an_edit_is_in_the_history_with_old_and_new(
    make_rule: RuleMaker, team: Team, connection: Connection, clock: Clock
) -> None:
    rule = make_rule(every="1h")
    draft = RuleDraft(
        name="Orders", connection=connection, kind="freshness", table="main.orders", settings={"every": "2h"}
    )
    save_rule(team=team, draft=draft, instance=rule, now=clock())
    newest, *_, first = rule.history.all()
    assert (first.settings, newest.settings) == ({"every": "1h"}, {"every": "2h"})


def test_a_looser_limit_ends_the_incident_at_the_next_check(
    shop: Shop, make_rule: RuleMaker, team: Team, connection: Connection, verdicts: Verdicts, clock: Clock
) -> None:
    shop.order(NIGHT - timedelta(hours=2))
    rule = make_rule(every="1h", column="updated_at")
    assert verdicts() == {"main.orders": "breached"}
    draft = RuleDraft(name="Orders", connection=connection, kind="freshness", table="main.orders",
                      settings={"every": "3h", "column": "updated_at"})  # fmt: skip
    save_rule(team=team, draft=draft, instance=rule, now=clock())
    assert verdicts() == {"main.orders": "ok"}
    assert Incident.objects.get().status == "resolved"


def test_moving_a_rule_to_another_table_ends_what_was_open_on_the_first(
    shop: Shop, make_rule: RuleMaker, team: Team, connection: Connection, verdicts: Verdicts, clock: Clock
) -> None:
    shop.order(NIGHT - timedelta(hours=2))
    shop.write(f"CREATE TABLE parcels AS SELECT TIMESTAMP '{NIGHT:%Y-%m-%d %H:%M}' AS updated_at")
    rule = make_rule(every="1h", column="updated_at")
    verdicts()
    draft = RuleDraft(name="Orders", connection=connection, kind="freshness", table="main.parcels",
                      settings={"every": "1h", "column": "updated_at"})  # fmt: skip
    save_rule(team=team, draft=draft, instance=rule, now=clock())
    assert verdicts() == {"main.parcels": "ok"}
    assert Incident.objects.get().status == "resolved"


@pytest.mark.parametrize("end", ["pause", "delete"])
def test_pausing_or_deleting_closes_the_incident_without_a_message_that_data_are_back(
    shop: Shop, make_rule: RuleMaker, verdicts: Verdicts, clock: Clock, end: str
) -> None:
    shop.order(NIGHT - timedelta(hours=2))
    rule = make_rule(every="1h", column="updated_at")
    verdicts()
    if end == "pause":
        set_paused(rule=rule, paused=True, now=clock())
    else:
        delete_rule(rule=rule, now=clock())
    assert Incident.objects.get().status == "resolved"
    assert not Delivery.objects.filter(kind="resolved").exists()


def test_patterns_warn_of_tables_that_the_kind_cannot_work_on(
    shop: Shop, team: Team, connection: Connection, clock: Clock
) -> None:
    shop.write("CREATE TABLE countries (code VARCHAR)")
    draft = RuleDraft(name="All", connection=connection, kind="freshness", include=("main.*",),
                      settings={"every": "1h", "column": "updated_at"})  # fmt: skip
    saved = save_rule(team=team, draft=draft, now=clock())
    assert "1 of 2 tables" in saved.warnings[0]
    assert "main.countries" in saved.warnings[0]


def test_excluded_tables_are_not_covered(shop: Shop, team: Team, connection: Connection, clock: Clock) -> None:
    shop.write("CREATE TABLE tmp_orders (id INTEGER)")
    draft = RuleDraft(name="All", connection=connection, kind="schema", include=("main.*",), exclude=("main.tmp_*",))
    rule = save_rule(team=team, draft=draft, now=clock()).rule
    assert set(rule.states.values_list("table", flat=True)) == {"", "orders"}


def test_one_function_writes_the_sentence_for_drafts_and_rules(
    shop: Shop, make_rule: RuleMaker, connection: Connection
) -> None:
    rule = make_rule(every="1h", tolerance="10m", column="updated_at")
    draft = RuleDraft(name="x", connection=connection, kind="freshness", table="main.orders", settings=rule.settings)
    assert sentence_of(rule=rule) == sentence_of_draft(draft=draft)
    assert "more than 70 min" in sentence_of(rule=rule)


def test_a_paused_rule_cannot_be_made_due(make_rule: RuleMaker, clock: Clock) -> None:
    rule = make_rule(every="1h")
    set_paused(rule=rule, paused=True, now=clock())
    request_check(rule=rule, now=clock())
    assert RuleState.objects.get().next_check_at is None


def test_a_drafts_sentence_can_use_what_a_like_rule_on_the_table_has_measured(
    shop: Shop, make_rule: RuleMaker, connection: Connection, verdicts: Verdicts, clock: Clock
) -> None:
    for day in range(1, 8):
        shop.order(NIGHT - timedelta(days=day), rows=1000)
    make_rule("volume", column="created_at")
    verdicts()
    settings = {"column": "created_at", "drop": "30%", "spike": None}
    draft = RuleDraft(name="x", connection=connection, kind="volume", table="main.orders", settings=settings)
    assert "700" in sentence_of_draft(draft=draft, measured=True)
    assert "700" not in sentence_of_draft(draft=draft)
