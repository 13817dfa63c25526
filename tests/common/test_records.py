"""What `record` promises of the values that the whole project passes around."""

import copy
from dataclasses import field, replace
from typing import TYPE_CHECKING

from apps.common.records import record


@record
class Price:
    amount: int
    currency: str = "EUR"
    notes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def words(self) -> str:
        return f"{self.amount} {self.currency}"


@record
class Discount:
    amount: int
    currency: str = "EUR"
    notes: tuple[str, ...] = field(default=(), compare=False)


@record
class Nothing:
    pass


def test_records_with_the_same_values_are_equal_and_one_key() -> None:
    assert Price(1) == Price(1, "EUR") != Price(2)
    assert {Price(1): "found"}[Price(1)] == "found"
    assert Nothing() == Nothing()
    assert len({Nothing(), Nothing()}) == 1


def test_a_record_is_not_equal_to_one_of_another_class_with_the_same_values() -> None:
    price: object = Price(1)
    assert price != Discount(1)


def test_a_field_that_is_not_compared_makes_no_other_value() -> None:
    assert Price(1, notes=("new",)) == Price(1)
    assert hash(Price(1, notes=("new",))) == hash(Price(1))


def test_a_record_tells_its_values_and_has_no_room_for_others() -> None:
    assert repr(Price(3)) == "Price(amount=3, currency='EUR', notes=())"
    assert Price(3).words == "3 EUR"
    assert not hasattr(Price(3), "__dict__")


def test_a_record_with_other_values_is_another_one() -> None:
    before = Price(1)
    assert replace(before, amount=2) == Price(2)
    assert before == Price(1)
    assert copy.deepcopy(before) == before


if TYPE_CHECKING:  # mypy reports an ignored error that is none: so this line shows that it refuses to change a record
    Price(1).amount = 2  # type: ignore[misc]
