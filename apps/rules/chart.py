"""What the chart of a rule shows: a line of measured values over time, the limits that they were held against, the band
that is learned beside them, and the times of which people said something.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from apps.rules.bands.band import Band, Edge
from apps.rules.kinds.contract import Line
from apps.rules.models import Check, Feedback, Observation

POINTS = 400
NO_LINE: Line = (None, None)
SCALE = {
    "seconds": (60.0, "minutes"), "rows": (1.0, "rows"), "columns": (1.0, "columns"), "percent": (1.0, "percent"),
    "number": (1.0, "value"),
}  # fmt: skip


def of_checks(unit: str, checks: Sequence[Check], band: Band) -> dict[str, Any]:
    """The measured values of checks (the newest first), each with the limits of its own time. Of the band, the edge
    before a check is the one that held at it."""
    factor, name = SCALE[unit]
    shown = [check for check in reversed(checks) if check.measured is not None]
    held = _held(band, [check.at for check in shown])
    return {
        "label": "Age of the newest change" if unit == "seconds" else name.capitalize(),
        "unit": name,
        "times": [check.at.timestamp() for check in shown],
        "values": [_scaled(check.measured, factor) for check in shown],
        "low": [_scaled(check.low, factor) for check in shown],
        "high": [_scaled(check.high, factor) for check in shown],
        "limited": any(check.low is not None or check.high is not None for check in shown),
        "breached": [index for index, check in enumerate(shown) if check.verdict == "breached"],
        **_learned(held, [check.measured for check in shown], factor),
    }


def of_periods(periods: Sequence[Observation], lines: Mapping[datetime, Line], band: Band) -> dict[str, Any]:
    """Rows per period (the newest first), beside the limits that hold today for each."""
    shown = list(reversed(periods))
    values = [period.value for period in shown]
    limits = [lines.get(period.at, NO_LINE) for period in shown]
    edges = {edge.at: edge for edge in band.edges}
    return {
        "label": "Rows that arrived",
        "unit": "rows",
        "beyond": "beyond the limits of today",
        "times": [period.at.timestamp() for period in shown],
        "values": values,
        "low": [low for low, _ in limits],
        "high": [high for _, high in limits],
        "limited": any(limit != NO_LINE for limit in limits),
        "breached": [index for index, (value, line) in enumerate(zip(values, limits, strict=True))
                     if outside(value, *line)],
        **_learned([edges.get(period.at) for period in shown], list(values), 1.0),
    }  # fmt: skip


def with_said(chart: dict[str, Any], feedback: Sequence[Feedback]) -> dict[str, Any]:
    """The chart with the times of which something was said, and not taken back."""
    said = [
        {
            "begins": each.begins.timestamp(),
            "ends": each.ends.timestamp(),
            "label": each.get_meaning_display(),
            "meaning": each.meaning,
        }
        for each in feedback
        if each.taken_back_at is None
    ]
    return {**chart, "said": said}


def outside(value: float, low: float | None, high: float | None) -> bool:
    """Whether a value lies beyond its limits."""
    return (low is not None and value < low) or (high is not None and value > high)


def _held(band: Band, moments: Sequence[datetime]) -> list[Edge | None]:
    times = [edge.at for edge in band.edges]
    places = [bisect_right(times, moment) for moment in moments]
    return [band.edges[place - 1] if place else None for place in places]


def _learned(edges: Sequence[Edge | None], values: Sequence[float | None], factor: float) -> Mapping[str, Any]:
    """The band of each point (`learns`: there is one); `unusual` are the points that lie outside of it, or raised an
    alarm together with those before them."""
    known = [edge is not None and (edge.low is not None or edge.high is not None) for edge in edges]
    low = [(edge.low or 0.0) if edge and told else None for edge, told in zip(edges, known, strict=True)]
    high = [edge.high if edge else None for edge in edges]
    return {
        "learns": any(known),
        "learned_low": [_scaled(value, factor) for value in low],
        "learned_high": [_scaled(value, factor) for value in high],
        "unusual": [
            index
            for index, (edge, value) in enumerate(zip(edges, values, strict=True))
            if edge and value is not None and (edge.alarmed or outside(value, edge.low, edge.high))
        ],
    }


def _scaled(value: float | None, factor: float) -> float | None:
    """Nobody reads tenths of a thousand."""
    return None if value is None else round(value / factor, 2 if abs(value / factor) < 10 else 0)
