"""A statistic of a column, and what a person accepted of it."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import pytest

from apps.rules.kinds.contract import Judgement
from apps.rules.kinds.wants import Statistic, Want
from tests.rules.kinds.watching import Contents, Watching, utc, watch

NOW = utc("2026-03-04 12:00")


class Prices(Contents):
    """A table whose numbers have this mean."""

    def __init__(self, mean: float) -> None:
        super().__init__()
        self.mean = mean

    def answer(self, want: Want, now: Any) -> Any:
        return 10.0 if isinstance(want, Statistic) and want.function == "values" else self.mean


def check(rule: Watching, mean: float, hour: int = 0, *, accepted: bool = False) -> Judgement:
    return rule.check(NOW + timedelta(hours=hour), Prices(mean), accepted=accepted)


@pytest.mark.parametrize("mean", [math.nan, math.inf, -math.inf])
def test_what_is_no_finite_number_cannot_be_judged(mean: float) -> None:
    judgement = check(watch("distribution", column="id", at_most=10), mean)
    assert (judgement.verdict, judgement.measured) == ("unknown", None)
    assert "rows hold NaN or infinity in id" in judgement.reason


def test_what_lies_no_farther_out_than_an_accepted_value_stays_accepted() -> None:
    rule = watch("distribution", column="id", at_most=10)
    assert check(rule, 20).verdict == "breached"
    accepted = check(rule, 20, 1, accepted=True)
    assert (accepted.verdict, accepted.reason) == (
        "ok", "The mean of id is 20, above 10. A person accepted it."
    )  # fmt: skip
    assert check(rule, 19.5, 2).verdict == "ok"
    assert check(rule, 20.5, 3).verdict == "breached"


def test_accepting_one_side_accepts_nothing_on_the_other() -> None:
    rule = watch("distribution", column="id", at_least=5, at_most=10)
    check(rule, 20)
    check(rule, 20, 1, accepted=True)
    assert check(rule, 1, 2).verdict == "breached"
