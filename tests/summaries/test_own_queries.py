"""How a query of a person's own, and two sides that do not agree, are told."""

from __future__ import annotations

from typing import Any

import pytest

from apps.summaries.wording import compose

BASE: dict[str, Any] = {
    "rule": "The ledger adds up", "connection": "bank", "table": "main.entries", "sentence": "Alerts if …",
    "timezone": "UTC", "checked_at": "2026-11-21T07:20:00+00:00", "source": "the rule's query", "trust": "exact",
    "reason": "",
}  # fmt: skip
NUMBER = BASE | {"situation": "query_number", "number": "7.25", "expected": "at most 5"}
ROWS = BASE | {"situation": "query_rows", "rows": 1204,
               "samples": ["id 7, email •••", "id 8, email •••", "id 9, email •••", "id 10, email •••"]}  # fmt: skip
SAMPLES = {"missing_here": ["account 4"], "missing_there": [], "repeated": [],
           "different": ["account 42: amount 10.00 here, 9.99 there"]}  # fmt: skip
APART = BASE | {"situation": "reconciliation", "other": "main.balances of ledger", "sums": True, "compared": 1000,
                "differences": 2, "allowed": 1, "missing_here": 1, "missing_there": 0, "different": 1, "repeated": 0,
                "keyless": 0, "samples": SAMPLES, "hint": ""}  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "headline"),
    [
        (NUMBER, "The query of main.entries gives 7.25. It should give at most 5."),
        (
            ROWS,
            "main.entries has 1,204 rows that must not exist. The query of the rule should find none. "
            "Such as: (id 7, email •••), (id 8, email •••), (id 9, email •••).",
        ),
        (
            APART,
            "main.entries and main.balances of ledger do not agree: 2 differences. Of 1,000 compared: 1 missing in "
            "main.entries (account 4), 1 with another sum (account 42: amount 10.00 here, 9.99 there). "
            "At most 1 may differ.",
        ),
        (
            APART | {"keyless": 3, "samples": {}, "hint": "Cast one of them"},
            "main.entries and main.balances of ledger do not agree: 2 differences. Of 1,000 compared: 1 missing in "
            "main.entries, 1 with another sum, 3 without a key. At most 1 may differ. Cast one of them.",
        ),
    ],
)
def test_the_headline_says_what_is_wrong(facts: dict[str, Any], headline: str) -> None:
    text = compose(kind="opened", facts=facts, severity="high", repeated=False)
    assert text.headline == headline


def test_the_details_show_every_row_that_is_kept() -> None:
    details = compose(kind="opened", facts=ROWS, severity="high", repeated=False).details
    assert ("Found", "1,204 rows") in details
    assert ("Row 4", "id 10, email •••") in details


def test_the_details_name_the_keys_of_each_sort() -> None:
    details = compose(kind="opened", facts=APART, severity="high", repeated=False).details
    assert ("With another sum", "1: account 42: amount 10.00 here, 9.99 there") in details
    assert ("Missing in main.entries", "1: account 4") in details


@pytest.mark.parametrize(
    "facts", [NUMBER, ROWS, APART, BASE | {"situation": "reconciliation"}, BASE | {"situation": "query_rows"}]
)
def test_the_end_is_told_as_well_and_lacking_facts_do_no_harm(facts: dict[str, Any]) -> None:
    for kind in ("opened", "resolved"):
        text = compose(kind=kind, facts=facts | {"duration_seconds": 60.0}, severity="high", repeated=False)
        assert "main.entries" in text.headline
