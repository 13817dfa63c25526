"""Rules that are a little looser than the present one, or better aimed, the least change first. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from math import ceil

from apps.common.durations import compact
from apps.rules.backtest.outcome import Point, Trial
from apps.rules.bands.marks import FALSE
from apps.rules.feedback.proposal import Changes
from apps.rules.limits import Limits
from apps.rules.periods import Per

TOLERANCES = (10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720, 1080, 1440, 2160, 2880, 4320, 10_080)


def looser_rows(limits: Limits, trial: Trial) -> Changes:
    """The limits at which none of the false alarms of `trial` would have come; empty where none can do that."""
    false = [point for point in trial.points if point.alerts and point.excused == FALSE]
    drop, spike = _shares(false)
    changes: dict[str, str | int] = {}
    if limits.drop is not None and drop > limits.drop:
        changes["drop"] = f"{drop}%"
    if limits.spike is not None and spike > limits.spike:
        changes["spike"] = f"{spike}%"
    fewest, most = (round(edge(point.value for point in false)) if false else None for edge in (min, max))
    if limits.at_least is not None and fewest is not None and 0 < fewest < limits.at_least:
        changes["at_least"] = fewest
    if limits.at_most is not None and most is not None and most > limits.at_most:
        changes["at_most"] = most
    return {} if drop >= 100 and limits.drop is not None else changes


def better_aimed(per: Per, against: str) -> Iterator[Changes]:
    """Another measure of what is normal: the same weekday, the same hour of it."""
    if against == "mean":
        yield {"against": "weekday"}
    if per == "1h" and against != "hour_of_week":
        yield {"against": "hour_of_week"}


def longer_tolerance(tolerance: timedelta, is_enough: Callable[[Changes], bool]) -> Changes:
    """The shortest of the usual ones that is enough, as a longer one is enough as well; empty: none is."""
    longer = [minutes for minutes in TOLERANCES if timedelta(minutes=minutes) > tolerance]
    place = bisect_left(longer, True, key=lambda minutes: is_enough(_tolerance(minutes)))
    return _tolerance(longer[place]) if place < len(longer) else {}


def _tolerance(minutes: int) -> Changes:
    return {"tolerance": compact(timedelta(minutes=minutes))}


def _shares(points: Sequence[Point]) -> tuple[int, int]:
    """By how many whole percent the rows lay below what was normal, and above it, at most."""
    known = [100 * point.value / point.expected for point in points if point.expected]
    # What is normal is a mean, and no sharper as a float than so.
    below = max((ceil(round(100 - share, 6)) for share in known), default=0)
    return max(below, 0), max((ceil(round(share - 100, 6)) for share in known), default=0)
