"""What the chart of a rule shows: a line of measured values over time, and the limits that they were held against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apps.rules.models import Check, Observation

POINTS = 400
SCALE = {"seconds": (60.0, "minutes"), "rows": (1.0, "rows"), "columns": (1.0, "columns")}


def of_checks(unit: str, checks: Sequence[Check]) -> dict[str, Any]:
    """The measured values of checks (the newest first), each with the limits of its own time."""
    factor, name = SCALE[unit]
    shown = [check for check in reversed(checks) if check.measured is not None]
    return {
        "label": "Age of the newest change" if unit == "seconds" else name.capitalize(),
        "unit": name,
        "times": [check.at.timestamp() for check in shown],
        "values": [_scaled(check.measured, factor) for check in shown],
        "low": [_scaled(check.low, factor) for check in shown],
        "high": [_scaled(check.high, factor) for check in shown],
        "breached": [index for index, check in enumerate(shown) if check.verdict == "breached"],
    }


def of_periods(periods: Sequence[Observation], latest: Check | None) -> dict[str, Any]:
    """Rows per period (the newest first), beside the limits that hold today."""
    shown = list(reversed(periods))
    low, high = (latest.low, latest.high) if latest else (None, None)
    values = [period.value for period in shown]
    return {
        "label": "Rows that arrived",
        "unit": "rows",
        "times": [period.at.timestamp() for period in shown],
        "values": values,
        "low": [low] * len(shown),
        "high": [high] * len(shown),
        "breached": [index for index, value in enumerate(values) if outside(value, low, high)],
    }


def outside(value: float, low: float | None, high: float | None) -> bool:
    """Whether a value lies beyond its limits."""
    return (low is not None and value < low) or (high is not None and value > high)


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else round(value / factor, 2)
