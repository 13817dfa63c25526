"""Unique keys, accepted values, ranges, forms and references: what they say, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest

from apps.common.errors import InvalidInput
from apps.connections.services import Column, TableName
from apps.rules.kinds.contract import Known
from apps.rules.kinds.range import moment_words
from tests.rules.kinds.watching import Contents, make_kind, make_subject, utc, watch

NOON = utc("2026-11-21 12:00")
CUSTOMERS = TableName("main", "customers")
OTHERS = {
    TableName("main", "orders"): Contents().columns,
    CUSTOMERS: (Column("id", "BIGINT"), Column("code", "VARCHAR")),
    TableName("crm", "people"): (),
}
REFERENCE = {"column": "id", "to_table": "customers", "to_column": "id"}


@pytest.mark.parametrize(
    ("kind", "settings", "sentence"),
    [
        ("unique", {"columns": ["id"]}, "Alerts if any row of main.orders has the same id as another row."),
        ("unique", {"columns": ["id", "day", "status"], "at_most": 2},
         "Alerts if more than 2 rows of main.orders have the same id, day and status as another row."),
        ("values", {"column": "status", "accept": ["paid", "open", ""]},
         'Alerts if any row of main.orders has a value in status other than "paid", "open" or "".'),
        ("values", {"column": "status", "reject": ["test"], "allow_null": False},
         'Alerts if any row of main.orders has the value "test" in status, or none.'),
        ("values", {"column": "id", "accept": list(range(12)), "at_most_share": "1%"},
         "Alerts if more than 1 % of the rows of main.orders have a value in id other than 0, 1, 2, 3, 4, 5, 6, 7 or "
         "4 more."),
        ("range", {"column": "id", "lowest": 0}, "Alerts if any row of main.orders has a value in id below 0."),
        ("range", {"column": "id", "lowest": -0.5, "highest": "1000000"},
         "Alerts if any row of main.orders has a value in id below -0.5 or above 1,000,000."),
        ("range", {"column": "day", "highest": "2026-12-31"},
         "Alerts if any row of main.orders has a value in day above 2026-12-31."),
        ("pattern", {"column": "status", "format": "email"},
         "Alerts if any row of main.orders has a value in status that is not an email address."),
        ("pattern", {"column": "status", "pattern": "[A-Z]+"},
         "Alerts if any row of main.orders has a value in status that does not match [A-Z]+ as a whole."),
        ("references", REFERENCE,
         "Alerts if any row of main.orders has a value in id that customers does not have in id."),
    ],
)  # fmt: skip
def test_the_sentence_says_what_is_wrong(kind: str, settings: dict[str, Any], sentence: str) -> None:
    assert watch(kind, **settings).sentence == sentence


@pytest.mark.parametrize(
    ("kind", "settings", "part", "field"),
    [
        ("unique", {"columns": []}, "at least 1 item", "columns"),
        ("unique", {"columns": ["id", "id"]}, "names a column twice", "columns"),
        ("values", {"column": "status"}, "(?i)give either the values to accept or those to reject", ""),
        ("values", {"column": "status", "accept": ["a"], "reject": ["b"]}, "(?i)give either the values", ""),
        ("values", {"column": "status", "accept": []}, "at least 1 item", "accept"),
        ("values", {"column": "status", "accept": ["a", 1]}, 'the text 1 is written in quotes: "1"', "accept"),
        ("values", {"column": "status", "accept": ["a\0"]}, "none that is zero", "accept"),
        ("values", {"column": "status", "reject": [float("nan")]}, "finite|smaller than", "reject"),
        ("values", {"column": "status", "reject": [10**18]}, "smaller than 10 to the power of 18", "reject"),
        ("range", {"column": "id"}, "(?i)give lowest, highest or both", ""),
        ("range", {"column": "id", "lowest": 2, "highest": 1}, "(?i)lowest must not be above highest", ""),
        ("range", {"column": "id", "lowest": 2, "highest": "2026-01-01"}, "must both be numbers", ""),
        ("range", {"column": "id", "lowest": "yesterday"}, "no number, date or time", "lowest"),
        ("range", {"column": "id", "lowest": "1e999"}, "no number, date or time", "lowest"),
        ("range", {"column": "id", "highest": 1e300}, "smaller than 10 to the power of 18", "highest"),
        ("pattern", {"column": "status"}, "(?i)give either a format or a pattern", ""),
        (
            "pattern",
            {"column": "status", "format": "date", "pattern": "a"},
            "(?i)give either a format or a pattern",
            "",
        ),
        ("pattern", {"column": "status", "format": "mail"}, "'email'", "format"),
        ("references", REFERENCE | {"to_table": "a.b.c"}, "has 3 parts", "to_table"),
    ],
)
def test_settings_that_make_no_sense_are_refused(kind: str, settings: dict[str, Any], part: str, field: str) -> None:
    with pytest.raises(InvalidInput, match=part) as refusal:
        make_kind(kind, **settings)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("kind", "settings", "part", "field"),
    [
        ("unique", {"columns": ["id", "dya"]}, "Did you mean day", "columns"),
        ("values", {"column": "statsu", "accept": ["a"]}, "Did you mean status", "column"),
        ("values", {"column": "id", "accept": ["a"]}, "holds no text: its type is BIGINT", "accept"),
        ("values", {"column": "status", "reject": [1]}, "holds no numbers: its type is VARCHAR. A text that", "reject"),
        ("values", {"column": "status", "accept": [True]}, "holds no truth values: its type is VARCHAR", "accept"),
        ("range", {"column": "status", "lowest": 1}, "holds no numbers: its type is VARCHAR", "column"),
        ("range", {"column": "id", "lowest": "2026-01-01"}, "holds no times: its type is BIGINT", "column"),
        ("range", {"column": "created_at", "lowest": "2026-01-01 00:00+01:00"}, "times without a zone", "lowest"),
        ("pattern", {"column": "id", "format": "email"}, "holds no text: its type is BIGINT", "column"),
        ("references", REFERENCE | {"column": "idd"}, "Did you mean id", "column"),
    ],
)
def test_a_column_that_cannot_work_is_refused_with_its_type(
    kind: str, settings: dict[str, Any], part: str, field: str
) -> None:
    with pytest.raises(InvalidInput, match=part) as refusal:
        make_kind(kind, **settings).refuse(make_subject(), Contents().columns, tells_changes=True)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("change", "part", "field"),
    [
        ({"to_table": "custmers"}, "no table main.custmers in shop. Did you mean main.customers", "to_table"),
        ({"to_table": "crm.customers"}, "Did you mean main.customers", "to_table"),
        ({"to_column": "ids"}, "main.customers has no column 'ids'. Did you mean id", "to_column"),
        ({"to_column": "code"}, "'id' of main.orders is of type BIGINT, and 'code' of main.customers", "to_column"),
    ],
)
def test_what_is_referred_to_must_be_there_and_fit(change: dict[str, str], part: str, field: str) -> None:
    kind = make_kind("references", **(REFERENCE | change))
    with pytest.raises(InvalidInput, match=part) as refusal:
        kind.refuse_others(make_subject(), Contents().columns, OTHERS)
    assert refusal.value.field == field


@pytest.mark.parametrize("to_table", ["customers", "main.customers", "crm.people"])
def test_a_table_without_a_schema_is_in_that_of_the_rule_and_unknown_columns_are_no_trouble(to_table: str) -> None:
    kind = make_kind("references", **(REFERENCE | {"to_table": to_table, "where": "id > 1"}))
    kind.refuse_others(make_subject(), Contents().columns, OTHERS)
    assert kind.also_reads(make_subject())[0] in OTHERS


def test_duplicates_of_one_column_are_its_values_without_those_that_differ() -> None:
    rule = watch("unique", columns=["id"], at_most=1)
    counts = {"values": 10.0, "distinct": 8.0}
    wants = rule.kind.wants(rule.subject, Known({}), NOON)
    answers = {want: counts.get(getattr(want, "function", ""), 12) for want in wants}
    judgement = rule.judge_with(answers, NOON)
    assert (judgement.measured, judgement.basis, judgement.verdict) == (2.0, 12.0, "breached")


def test_a_range_tells_the_least_and_the_most() -> None:
    rule = watch("range", column="id", highest=100)
    judgement = rule.check(NOON, Contents({None: 5}, told={"CountWhere": 1.0, "Extreme": 1500.5}))
    assert judgement.facts["note"] == "The values go from 1,500.5 to 1,500.5."


def test_a_range_of_times_tells_them_as_times() -> None:
    rule = watch("range", column="created_at", highest="2026-11-21 03:00")
    judgement = rule.check(NOON, Contents({None: 5}, told={"CountWhere": 1.0, "Extreme": 3_850_000_000.0}))
    assert judgement.facts["note"] == "The values go from 2092-01-01 04:26:40 to 2092-01-01 04:26:40."
    assert moment_words(1e15) == "a time beyond the year 9999"
    assert moment_words(-1e15) == "a time before the year 1"


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_range_says_nothing_of_what_is_no_finite_number(number: float) -> None:
    rule = watch("range", column="id", highest=5)
    table = Contents({None: 4}, told={"CountWhere": 2.0, "Extreme": number})
    assert rule.check(utc("2026-03-04 12:00"), table).facts["note"] == ""


def test_a_range_of_an_empty_column_has_nothing_to_tell() -> None:
    judgement = watch("range", column="id", highest=100).check(NOON, Contents({None: 5}))
    assert (judgement.verdict, judgement.reason) == ("ok", "")


def test_settings_are_kept_as_people_wrote_them() -> None:
    kinds = [
        make_kind("range", column="id", lowest="5", highest=7.5),
        make_kind("range", column="day", lowest="2026-01-01", highest="2026-01-01T03:00+01:00"),
        make_kind("values", column="id", accept=[True, False]),
        make_kind("values", column="id", accept=["1", "a", "1"]),
    ]
    assert [kind.settings.plain() for kind in kinds] == [
        {"column": "id", "lowest": 5.0, "highest": 7.5},
        {"column": "day", "lowest": "2026-01-01", "highest": "2026-01-01 03:00:00+01:00"},
        {"column": "id", "accept": [True, False]},
        {"column": "id", "accept": ["1", "a"]},
    ]
