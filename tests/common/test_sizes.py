"""Bytes and money as people read them."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from apps.common.sizes import Bytes, bytes_text, bytes_words, cost_words, dollars_words, parse_bytes


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 bytes"), (999, "999 bytes"), (1_000, "1 kB"), (10_485_760, "10.5 MB"), (999_960_000, "1 GB"),
     (1_234_567_890, "1.2 GB"), (36_000_000_000, "36 GB"), (5 * 10**18, "5,000 PB")],
)  # fmt: skip
def test_bytes_are_told_by_thousands(count: int, words: str) -> None:
    assert bytes_words(count) == words


@pytest.mark.parametrize(
    ("dollars", "words"),
    [(0, ""), (0.001, "less than 0.01 US dollars"), (0.01, "0.01 US dollars"), (1234.5, "1,234.50 US dollars")],
)
def test_money_is_told_to_the_cent(dollars: float, words: str) -> None:
    assert dollars_words(dollars) == words


def test_a_tib_costs_its_price_and_bytes_without_a_price_are_told_alone() -> None:
    assert cost_words(2**40, 6.25) == "1.1 TB (6.25 US dollars)"
    assert cost_words(2**40, 0) == "1.1 TB"


@pytest.mark.parametrize(
    ("text", "count"),
    [("1 GB", 10**9), ("500MB", 5 * 10**8), ("1.5 tb", 1_500_000_000_000), (" 20 kB ", 20_000), ("2 GiB", 2**31),
     ("17 bytes", 17), ("1 byte", 1), ("0", 0), ("1000000000", 10**9), ("10485.76 kB", 10 * 2**20)],
)  # fmt: skip
def test_a_size_is_read_as_a_person_writes_it(text: str, count: int) -> None:
    assert parse_bytes(text) == count


@pytest.mark.parametrize("text", ["", "GB", "1 gig", "-1 GB", "1,5 GB", "1 GB 2 MB", "1.5 bytes", "1e9", "١ GB", "nan"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no size; write a number|no whole number of bytes"):
        parse_bytes(text)


@pytest.mark.parametrize(
    ("count", "text"),
    [(10**9, "1 GB"), (1_500_000_000_000, "1.5 TB"), (10 * 2**20, "10485.76 kB"), (1_234_567_891, "1234567.891 kB"),
     (0, "0 bytes"), (999, "999 bytes"), (5 * 10**18, "5000 PB"), (100_000_000, "100 MB")],
)  # fmt: skip
def test_a_size_is_written_so_that_it_reads_back_the_same(count: int, text: str) -> None:
    assert bytes_text(count) == text
    assert parse_bytes(text) == count


def test_a_setting_takes_words_and_numbers_and_keeps_a_number() -> None:
    setting: TypeAdapter[int] = TypeAdapter(Bytes)
    assert [setting.validate_python(value) for value in ("1 GB", 10**9, "1000000000")] == [10**9] * 3
    for wrong in (-1, "-1", 1.5, [1]):
        with pytest.raises(ValidationError):
            setting.validate_python(wrong)
