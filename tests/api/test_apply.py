"""Applying files to a real database, against a real DuckDB file."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.alerts.models import Channel
from apps.api.plan import Action
from apps.common.errors import InvalidInput
from apps.connections.models import Connection
from apps.rules.models import Rule
from apps.teams.models import Team
from tests.api.conftest import CONFIG, HOOK_SECRET, Desk


def history_rows() -> int:
    return sum(model.history.count() for model in (Connection, Channel, Rule))


def summary(desk: Desk, text: str = CONFIG, **options: bool) -> str:
    return desk.apply(text, **options).plan.summary  # type: ignore[arg-type]


def test_a_file_makes_the_team_and_all_that_it_wants(desk: Desk) -> None:
    assert summary(desk) == "5 to add, 0 to change, 0 to remove, 0 unchanged."
    rule = Rule.objects.get(team__name="data-ops", name="Orders keep arriving")
    assert (rule.connection.name, rule.table, rule.notify.count()) == ("shop", "main.orders", 2)
    assert Channel.objects.get(name="ops-hook").secrets.open() == {"secret": HOOK_SECRET}


def test_a_second_apply_changes_nothing_and_writes_no_history(desk: Desk) -> None:
    desk.apply()
    before = history_rows()
    assert summary(desk) == "0 to add, 0 to change, 0 to remove, 5 unchanged."
    assert history_rows() == before


def test_one_edit_is_one_change_with_the_old_and_the_new_value(desk: Desk) -> None:
    desk.apply()
    outcome = desk.apply(CONFIG.replace("every: 1h", "every: 30m"))
    [step] = outcome.plan.of(Action.CHANGE)
    assert (step.name, step.fields) == ("Orders keep arriving", (("every", "1h", "30m"),))
    assert "more than 40 min" in outcome.sentences["Orders keep arriving"]
    assert Rule.objects.get(name="Orders keep arriving").settings["every"] == "30m"


def test_a_dry_run_writes_nothing_at_all(desk: Desk) -> None:
    assert summary(desk, dry_run=True) == "5 to add, 0 to change, 0 to remove, 0 unchanged."
    assert not Team.objects.exists()
    assert history_rows() == 0


def test_a_new_secret_is_a_change_that_does_not_show_it(desk: Desk) -> None:
    desk.apply()
    other = "whsec_b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXI="
    outcome = desk.apply(environ={"HOOK_SECRET": other})
    assert outcome.plan.of(Action.CHANGE)[0].fields == (("secret", "", "secret changed"),)
    assert Channel.objects.get(name="ops-hook").secrets.open() == {"secret": other}


def test_a_stored_secret_stays_when_the_environment_lacks_it(desk: Desk) -> None:
    desk.apply()
    outcome = desk.apply(CONFIG.replace("9000/hook", "9001/hook"), environ={})
    assert [step.name for step in outcome.plan.of(Action.CHANGE)] == ["ops-hook"]
    assert Channel.objects.get(name="ops-hook").secrets.open() == {"secret": HOOK_SECRET}


def test_what_left_the_file_is_listed_and_kept(desk: Desk) -> None:
    desk.apply()
    text = CONFIG[: CONFIG.index("  - name: Orders volume")]
    outcome = desk.apply(text)
    assert [step.name for step in outcome.plan.of(Action.EXTRA)] == ["Orders volume"]
    assert Rule.objects.filter(name="Orders volume").exists()


def test_prune_removes_what_left_the_file(desk: Desk) -> None:
    desk.apply()
    text = CONFIG.replace("ops-hook", "new-hook").replace("Orders volume", "Other volume")
    assert summary(desk, text, prune=True) == "2 to add, 1 to change, 2 to remove, 2 unchanged."
    assert set(Rule.objects.values_list("name", flat=True)) == {"Orders keep arriving", "Other volume"}
    assert set(Channel.objects.values_list("name", flat=True)) == {"ops-mail", "new-hook"}


def test_the_states_of_all_rules_are_locked_before_any_incident(desk: Desk) -> None:
    desk.apply()
    numbers = ", ".join(str(pk) for pk in Rule.objects.order_by("pk").values_list("pk", flat=True))
    with CaptureQueriesContext(connection) as asked:
        desk.apply("version: 1\nteam: data-ops\n", prune=True)
    text = [str(each["sql"]) for each in asked]
    both = next(place for place, sql in enumerate(text) if "rules_rulestate" in sql and f"IN ({numbers})" in sql)
    assert both < next(place for place, sql in enumerate(text) if "alerts_incident" in sql)


def test_prune_removes_a_connection_with_its_rules(desk: Desk) -> None:
    desk.apply()
    assert summary(desk, "version: 1\nteam: data-ops\n", prune=True).startswith("0 to add, 0 to change, 5 to remove")
    assert not Connection.objects.exists()
    assert not Rule.objects.exists()


def test_prune_does_not_take_a_connection_away_from_a_rule_of_the_file(desk: Desk) -> None:
    desk.apply()
    text = CONFIG.replace("connections:\n  shop:\n    engine: duckdb\n    path: ./shop.duckdb\n", "")
    with pytest.raises(InvalidInput, match="there is no connection 'shop'"):
        desk.apply(text, prune=True)
    assert Connection.objects.filter(name="shop").exists()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "table: main.orders",
            "table: main.oders",
            "line 15: Rule 'Orders keep arriving': There is no table main.oders",
        ),
        ("column: updated_at", "column: updatd_at", "line 18: Rule 'Orders keep arriving': "),
        ("column: created_at", "column: id", "line 24: Rule 'Orders volume': "),
        ("every: 1h", "evry: 1h", "line 17: 'evry' is not known here."),
    ],
)
def test_one_mistake_refuses_the_whole_file(desk: Desk, old: str, new: str, expected: str) -> None:
    found = desk.refused(CONFIG.replace(old, new, 1))
    assert any(line.startswith(f"monitors.yml, {expected}") for line in found), found
    assert not Team.objects.exists()


def test_a_missing_table_is_refused_with_near_names(desk: Desk) -> None:
    assert desk.refused(CONFIG.replace("main.orders", "main.oders", 1))[0].endswith("Did you mean main.orders?")


def test_a_store_that_does_not_answer_is_a_warning(desk: Desk) -> None:
    outcome = desk.apply(CONFIG.replace("./shop.duckdb", "./gone.duckdb"))
    [warning] = outcome.warnings
    assert warning.startswith("monitors.yml, line 13: Rule 'Orders keep arriving' and 1 more: shop could not be asked")
    assert Rule.objects.count() == 2


def test_another_teams_things_are_left_alone(desk: Desk) -> None:
    desk.apply()
    desk.apply(CONFIG.replace("team: data-ops", "team: finance"), prune=True)
    assert Rule.objects.filter(team__name="data-ops").count() == 2
    assert Rule.objects.filter(team__name="finance").count() == 2


def test_a_rule_may_move_to_another_connection_of_the_same_file(desk: Desk, make_store: Callable[..., None]) -> None:
    desk.apply()
    make_store("CREATE TABLE orders (created_at TIMESTAMP, updated_at TIMESTAMP)", name="new.duckdb")
    text = CONFIG.replace("channels:", "  new:\n    engine: duckdb\n    path: ./new.duckdb\nchannels:")
    assert summary(desk, text.replace("connection: shop", "connection: new", 1)).startswith("1 to add, 1 to change")
    assert Rule.objects.get(name="Orders keep arriving").connection.name == "new"
