"""Rules that are a little looser than the present one, or better aimed, the least change first. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from math import ceil

from apps.common.durations import compact
from apps.rules.bands.marks import EXCUSED, Marks
from apps.rules.feedback.alertsbefore import Alert
from apps.rules.feedback.proposal import Changes
from apps.rules.limits import Limits
from apps.rules.periods import Per

TOLERANCES = (10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720, 1080, 1440, 2160, 2880, 4320, 10_080)


def looser_rows(limits: Limits, alerts: Sequence[Alert], marks: Marks) -> Changes:
    """The limits at which none of the false alarms among `alerts` would have come; empty where none can do that."""
    false = [alert for alert in alerts if _excused(alert, marks)]
    drop, spike = _shares(false)
    changes: dict[str, str | int] = {}
    if limits.drop is not None and drop > limits.drop:
        changes["drop"] = f"{drop}%"
    if limits.spike is not None and spike > limits.spike:
        changes["spike"] = f"{spike}%"
    fewest, most = (min((a.rows for a in false), default=None), max((a.rows for a in false), default=None))
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


def longer_tolerances(tolerance: timedelta) -> Iterator[Changes]:
    for minutes in TOLERANCES:
        if timedelta(minutes=minutes) > tolerance:
            yield {"tolerance": compact(timedelta(minutes=minutes))}


def _shares(alerts: Sequence[Alert]) -> tuple[int, int]:
    """By how many whole percent the rows lay below what was normal, and above it, at most."""
    known = [(alert.rows, alert.normal) for alert in alerts if alert.normal]
    below = max((ceil(100 * (1 - rows / normal)) for rows, normal in known), default=0)
    return below, max((ceil(100 * (rows / normal - 1)) for rows, normal in known), default=0)


def _excused(alert: Alert, marks: Marks) -> bool:
    return any(mark.meaning in EXCUSED and mark.meets(alert.begins, alert.ends) for mark in marks.marks)
