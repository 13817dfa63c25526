"""Loads that come once a month: on its 3rd, its second working day, its last but one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import numpy as np

from apps.rules.learned.cadence import DAY
from apps.rules.learned.counts import Floats, median

MONTH = (20 * DAY, 45 * DAY)  # waits between which a table may be a monthly one
KNOWN, LATEST = 4, 24  # loads from which a place in the month is known, and how many are looked at
MOST = 0.75  # of the loads keep to it

Days = Callable[[date], list[date]]


def monthly_due(loads: Floats, last: float, rests: Callable[[date], bool]) -> float | None:
    """When the load after `last` comes at the latest (seconds since 1970), where loads keep to a place in the month;
    `rests`: whether a day is one of rest."""
    if len(loads) < KNOWN or not MONTH[0] < median(np.diff(loads)) < MONTH[1]:
        return None

    def working(first: date) -> list[date]:
        return [day for day in _days(first) if not rests(day)]

    found = [_due(loads[-LATEST:], last, days) for days in (_days, working, lambda first: working(first)[-5:])]
    return min((each for each in found if each), default=(0, 0.0, None))[2]


def _due(loads: Floats, last: float, days: Days) -> tuple[int, float, float] | None:
    """How many loads miss their place among `days`, how much the others vary about it in seconds, and when the next is
    due at the latest."""
    places = [max(0, bisect_right(days(_first(load)), _day(load)) - 1) for load in loads]
    place = int(median(np.array(places, float)))
    after = np.array([load - _begin(days(_first(load)), place) for load in loads])
    kin = after[np.abs(after - median(after)) < DAY]
    if len(kin) < MOST * len(after):
        return None
    month, latest = _first(last), float(kin.max())
    while _begin(days(month), place) + latest < last + MONTH[0] / 2:
        month = _first_after(month)
    return len(after) - len(kin), float(np.ptp(kin)), _begin(days(month), place) + latest


def _begin(days: list[date], place: int) -> float:
    day = days[min(place, len(days) - 1)]
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


def _days(first: date) -> list[date]:
    return [first + timedelta(days=each) for each in range((_first_after(first) - first).days)]


def _first_after(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


def _first(moment: float) -> date:
    return _day(moment).replace(day=1)


def _day(moment: float) -> date:
    return datetime.fromtimestamp(moment, UTC).date()
