"""References to another table: what is refused at save, and when the rule looks again."""

from __future__ import annotations

import pytest

from apps.common.errors import InvalidInput
from apps.rules.services import check_now
from tests.rules.conftest import NIGHT, Clock, RuleMaker, Shop

TO = {"column": "id", "to_table": "customers", "to_column": "id"}


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """With customers 0 and 1, and an order of each."""
    shop.write("CREATE TABLE customers (id BIGINT, name VARCHAR)", "INSERT INTO customers VALUES (0, 'a'), (1, 'b')")
    shop.order(NIGHT, rows=2)
    return shop


@pytest.mark.parametrize(
    ("change", "part", "field"),
    [
        ({"to_table": "custmers"}, "no table main.custmers in shop. Did you mean main.customers", "to_table"),
        ({"to_column": "idd"}, "main.customers has no column 'idd'. Did you mean id", "to_column"),
        ({"to_column": "name"}, "they cannot be compared", "to_column"),
        ({"column": "idd"}, "main.orders has no column 'idd'. Did you mean id", "column"),
    ],
)
def test_the_other_table_is_looked_at_when_a_rule_is_saved(
    shop: Shop, make_rule: RuleMaker, change: dict[str, str], part: str, field: str
) -> None:
    with pytest.raises(InvalidInput, match=part) as refusal:
        make_rule("references", **(TO | change))
    assert refusal.value.field == field


def test_a_rule_for_many_tables_refers_to_the_same_one(shop: Shop, make_rule: RuleMaker, clock: Clock) -> None:
    make_rule("references", include=("main.orders*",), **(TO | {"to_table": "main.customers"}))
    assert {result.table: result.verdict for result in check_now(rules=None, clock=clock)} == {
        "": "ok", "main.orders": "ok",
    }  # fmt: skip


def test_a_row_that_vanishes_there_is_noticed_although_nothing_was_written_here(
    shop: Shop, make_rule: RuleMaker, clock: Clock
) -> None:
    make_rule("references", **TO)
    assert [result.verdict for result in check_now(rules=None, clock=clock)] == ["ok"]
    shop.write("DELETE FROM customers WHERE id = 1")
    clock.forward(hours=1)
    (result,) = check_now(rules=None, clock=clock)
    assert (result.verdict, result.outcome.judgement.facts["samples"]) == ("breached", ["id 1 (1 row)"])


def test_nothing_is_read_while_neither_table_was_written(shop: Shop, make_rule: RuleMaker, clock: Clock) -> None:
    make_rule("references", **TO)
    (first,) = check_now(rules=None, clock=clock)
    clock.forward(hours=1)
    (second,) = check_now(rules=None, clock=clock)
    assert first.outcome.mark == second.outcome.mark != ""
    assert second.outcome.judgement.readings == ()
    assert second.outcome.judgement.memory == first.outcome.judgement.memory


def test_another_table_that_is_dropped_makes_the_rule_unknown(shop: Shop, make_rule: RuleMaker, clock: Clock) -> None:
    make_rule("references", **TO)
    check_now(rules=None, clock=clock)
    shop.write("DROP TABLE customers")
    clock.forward(hours=1)
    (result,) = check_now(rules=None, clock=clock)
    assert result.verdict == "unknown"
    assert "customers" in result.outcome.judgement.reason
