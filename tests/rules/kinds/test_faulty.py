"""How many faulty rows are fine, which of them are shown, and what is remembered: told with missing values."""

from __future__ import annotations

from typing import Any

import pytest

from apps.common.errors import InvalidInput
from apps.connections.services import ENGINES
from apps.rules.kinds.nulls import Missing
from tests.rules.kinds.watching import Contents, Watching, make_kind, utc, watch

NOON = utc("2026-11-21 12:00")


def nulls(**settings: Any) -> Watching:
    return watch("nulls", column="status", **settings)


def table(faulty: int, rows: int = 1000, *samples: tuple[Any, ...]) -> Contents:
    """Rows of which some lack a status."""
    return Contents({None: rows}, told={"CountWhere": float(faulty), "SampleRows": samples})


@pytest.mark.parametrize(
    ("settings", "fine", "bad", "sentence"),
    [
        ({}, 0, 1, "Alerts if any row of main.orders has no status."),
        ({"at_most": 0}, 0, 1, "Alerts if any row of main.orders has no status."),
        ({"at_most": 1}, 1, 2, "Alerts if more than 1 row of main.orders has no status."),
        ({"at_most": 10}, 10, 11, "Alerts if more than 10 rows of main.orders have no status."),
        ({"at_most_share": "1%"}, 10, 11, "Alerts if more than 1 % of the rows of main.orders have no status."),
        ({"at_most_share": "0.3%"}, 3, 4, "Alerts if more than 0.3 % of the rows of main.orders have no status."),
        ({"at_most_share": "0.29%"}, 2, 3, "Alerts if more than 0.29 % of the rows of main.orders have no status."),
        ({"at_most_share": "0%"}, 0, 1, "Alerts if any row of main.orders has no status."),
    ],
)
def test_exactly_the_limit_is_fine_and_one_more_is_not(
    settings: dict[str, Any], fine: int, bad: int, sentence: str
) -> None:
    rule = nulls(**settings)
    assert rule.sentence == sentence
    assert [rule.check(NOON, table(faulty)).verdict for faulty in (fine, bad)] == ["ok", "breached"]


def test_a_share_of_few_rows_is_rounded_in_favour_of_the_alert() -> None:
    assert nulls(at_most_share="10%").check(NOON, table(1, rows=9)).verdict == "breached"
    assert nulls(at_most_share="10%").check(NOON, table(1, rows=10)).verdict == "ok"


def test_an_empty_table_is_fine() -> None:
    judgement = nulls(at_most_share="1%").check(NOON, table(0, rows=0))
    assert (judgement.verdict, judgement.measured, judgement.reason) == ("ok", 0.0, "")


def test_a_breach_says_how_many_and_shows_three_keys_with_what_is_personal_masked() -> None:
    rule = nulls(key=["id", "email"])
    judgement = rule.check(NOON, table(2, 1000, (17, "ann@example.com"), (18, None)))
    assert judgement.reason == "2 of 1,000 rows in main.orders have no status; none is allowed."
    assert judgement.facts == {
        "situation": "faulty", "rows": 1000, "faulty": 2, "allowed": 0, "fault": "have no status", "note": "",
        "columns": ["status"], "samples": ["id 17, email •••", "id 18, email NULL"], "reason": "",
    }  # fmt: skip
    (want,) = rule.kind.showing(rule.subject)  # type: ignore[attr-defined]
    assert want.most_rows == 3


def test_one_row_is_told_in_the_singular() -> None:
    judgement = nulls(at_most=1).check(NOON, table(2))
    assert judgement.reason == "2 of 1,000 rows in main.orders have no status; at most 1 is allowed."
    assert nulls().check(NOON, table(1, rows=1)).reason == "1 of 1 row in main.orders has no status; none is allowed."


def test_samples_are_read_only_where_there_are_too_many() -> None:
    rule = nulls(key=["id"], at_most=5)
    assert rule.check(NOON, table(5, 1000, (1,))).facts == {}
    assert rule.check(NOON, table(6, 1000, (1,))).facts["samples"] == ["id 1"]


def test_an_unwritten_table_keeps_its_breach_with_its_samples() -> None:
    rule = nulls(key=["id"])
    first = rule.check(NOON, table(2, 1000, (1,), (2,)))
    again = rule.check(NOON, unwritten=True)
    assert rule.asked == ()
    assert (again.verdict, again.facts, again.readings) == ("breached", first.facts, ())


def test_what_a_person_accepted_is_fine_until_there_are_more() -> None:
    rule = nulls()
    rule.check(NOON, table(5))
    accepted = rule.check(NOON, table(5), accepted=True)
    assert accepted.verdict == "ok"
    assert accepted.reason.endswith("A person accepted this many.")
    assert [rule.check(NOON, table(faulty)).verdict for faulty in (4, 5, 6)] == ["ok", "ok", "breached"]


def test_what_was_accepted_is_forgotten_once_all_is_well() -> None:
    rule = nulls()
    rule.check(NOON, table(5), accepted=True)
    rule.check(NOON, table(0))
    assert rule.check(NOON, table(1)).verdict == "breached"


def test_a_number_is_observed_when_it_changes() -> None:
    rule = nulls(at_most=10)
    assert [len(rule.check(NOON, table(faulty)).readings) for faulty in (0, 0, 3, 3, 4)] == [1, 0, 1, 0, 1]


def test_both_limits_at_once_are_refused() -> None:
    with pytest.raises(InvalidInput, match="Give at_most or at_most_share, not both"):
        make_kind("nulls", column="status", at_most=1, at_most_share="1%")


@pytest.mark.parametrize(
    ("settings", "part", "field"),
    [
        ({"column": "statsu"}, "Did you mean status", "column"),
        ({"column": "status", "key": ["idd"]}, "Did you mean id", "key"),
        ({"column": "id", "empty": True}, "holds no text: its type is BIGINT", "column"),
    ],
)
def test_a_column_that_is_not_there_or_no_text_is_refused(settings: dict[str, Any], part: str, field: str) -> None:
    rule = Watching(make_kind("nulls", **settings))
    with pytest.raises(InvalidInput, match=part) as refusal:
        rule.kind.refuse(rule.subject, Contents().columns, tells_changes=True)
    assert refusal.value.field == field


@pytest.mark.parametrize("key", sorted(ENGINES))
@pytest.mark.parametrize("empty", [False, True])
def test_the_condition_stands_in_brackets(key: str, empty: bool) -> None:
    written = Missing("a", empty).sql(ENGINES[key].sql)
    assert (written[0], written[-1]) == ("(", ")")
