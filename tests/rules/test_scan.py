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
