"""Every situation, in every kind of message, is told in whole sentences for somebody who reads nothing else."""

from __future__ import annotations

import re
from typing import Any

import pytest

from apps.summaries.situations import SITUATIONS
from apps.summaries.wording import WRITERS, Text, compose

BASE: dict[str, Any] = {
    "rule": "Orders", "connection": "shop", "table": "main.orders", "timezone": "Europe/Berlin",
    "checked_at": "2026-11-21T05:10:00+00:00", "opened_at": "2026-11-21T05:10:00+00:00",
    "resolved_at": "2026-11-21T06:10:00+00:00", "duration_seconds": 3600.0, "reason": "", "because": "a rule names it",
}  # fmt: skip
ROWS = {"rows": 350, "expected_rows": 1000, "difference_percent": -65.0, "per": "1d", "baseline_words": "the last week"}
OWN = {"rule": "", "table": "", "connection": ""}
# What each situation is told with, and the sentence that has to be in its beginning.
TOLD: dict[str, tuple[dict[str, Any], str]] = {
    "stale": (
        {"age_seconds": 7800.0, "allowed_seconds": 4200.0, "last_change": "2026-11-21T03:00:00+00:00"},
        "main.orders has not changed for 2 h 10 min. Its last change was on 21 Nov 2026, 04:00 (Europe/Berlin). The "
        "limit is 70 min.",
    ),
    "drop": (ROWS, "main.orders received 65 % fewer rows than expected. It received 350 rows; 1,000 were expected"),
    "spike": (
        ROWS | {"rows": 2000, "difference_percent": 100.0},
        "main.orders received 100 % more rows than expected. It received 2,000 rows; 1,000 were expected",
    ),
    "schema": (
        {
            "added": [["discount", "numeric"]], "removed": [["price", "integer"]], "renamed": [["country", "land"]],
            "changed": [["id", "integer", "text"]],
        },
        "Added: discount (numeric). Removed: price (integer). Renamed: country → land. Of another type: id (integer → "
        "text).",
    ),
    "faulty": (
        {"rows": 1204, "faulty": 3, "allowed": 0, "fault": "have no mail", "samples": ["7"]},
        "3 rows of main.orders have no mail. That is 0.2 % of 1,204 rows; none is allowed. Such as: 7.",
    ),
    "flat": (
        {"rows": 1204, "same_seconds": 172_800, "flat_seconds": 86_400},
        "main.orders has had exactly 1,204 rows for 2 days. The rule alerts when that lasts 1 day.",
    ),
    "gaps": (
        {"missing": ["19 Nov 2026", "20 Nov 2026"], "count": 5, "periods": "day"},
        "main.orders has no rows for 5 days. Missing: 19 Nov 2026, 20 Nov 2026 and 3 more.",
    ),
    "number": (
        {"what": "the mean of price", "value": 3.5, "normal": 5.25, "low": 4.0, "high": 6.5},
        "The mean of price in main.orders is 3.5. Usual is 5.25; from 4 to 6.5 is fine.",
    ),
    "query_number": (
        {"number": "7.25", "expected": "at most 5"},
        "The query of main.orders gives 7.25. It should give at most 5.",
    ),
    "query_rows": (
        {"rows": 2, "samples": ["7, late"]},
        "main.orders has 2 rows that must not exist. The query of the rule should find none. Such as: (7, late).",
    ),
    "reconciliation": (
        {"other": "main.sums of ledger", "compared": 1000, "differences": 3, "missing_here": 3},
        "main.orders and main.sums of ledger do not agree: 3 differences. Of 1,000 compared: 3 missing in main.orders.",
    ),
    "unknown": (
        {"reason": "The query ran longer than 30 s"},
        "main.orders could not be checked. The query ran longer than 30 s.",
    ),
    "connection": (
        OWN | {"connection": "shop", "reason": "The password is wrong.", "rules": 12},
        "The connection shop cannot be used. The password is wrong. 12 rules cannot be checked until then.",
    ),
    "budget": (
        OWN | {"connection": "dwh", "rules": 3, "used_bytes": 10**9, "limit_bytes": 2 * 10**9},
        "The connection dwh may be billed no more bytes today. 1 GB of 2 GB were billed so far.",
    ),
    "channel": (
        OWN | {"channel": "ops-mail", "error": "550 No such user"},
        "The channel ops-mail does not take messages. 550 No such user.",
    ),
    "midwatch": (
        OWN | {"trouble_title": "No check was finished for 10 min", "reason": "Start a worker."},
        "No check was finished for 10 min. Start a worker.",
    ),
}  # fmt: skip
KINDS = ("opened", "reopened", "changed", "escalated", "reminder", "summary", "resolved")


def told(situation: str, kind: str) -> Text:
    facts = BASE | {"situation": situation, "change": "It got worse."} | TOLD[situation][0]
    return compose(kind=kind, facts=facts, severity="high", repeated=False)


def test_no_situation_and_no_kind_of_message_is_left_out_here() -> None:
    assert set(TOLD) == set(SITUATIONS)
    assert {*KINDS, "test", "rollup", "digest"} == {*WRITERS, "opened", "reopened"}


@pytest.mark.parametrize("situation", TOLD)
def test_a_beginning_says_what_is_wrong_with_its_numbers(situation: str) -> None:
    assert TOLD[situation][1] in told(situation, "opened").headline


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("situation", TOLD)
def test_every_message_is_whole_sentences_about_something(situation: str, kind: str) -> None:
    text = told(situation, kind)
    about = {"connection": "shop", "budget": "dwh", "channel": "ops-mail", "midwatch": ""}.get(situation, "main.orders")
    for sentence in (text.headline, text.footer):
        assert re.fullmatch(r"\S.*[.?]", sentence)
        assert not re.search(r"None|\{|\}|\s\s|\.\.|\(\)|nan", sentence)
    assert about in text.headline
    assert about in text.subject
    assert all(name and value for name, value in text.details)


@pytest.mark.parametrize("situation", TOLD)
def test_an_end_says_that_it_is_good_again_and_how_long_it_lasted(situation: str) -> None:
    text = told(situation, "resolved")
    assert "The trouble lasted 1 h." in text.headline
    assert re.search(r"again|expected|up to date|any more", text.headline)
