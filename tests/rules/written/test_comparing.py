"""Two sets of rows compared by key, as values."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from apps.rules.kinds.comparing import Unlike, compare, same

CENT = Decimal("0.01")
MOMENT = datetime(2026, 11, 21, 3, tzinfo=UTC)


def test_equal_rows_do_not_differ_whatever_their_order() -> None:
    found = compare([(1, "a"), (2, "b")], [(2, "b"), (1, "a")], key=1)
    assert (found.compared, found.differences) == (2, 0)


def test_each_sort_of_difference_is_told_with_its_keys() -> None:
    here = [(1, 5), (2, 5), (3, 5), (4, 5), (4, 6), (None, 5)]
    there = [(2, 5), (3, 6), (4, 5), (5, 5), (None, 5)]
    found = compare(here, there, key=1)
    assert (found.missing_here, found.missing_there, found.repeated) == ([(5,)], [(1,)], [(4,)])
    assert found.unlike == [Unlike((3,), [(0, 5, 6)])]
    assert (found.keyless, found.compared, found.differences) == (2, 5, 6)


def test_a_key_of_several_columns_is_one_key_and_lacks_when_a_part_of_it_does() -> None:
    found = compare([(1, "a"), (1, None)], [(1, "a")], key=2)
    assert (found.compared, found.keyless, found.differences) == (1, 1, 1)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (1, Decimal("1.00")),
        (0.1, Decimal("0.1")),
        (True, 1),
        (None, None),
        (MOMENT, MOMENT.astimezone(timezone(timedelta(hours=5, minutes=45)))),
        (MOMENT, "2026-11-21 03:00:00"),
        (date(2026, 11, 21), "2026-11-21"),
        (UUID(int=7), str(UUID(int=7))),
        (b"\x01", bytearray(b"\x01")),
        (0.1 + 0.2, Decimal("0.3")),
        (float("nan"), Decimal("NaN")),
    ],
)
def test_the_same_value_of_two_stores_is_the_same(left: Any, right: Any) -> None:
    assert same(left, right)
    assert same(right, left)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (Decimal("9999999999999.99"), Decimal("10000000000000.00")),
        (9_999_999.99, Decimal("10000000.00")),
        (None, 0),
        (None, ""),
        ("1", 1),
        ("a", "A"),
        (float("nan"), 1.0),
    ],
)
def test_what_differs_by_a_cent_or_in_kind_is_not_the_same(left: Any, right: Any) -> None:
    assert not same(left, right)
    assert not same(right, left)


def test_a_tolerance_is_for_floats_alone_and_holds_exactly() -> None:
    assert same(1.0, 1.5, tolerance=0.5)
    assert not same(1.0, 1.51, tolerance=0.5)
    assert not same(Decimal(1), Decimal("1.5"), tolerance=0.5)


def test_of_sums_what_is_not_there_is_nothing() -> None:
    found = compare([(1, CENT), (2, None)], [(1, CENT), (3, 0)], key=1, summed=True)
    assert found.differences == 0
    assert compare([(1, CENT)], [], key=1, summed=True).missing_there == [(1,)]
    assert compare([(None,)], [(Decimal(0),)], key=0, summed=True).differences == 0


def test_keys_that_are_texts_on_one_side_alone_are_pointed_out() -> None:
    assert compare([("1",)], [(1,)], key=1).mixed
    assert not compare([("1",)], [("2",)], key=1).mixed
