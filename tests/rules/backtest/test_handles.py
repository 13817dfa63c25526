"""Each limit on the chart knows which setting it comes from, and how it moves with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from apps.rules.backtest.handles import Handle, handles_of
from apps.rules.backtest.outcome import Point, Trial
from tests.rules.backtest.pasts import NOW, rule
from tests.rules.kinds.watching import ORDERS, make_subject


def handles(kind: str, low: float | None, high: float | None, expected: float | None, **settings: Any) -> list[Handle]:
    made = rule(kind, **settings)
    trial = Trial(ORDERS, make_subject().zone, NOW, made.unit, NOW, points=(Point(NOW, 900.0, low, high, False),))
    points = (replace(trial.points[0], expected=expected),)
    return handles_of(replace(trial, points=points), made.settings)


def sides(*args: Any, **settings: Any) -> list[tuple[str, str, str, float]]:
    return [(each.side, each.setting, each.how, each.value) for each in handles(*args, **settings)]


@pytest.mark.parametrize(("settings", "limits", "found"), [
    ({}, (800, 2000), [("low", "drop", "below", 20.0), ("high", "spike", "above", 100.0)]),
    ({"at_least": 900}, (900, 2000), [("low", "at_least", "number", 900), ("high", "spike", "above", 100.0)]),
    ({"at_most": 1200}, (800, 1200), [("low", "drop", "below", 20.0), ("high", "at_most", "number", 1200)]),
    ({"spike": None}, (800, None), [("low", "drop", "below", 20.0)]),
    ({"learned": "instead", "at_least": 850}, (850, 2000), [("low", "at_least", "number", 850)]),
    ({"learned": "also"}, (800, 2000), []),
])  # fmt: skip
def test_of_two_limits_the_one_that_holds_is_moved(
    settings: dict[str, Any], limits: tuple[Any, Any], found: list[Any]
) -> None:
    assert sides("volume", *limits, 1000.0, column="created_at", **settings) == found


@pytest.mark.parametrize(("kind", "settings", "high", "found"), [
    ("freshness", {"every": "1h", "tolerance": "90m"}, 9000.0, [("high", "tolerance", "later", 90.0)]),
    ("freshness", {"every": "1h", "learned": "instead"}, 9000.0, []),
    ("nulls", {"column": "email"}, 0.0, [("high", "at_most", "number", 0)]),
    ("nulls", {"column": "email", "at_most_share": "1%"}, 10.0, [("high", "at_most_share", "times", 1.0)]),
    ("nulls", {"column": "email", "at_most_share": "0%"}, 0.0, []),
    ("completeness", {"column": "created_at"}, 0.0, [("high", "at_most", "number", 0)]),
    ("sql", {"sql": "SELECT 1", "at_most": 5.5}, 5.5, [("high", "at_most", "number", 5.5)]),
    ("sql", {"sql": "SELECT 1", "equals": 5.0}, 5.0, []),
    ("schema", {}, None, []),
])  # fmt: skip
def test_every_kind_has_the_handles_of_its_own_limits(
    kind: str, settings: dict[str, Any], high: float | None, found: list[Any]
) -> None:
    assert sides(kind, None, high, None, **settings) == found


def test_a_handle_has_an_accessible_name_and_steps_that_fit() -> None:
    low, high = handles("volume", 100.0, 2000.0, 1000.0, column="created_at", drop="95%", at_least=100)
    assert (low.name, high.name) == ("Lower limit, set by “At least”", "Upper limit, set by “Spike”")
    assert (low.step, low.least) == (10.0, 1.0)
    assert (high.step, high.least, high.most) == (1.0, 0.0, 1000.0)


def test_without_a_limit_there_is_no_handle() -> None:
    assert sides("volume", None, None, None, column="created_at") == []
