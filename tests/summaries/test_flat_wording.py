"""The words for rows that do not change."""

from __future__ import annotations

from typing import Any

import pytest

from apps.summaries.services import write_message

BASE: dict[str, Any] = {
    "situation": "flat", "rule": "Orders", "connection": "shop", "table": "main.orders", "timezone": "UTC",
    "checked_at": "2026-03-04T08:00:00+00:00", "rows": 120, "same_seconds": 21_600.0, "flat_seconds": 21_600.0,
    "reason": "",
}  # fmt: skip


@pytest.mark.parametrize(("facts", "words"), [
    ({}, "main.orders has had exactly 120 rows for 6 h"),
    ({"per": "1h"}, "main.orders has received exactly 120 rows an hour for 6 h"),
    ({"per": "1d", "rows": 0, "same_seconds": 172_800.0}, "main.orders has received no row for 2 days"),
])  # fmt: skip
def test_what_stands_still_is_said_with_its_numbers(facts: dict[str, Any], words: str) -> None:
    text = write_message(kind="opened", facts={**BASE, **facts}, severity="high", link="", repeated=False)
    assert words in text.headline
    assert ("Limit", "6 h") in text.details


def test_facts_that_lack_everything_are_told_all_the_same() -> None:
    for kind in ("opened", "resolved"):
        text = write_message(kind=kind, facts={"situation": "flat"}, severity="high", link="", repeated=False)
        assert text.headline
