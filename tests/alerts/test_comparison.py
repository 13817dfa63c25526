"""What was seen beside what was expected, in numbers, in words and as a picture."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from apps.alerts.channels.comparison import Comparison, comparison_of
from apps.alerts.channels.picture import COLORS, draw

ROWS = {"situation": "drop", "rows": 350, "expected_rows": 1000.0, "low": 800.0, "high": 1200.0}
STALE = {"situation": "stale", "age_seconds": 7800.0, "allowed_seconds": 4200.0}
NUMBER = {"situation": "number", "value": -3.2, "normal": 1.0, "low": 0.2, "high": None, "percent": True}


def of(facts: dict[str, Any]) -> Comparison:
    comparison = comparison_of(facts)
    assert comparison is not None
    return comparison


def picture_of(facts: dict[str, Any]) -> Image.Image:
    return Image.open(BytesIO(draw(of(facts)))).convert("RGB")


@pytest.mark.parametrize(
    ("facts", "caption"),
    [
        (ROWS, "Seen: 350 rows. Expected: 1,000 rows. Fine: from 800 rows to 1,200 rows."),
        (STALE, "Unchanged for: 2 h 10 min. Limit: 70 min. Fine: at most 70 min."),
        (NUMBER, "Seen: -3.2 %. Expected: 1 %. Fine: at least 0.2 %."),
        ({"situation": "spike", "rows": 12, "high": 5.0}, "Seen: 12 rows. Fine: at most 5 rows."),
        ({"situation": "drop", "rows": 0, "low": 1.0}, "Seen: 0 rows. Fine: at least 1 row."),
        ({"situation": "spike", "rows": 9, "expected_rows": 3}, "Seen: 9 rows. Expected: 3 rows."),
    ],
)
def test_the_caption_says_what_the_picture_shows(facts: dict[str, Any], caption: str) -> None:
    assert of(facts).caption == caption


@pytest.mark.parametrize(
    "facts",
    [
        {}, {"situation": "schema"}, {"situation": "drop", "rows": 5}, {"situation": "stale", "age_seconds": 60.0},
        STALE | {"age_seconds": None}, STALE | {"age_seconds": "long"}, STALE | {"age_seconds": float("nan")},
        STALE | {"age_seconds": float("inf")}, ROWS | {"rows": True}, ROWS | {"rows": 10**400},
        {"situation": ["drop"], "rows": 1, "low": 2.0},
    ],
)  # fmt: skip
def test_without_two_numbers_there_is_nothing_to_compare(facts: dict[str, Any]) -> None:
    assert comparison_of(facts) is None


def test_the_longer_bar_is_the_larger_number() -> None:
    picture = picture_of(STALE)
    colors = picture.getcolors(100_000) or []
    seen, limit = (int(COLORS[name][1:], 16) for name in ("seen", "held"))
    count = {(red << 16) + (green << 8) + blue: number for number, (red, green, blue) in colors}  # type: ignore[misc]
    assert count[seen] / count[limit] == pytest.approx(7800 / 4200, rel=0.02)


@pytest.mark.parametrize("facts", [ROWS, STALE, NUMBER, {"situation": "spike", "rows": 10**14, "low": -(10.0**14)}])
def test_the_picture_is_small_and_wide_enough_for_fine_screens(facts: dict[str, Any]) -> None:
    assert picture_of(facts).width == 1040
    assert len(draw(of(facts))) < 12_000


def test_numbers_that_are_all_zero_can_be_drawn() -> None:
    assert picture_of({"situation": "drop", "rows": 0, "expected_rows": 0.0}).height > 50
