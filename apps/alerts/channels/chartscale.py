"""Where a point of a chart lies on its picture, and what is written along the axes. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from apps.common.records import record

MINUTE, HOUR, DAY = 60, 3_600, 86_400
STEPS = (
    MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR,
    12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 30 * DAY, 90 * DAY, 365 * DAY,
)  # fmt: skip
MOST_TIMES = 5
NUMBERS = 5
HEAD = 1.08  # a little room above the largest


@record
class Scales:
    """Zero is always on it, as on the page. `box`: left, top, right, bottom of the field."""

    begins: float
    ends: float
    least: float
    top: float
    box: tuple[float, float, float, float]

    @classmethod
    def of(cls, chart: Mapping[str, Any], box: tuple[float, float, float, float]) -> Scales:
        names = ("values", "low", "high", "learned_low", "learned_high")
        numbers = [value for name in names for value in chart[name] if value is not None]
        times = chart["times"]
        least, most = min([0.0, *numbers]), max([0.0, *numbers])
        return cls(times[0], max(times[-1], times[0] + 1), least, HEAD * most or 1.0, box)

    def x(self, at: float) -> float:
        left, _, right, _ = self.box
        part = (at - self.begins) / (self.ends - self.begins)
        return left + min(1.0, max(0.0, part)) * (right - left)

    def y(self, value: float) -> float:
        _, top, _, bottom = self.box
        return bottom - (value - self.least) / (self.top - self.least) * (bottom - top)


def number_labels(scales: Scales) -> list[tuple[float, str]]:
    """Round numbers along the upright axis, with their words."""
    rough = (scales.top - scales.least) / NUMBERS
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough)
    first = math.ceil(scales.least / step)
    values = [step * number for number in range(first, math.floor(scales.top / step) + 1)]
    return [(value, _short(value)) for value in values]


def moment_labels(scales: Scales, zone: ZoneInfo) -> Iterator[tuple[float, str, str]]:
    """Round times of the zone along the axis below: where, the clock, and the day where it changed."""
    length = scales.ends - scales.begins
    step = next((step for step in STEPS if length / step <= MOST_TIMES), STEPS[-1])
    local = datetime.fromtimestamp(scales.begins, zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    before = ""
    for number in range(2 + math.ceil((length + DAY) / step)):
        moment = (midnight + timedelta(seconds=step * number)).replace(tzinfo=zone)
        at = moment.timestamp()
        if scales.begins <= at <= scales.ends:
            day = f"{moment:%-d %b}"
            yield (at, day, "") if step >= DAY else (at, f"{moment:%H:%M}", day if day != before else "")
            before = day


def _short(value: float) -> str:
    """`1,200`, `2.5`, `3.4 M`: no axis has room for more."""
    for size, letter in ((1e9, " G"), (1e6, " M")):
        if abs(value) >= size:
            return f"{value / size:,.4g}{letter}"
    return f"{value:,.6g}" if abs(value) < 10 else f"{value:,.0f}"
