"""Bytes and money as people read them."""

from __future__ import annotations

import pytest

from apps.common.sizes import bytes_words, cost_words, dollars_words


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
