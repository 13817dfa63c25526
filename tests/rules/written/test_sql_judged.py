"""The verdicts of own SQL: exactly at a limit, one beyond it, and what a person has accepted."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from apps.connections.services import QueryFailed
from apps.rules.kinds.contract import Judgement
from apps.rules.kinds.written import OneNumber
from tests.rules.kinds.watching import Contents, Watching, utc, watch

NOW = utc("2026-03-04 12:00")
EMAILS = "SELECT id, email, total FROM {table} WHERE total < 0"


def number(text: str, rule: Watching | None = None, *, accepted: bool = False, **limits: Any) -> Judgement:
    rule = rule or watch("sql", sql="SELECT 1", **limits)
    return rule.check(NOW, Contents(told={"OneNumber": Decimal(text)}), accepted=accepted)


@pytest.mark.parametrize(
    ("limits", "fine", "beyond"),
    [
        ({"at_least": 0.1}, "0.1", "0.0999999999999999999"),
        ({"at_most": 100}, "100", "100.01"),
        ({"equals": 0}, "0.00", "0.01"),
        ({"equals": 0.3}, "0.3", "0.30000000000000004"),
        ({"at_least": -5, "at_most": -1}, "-1", "-0.99"),
    ],
)
def test_exactly_the_limit_is_fine_and_the_least_beyond_is_not(limits: dict[str, Any], fine: str, beyond: str) -> None:
    assert number(fine, **limits).verdict == "ok"
    assert number(beyond, **limits).verdict == "breached"


def test_a_number_that_a_person_accepted_is_fine_until_it_gets_worse_or_was_well() -> None:
    rule = watch("sql", sql="SELECT 1", at_most=10)
    assert number("12", rule).verdict == "breached"
    assert number("12", rule, accepted=True).verdict == "ok"
    assert number("11.5", rule).verdict == "ok"
    assert number("12.5", rule).verdict == "breached"
    assert number("9", rule).verdict == "ok"
    assert number("12", rule).verdict == "breached"


def test_facts_and_reason_give_the_number_exactly() -> None:
    found = number("1234567.10", at_least=2_000_000)
    assert found.reason == "The query gave 1,234,567.10; at least 2,000,000 is expected."
    assert found.facts == {
        "situation": "query_number", "number": "1,234,567.10", "expected": "at least 2,000,000", "reason": ""
    }  # fmt: skip


def test_a_number_of_a_thousand_digits_is_told_in_short() -> None:
    assert number("1E+300", at_most=1).facts["number"] == "1e+300"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("12", "a text"), (True, "true or false"), (None, "NULL"), (date(2026, 1, 1), "a date"),
        (float("nan"), "not finite"), (Decimal("Infinity"), "not finite"), ((1,), "another kind"),
        (Decimal("1E+400"), "too large"),
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused_without_showing_it(value: Any, said: str) -> None:
    with pytest.raises(QueryFailed, match=said) as caught:
        OneNumber("SELECT 1").read([(value,)])
    assert "12" not in str(caught.value)


def test_two_columns_are_no_number() -> None:
    with pytest.raises(QueryFailed, match="2 columns"):
        OneNumber("SELECT 1").read([(1, 2)])


def test_rows_that_must_not_exist_are_shown_and_what_is_personal_is_masked() -> None:
    rule = watch("sql", sql=EMAILS, expect="no_rows", samples=2)
    rows = ((7, "a@b.c", Decimal("-1.50")), (8, None, Decimal(-2)))
    told = {"CountOfRows": Decimal(1200), "FirstRows": rows}
    found = rule.check(NOW, Contents(told=told))
    assert (found.verdict, found.measured, found.high) == ("breached", 1200, 0)
    assert found.facts["samples"] == ["id 7, email •••, total -1.50", "id 8, email •••, total -2"]
    assert found.reason == "The query found 1,200 rows that must not exist."


def test_rows_whose_columns_are_not_known_are_masked_as_a_whole() -> None:
    rule = watch("sql", sql="SELECT * FROM {table}", expect="no_rows")
    told = {"CountOfRows": Decimal(1), "FirstRows": ((7, "x"),)}
    assert rule.check(NOW, Contents(told=told)).facts["samples"] == ["•••, •••"]


def test_without_rows_to_show_only_their_number_is_asked() -> None:
    rule = watch("sql", sql="SELECT * FROM {table}", expect="no_rows", samples=0)
    assert rule.check(NOW, Contents(told={"CountOfRows": Decimal(1)})).facts["samples"] == []
    assert [type(want).__name__ for want in rule.asked] == ["CountOfRows"]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"at_least": 1, "at_most": 2.5}, "gives less than 1 or more than 2.5."),
        ({"equals": 0}, "gives any other number than 0."),
        ({"expect": "no_rows"}, "finds any row."),
    ],
)
def test_the_sentence_says_what_is_wrong(settings: dict[str, Any], sentence: str) -> None:
    rule = watch("sql", sql="SELECT 1", **settings)
    assert rule.sentence == f"Alerts if the query of this rule for main.orders {sentence}"
