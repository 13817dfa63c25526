"""A trial as a chart, and its last values as lines to read. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from apps.common.durations import elapsed_words
from apps.common.records import record
from apps.common.walltime import midnight
from apps.rules.backtest.outcome import Alert, Point, Trial
from apps.rules.backtest.spoken import HARMLESS, REAL
from apps.rules.bands.marks import FALSE, MISSED
from apps.rules.chart import SCALE
from apps.rules.kinds.moments import day_words
from apps.rules.models import Feedback
from apps.rules.seen import amount_words, expected_words

CROWDED = 400  # points; with more, each day is drawn as one
CLOSE = timedelta(days=7)  # what is drawn point by point beside that
SORTS: Mapping[str, str] = {
    "": "alert", FALSE: "false", HARMLESS: "false", REAL: "real", MISSED: "real",
}  # fmt: skip  # else: excused
CALLED: Mapping[str, str] = {REAL: "Real", FALSE: "Closed as false", HARMLESS: "Closed as harmless"}
TOLD: Mapping[str, str] = {
    "": "alert", FALSE: "alert, called false", HARMLESS: "alert, called harmless", REAL: "alert, real",
    MISSED: "alert, real", "expected": "expected, no alert", "ignore": "ignored, no alert",
}  # fmt: skip


@record
class ValueLine:
    """One of the last values, in words. `told`: that it alerts and what people said of it; empty: it is fine."""

    when: str
    value: str
    allowed: str
    told: str
    alerts: bool


@record
class Mark:
    """An alert on the chart, at a point: of its `sort`s there are alert, real, false and excused."""

    index: int
    value: float
    sort: str


def chart_of(trial: Trial) -> dict[str, Any]:
    """What the chart component draws: one or two `views` of the values with their limits, and what people said."""
    name = SCALE[trial.unit][1]
    label = "Age of the newest change" if trial.unit == "seconds" else name.capitalize()
    return {"label": label, "unit": name, "views": _views(trial), "said": _said(trial)}


def _views(trial: Trial) -> list[dict[str, Any]]:
    if len(trial.points) <= CROWDED:
        return [{"name": "All", **_by_point(trial, trial.points)}]
    close = [point for point in trial.points if point.at >= trial.now - CLOSE]
    days = _by_day(trial)
    every = {"name": f"{len(days['times'])} days, each as one", **days}
    return [every, {"name": f"The last {CLOSE.days} days", **_by_point(trial, trial.few(close))}]


def _by_point(trial: Trial, points: Sequence[Point]) -> dict[str, Any]:
    factor = SCALE[trial.unit][0]
    meant = _meanings(trial)
    marks = [Mark(index, point.value, _sort(meant(point))) for index, point in enumerate(points) if point.alerts]
    return {
        "times": [round(point.at.timestamp()) for point in points],
        "values": [_scaled(point.value, factor) for point in points],
        "low": [_scaled(point.low, factor) for point in points],
        "high": [_scaled(point.high, factor) for point in points],
        "marks": _drawn(marks, factor),
    }


def _by_day(trial: Trial) -> dict[str, Any]:
    """Each day as the band from its least to its most value, with the limits of that; its worst alert is marked."""
    factor, meant = SCALE[trial.unit][0], _meanings(trial)
    days: dict[date, list[Point]] = {}
    for point in trial.points:
        days.setdefault(point.at.astimezone(trial.zone).date(), []).append(point)
    marks = []
    for index, points in enumerate(days.values()):
        alerts = [(_sort(meant(point)), _beyond(point), point.value) for point in points if point.alerts]
        if alerts:
            sort, _, value = max(alerts, key=lambda each: (RANK[each[0]], each[1]))
            marks.append(Mark(index, value, sort))
    tops = [max(points, key=lambda point: point.value) for points in days.values()]
    return {
        "times": [round(midnight(day, trial.zone).timestamp()) for day in days],
        "values": [_scaled(top.value, factor) for top in tops],
        "least": [_scaled(min(point.value for point in points), factor) for points in days.values()],
        "low": [_scaled(top.low, factor) for top in tops],
        "high": [_scaled(top.high, factor) for top in tops],
        "marks": _drawn(marks, factor),
    }


RANK = {"excused": 0, "false": 1, "real": 2, "alert": 3}


def _meanings(trial: Trial) -> Any:
    """What people said of the alert that a point belongs to: the last one that had begun."""
    alerts: list[Alert] = sorted([*trial.alerts, *trial.excused], key=lambda alert: alert.begins or alert.opened)
    begins = [alert.begins or alert.opened for alert in alerts]

    def meant(point: Point) -> str:
        place = bisect_right(begins, point.at)
        return alerts[place - 1].said if place else ""

    return meant


def _sort(meaning: str) -> str:
    return SORTS.get(meaning, "excused")


def _beyond(point: Point) -> float:
    below = point.low - point.value if point.low is not None else 0.0
    return max(below, point.value - point.high if point.high is not None else 0.0)


def _drawn(marks: Iterable[Mark], factor: float) -> list[dict[str, Any]]:
    return [{"index": mark.index, "value": _scaled(mark.value, factor), "sort": mark.sort} for mark in marks]


def _said(trial: Trial) -> list[dict[str, Any]]:
    """The times of which people said something, those of alerts that they took up among them."""
    first = trial.since or trial.now
    marks = [(mark.begins, mark.ends, Feedback.Meaning(mark.meaning).label) for mark in trial.spoken.marks.marks]
    alerts = [(each.begins, each.ends, CALLED[each.meaning]) for each in trial.spoken.alerts]
    return [
        {"begins": begins.timestamp(), "ends": ends.timestamp(), "label": str(label)}
        for begins, ends, label in sorted([*marks, *alerts], key=lambda each: each[0])
        if ends > first
    ]


def value_lines(trial: Trial) -> list[ValueLine]:
    """The last values, the newest first."""
    shown, meant = trial.values, _meanings(trial)
    by_day = all(_begins_a_day(point, trial) for point in shown)
    return [
        ValueLine(
            _when(point, trial, by_day=by_day),
            _amount(trial.unit, point.value),
            expected_words(trial.unit, point.low, point.high),
            TOLD[meant(point)] if point.alerts else "",
            point.alerts and _sort(meant(point)) != "excused",
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
