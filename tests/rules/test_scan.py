"""What one rule cannot read is no trouble of the other rules on the same table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from apps.rules.models import Check
from apps.rules.services import check_now
from tests.rules.conftest import NIGHT, Clock, RuleMaker, Shop

Verdicts = Callable[[], dict[str, str]]


def by_rule(clock: Clock) -> dict[str, str]:
    """The verdicts of a check of everything."""
    return {result.rule: result.verdict for result in check_now(rules=None, clock=clock)}


@pytest.mark.parametrize("statement", ["DROP COLUMN created_at", "ALTER COLUMN created_at TYPE VARCHAR"])
def test_a_column_that_is_gone_or_changed_makes_only_the_rule_that_reads_it_unknown(
    shop: Shop, make_rule: RuleMaker, clock: Clock, statement: str
) -> None:
    shop.order(NIGHT - timedelta(minutes=5))
    make_rule(name="By created_at", every="1d", column="created_at")
    make_rule(name="By updated_at", every="1d", column="updated_at")
    make_rule("schema", name="Columns")
    by_rule(clock)
    shop.write(f"ALTER TABLE orders {statement}")
    assert by_rule(clock) == {"By created_at": "unknown", "By updated_at": "ok", "Columns": "breached"}
    assert "created_at" in Check.objects.filter(verdict="unknown").latest("pk").reason


def test_a_condition_that_fails_while_it_runs_is_no_trouble_of_the_other_rules(
    shop: Shop, make_rule: RuleMaker, clock: Clock
) -> None:
    shop.order(NIGHT - timedelta(minutes=5), rows=3)
    make_rule("nulls", name="Bad one", column="id", where="CAST(CAST(id AS VARCHAR) || 'x' AS INTEGER) > 1")
    make_rule("nulls", name="Bad two", column="id", where="CAST(CAST(id AS VARCHAR) || 'y' AS INTEGER) > 1")
    make_rule("nulls", name="Nulls", column="id")
    make_rule("range", name="Range", column="id", lowest=0, highest=1)
    assert by_rule(clock) == {"Bad one": "unknown", "Bad two": "unknown", "Nulls": "ok", "Range": "breached"}
    reasons = dict(Check.objects.filter(verdict="unknown").values_list("state__rule__name", "reason"))
    assert "0x" in reasons["Bad one"]
    assert "0y" in reasons["Bad two"]


def test_a_column_with_a_million_values_to_tell_apart_is_named(shop: Shop, make_rule: RuleMaker, clock: Clock) -> None:
    shop.write("CREATE TABLE clicks AS SELECT range AS id, 'x' AS page FROM range(200001)")
    make_rule("nulls", name="Apart", table="main.clicks", column="page", by="id")
    make_rule("nulls", name="All", table="main.clicks", column="page")
    assert by_rule(clock) == {"Apart": "unknown", "All": "ok"}
    assert Check.objects.get(verdict="unknown").reason.startswith("Column id has far more than 100 values")


def test_each_rule_is_told_of_the_column_that_it_lacks(shop: Shop, make_rule: RuleMaker, clock: Clock) -> None:
    make_rule("nulls", name="Created", column="created_at")
    make_rule("nulls", name="Updated", column="updated_at")
    shop.write("ALTER TABLE orders DROP COLUMN created_at", "ALTER TABLE orders DROP COLUMN updated_at")
    by_rule(clock)
    reasons = dict(Check.objects.filter(verdict="unknown").values_list("state__rule__name", "reason"))
    assert reasons == {
        "Created": "The column created_at is no longer in main.orders.",
        "Updated": "The column updated_at is no longer in main.orders.",
    }
