"""Entries of a list in a form: texts, numbers and truth values told apart as in YAML."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.scalars import Scalar, read_scalar, write_scalar


@pytest.mark.parametrize(
    ("text", "value"),
    [("paid", "paid"), ("1", 1), ("-1.50", -1.5), ("true", True), ("False", False), ('"1"', "1"), ('"true"', "true"),
     ('""', ""), ("007 ", "007 "), ('"', '"'), ('"a" or "b"', '"a" or "b"'), ("1e5", "1e5"), ("1,5", "1,5")],
)  # fmt: skip
def test_an_entry_is_read_as_yaml_would_read_it(text: str, value: Scalar) -> None:
    read = read_scalar(text)
    assert (read, type(read)) == (value, type(value))


@given(st.text() | st.integers(-(10**17), 10**17) | st.booleans() | st.sampled_from([0.5, -2.25]))
def test_what_is_written_is_read_again_from_one_line(value: Scalar) -> None:
    written = write_scalar(value)
    read = read_scalar(written)
    assert (read, type(read)) == (value, type(value))
    assert len(written.splitlines()) == 1
    assert written == written.strip()
