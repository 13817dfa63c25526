"""CSV that a spreadsheet neither computes nor misreads."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from apps.common.csvfile import cell, download, lines

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =cmd|' /C calc'!A0", "＝1"]
)  # fmt: skip
def test_a_text_that_would_be_computed_is_marked_as_text(text: str) -> None:
    assert cell(text, BERLIN) == f"'{text}"


@pytest.mark.parametrize("value", ["main.orders", "", "a = b", -5.0, 12, None])
def test_plain_texts_and_numbers_stay_as_they_are(value: Any) -> None:
    assert cell(value, BERLIN) == value


def test_a_time_carries_the_offset_of_the_zone() -> None:
    assert cell(datetime(2026, 7, 1, 12, 0, tzinfo=UTC), BERLIN) == "2026-07-01T14:00:00+02:00"


def test_commas_quotes_and_line_breaks_are_read_back() -> None:
    row = ['a,b "c"', "two\nlines"]
    text = "".join(lines(("x", "y"), [row], BERLIN))
    assert list(csv.reader(text.splitlines(keepends=True))) == [["x", "y"], row]


def test_a_download_is_sent_while_it_is_read() -> None:
    rows = iter([(1,), (2,)])
    answer: Any = download("numbers", ("n",), rows, BERLIN)
    parts = iter(answer.streaming_content)
    assert (next(parts), next(parts)) == (b"n\r\n", b"1\r\n")
    assert next(rows) == (2,)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="numbers.csv"'
