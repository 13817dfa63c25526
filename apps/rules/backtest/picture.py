"""A trial as a chart, and its last values as lines to read. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from apps.common.durations import elapsed_words
from apps.rules.backtest.outcome import Point, Trial
from apps.rules.chart import SCALE
from apps.rules.kinds.moments import day_words
from apps.rules.seen import amount_words, expected_words


@dataclass(frozen=True, slots=True)
class ValueLine:
    """One of the last values, in words."""

    when: str
    value: str
    allowed: str
    alerts: bool


def chart_of(trial: Trial) -> dict[str, Any]:
    """What the chart component draws: the shape of `apps/rules/chart.py`, without anything learned."""
    factor, name = SCALE[trial.unit]
    points, nothing = trial.points, [None] * len(trial.points)
    return {
        "label": "Age of the newest change" if trial.unit == "seconds" else name.capitalize(),
        "unit": name,
        "times": [round(point.at.timestamp()) for point in points],
        "values": [_scaled(point.value, factor) for point in points],
        "low": [_scaled(point.low, factor) for point in points],
        "high": [_scaled(point.high, factor) for point in points],
        "breached": [index for index, point in enumerate(points) if point.alerts],
        "learned_low": nothing,
        "learned_high": nothing,
        "unusual": [],
    }


def value_lines(trial: Trial) -> list[ValueLine]:
    """The last values, the newest first."""
    shown = trial.values
    by_day = all(_begins_a_day(point, trial) for point in shown)
    return [
        ValueLine(
            _when(point, trial, by_day=by_day),
            _amount(trial.unit, point.value),
            expected_words(trial.unit, point.low, point.high),
            point.alerts,
        )
        for point in reversed(shown)
    ]


def _begins_a_day(point: Point, trial: Trial) -> bool:
    local = point.at.astimezone(trial.zone)
    return not (local.hour or local.minute)


def _when(point: Point, trial: Trial, *, by_day: bool) -> str:
    day = day_words(point.at, trial.zone)
    return day if by_day else f"{day}, {point.at.astimezone(trial.zone):%H:%M}"


def _amount(unit: str, value: float) -> str:
    return elapsed_words(timedelta(seconds=value)) if unit == "seconds" else amount_words(unit, value)


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else round(value / factor, 2)
