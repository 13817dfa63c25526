"""What a mail says of rows that break a rule."""

from __future__ import annotations

from typing import Any

import pytest

from apps.summaries.wording import compose

BASE: dict[str, Any] = {
    "rule": "Orders are sound", "kind": "values", "connection": "shop", "table": "main.orders",
    "sentence": 'Alerts if any row of main.orders has a value in status other than "paid".', "timezone": "UTC",
    "checked_at": "2026-11-21T07:20:00+00:00", "source": "counted in the table", "trust": "exact", "reason": "",
    "situation": "faulty", "rows": 1204, "faulty": 3, "allowed": 0,
    "fault": 'have a value in status other than "paid"', "columns": ["status"],
    "samples": ["status Paid (2 rows)", "status draft (1 row)"], "note": "",
}  # fmt: skip


def headline(**facts: Any) -> str:
    return compose(kind="opened", facts=BASE | facts, severity="high", repeated=False).headline


def test_the_message_says_how_many_of_how_many_and_shows_some() -> None:
    text = compose(kind="opened", facts=BASE, severity="high", repeated=False)
    assert text.subject == ('[High] Orders are sound: 3 rows of main.orders have a value in status other than "paid"')
    assert text.headline == (
        '3 rows of main.orders have a value in status other than "paid". That is 0.2 % of 1,204 rows; none is allowed. '
        "Such as: status Paid (2 rows); status draft (1 row)."
    )
    assert dict(text.details) | {"Faulty": "3 rows", "Of": "1,204 rows", "Allowed": "0 rows"} == dict(text.details)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"faulty": 1, "rows": 1, "fault": "has no email"},
         "1 row of main.orders has no email. That is 100 % of 1 row; none is allowed."),
        ({"faulty": 2, "rows": 5_000_000, "allowed": 1, "fault": "have no email"},
         "2 rows of main.orders have no email. That is less than 0.1 % of 5,000,000 rows; at most 1 is allowed."),
        ({"faulty": 30, "rows": 100, "allowed": 20, "fault": "have a value in amount above 9",
          "note": "The values go from 1 to 12."},
         "30 rows of main.orders have a value in amount above 9. That is 30 % of 100 rows; at most 20 are allowed. "
         "The values go from 1 to 12."),
        ({"faulty": 2, "rows": None, "fault": "took a step of status that is not allowed"},
         "2 rows of main.orders took a step of status that is not allowed."),
    ],
)  # fmt: skip
def test_one_many_and_unknown_numbers_read_well(facts: dict[str, Any], words: str) -> None:
    assert headline(samples=[], **facts) == words


@pytest.mark.parametrize(
    ("segments", "title", "broken"),
    [(["DE"], "(country DE)", "country DE"), (["DE", "no value"], "(country DE and 1 more)", "country DE, no value")],
)
def test_the_values_of_a_column_that_are_broken_are_named(segments: list[str], title: str, broken: str) -> None:
    facts = BASE | {"segments": segments, "segment_column": "country", "fault": "have no email", "samples": []}
    text = compose(kind="opened", facts=facts, severity="high", repeated=False)
    assert text.subject.endswith(f"3 rows of main.orders have no email {title}")
    assert "That is 0.2 % of 1,204 rows with country DE; none is allowed." in text.headline
    assert dict(text.details)["Broken for"] == broken


def test_the_end_is_told() -> None:
    end = {"opened_at": "2026-11-21T06:00:00+00:00", "resolved_at": "2026-11-21T07:20:00+00:00",
           "duration_seconds": 4800.0, "by": "", "trouble": "3 rows of main.orders have no email"}  # fmt: skip
    text = compose(kind="resolved", facts=BASE | end, severity="high", repeated=False)
    assert text.headline == "The rows of main.orders are as they should be again. The trouble lasted 1 h 20 min."


def test_what_a_data_store_holds_cannot_break_a_line() -> None:
    assert "\n" not in headline(samples=["status a\nb\x1b[31m"])


def test_whatever_the_situation_the_title_says_of_which_rows_it_tells() -> None:
    number = {"situation": "number", "what": "the mean of price", "value": 3.5, "low": 4.0}
    facts = BASE | number | {"segments": ["DE", "FR"], "segment_column": "country"}
    text = compose(kind="opened", facts=facts, severity="high", repeated=False)
    assert text.subject.endswith("The mean of price in main.orders is 3.5 (country DE and 1 more)")
