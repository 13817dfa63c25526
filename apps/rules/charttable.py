"""The chart of a rule as a table, for whoever cannot see it, or wants the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from apps.common.records import record

ROWS = 100


@record
class ChartLine:
    """A point; numbers are in the unit of the chart, and already written out."""

    at: datetime
    value: str
    limits: str
    usual: str
    remark: str


def chart_lines(chart: Mapping[str, Any], *, rows: int = ROWS) -> list[ChartLine]:
    """The newest points of the chart, the newest first."""
    count = len(chart["times"])
    return [_line(chart, index) for index in range(count - 1, max(-1, count - 1 - rows), -1)]


def _line(chart: Mapping[str, Any], index: int) -> ChartLine:
    moment = chart["times"][index]
    said = [each["label"] for each in chart.get("said", ()) if each["begins"] <= moment < each["ends"]]
    remarks = ["breached"] if index in chart["breached"] else []
    remarks += ["unusual by its own history"] if index in chart["unusual"] else []
    return ChartLine(
        datetime.fromtimestamp(moment, UTC),
        number(chart["values"][index]),
        between(chart["low"][index], chart["high"][index]),
        between(chart["learned_low"][index], chart["learned_high"][index]),
        ", ".join([*remarks, *said]),
    )


def between(low: float | None, high: float | None) -> str:
    """`800 to 2,000`, `up to 70`, `800 or more`; empty without limits."""
    if low is None and high is None:
        return ""
    if high is None:
        return f"{number(low)} or more"
    return f"{number(low)} to {number(high)}" if low else f"up to {number(high)}"


def number(value: float | None) -> str:
    """As people write it, with two decimals at most."""
    return "" if value is None else f"{value:,.2f}".rstrip("0").rstrip(".")
