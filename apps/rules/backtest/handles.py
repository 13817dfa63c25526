"""Which setting a limit on the chart of a trial comes from, and how the limit moves with it: so that people can take
the line and move it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from math import floor, log10
from typing import Any, Literal

from apps.common.plugins import Settings
from apps.common.records import record
from apps.rules.backtest.outcome import Point, Trial
from apps.rules.kinds.learning import ALERTING

MOST_SHARE = 1_000.0  # percent above what is normal that a line may be moved to
MOST_MINUTES = 366 * 1_440.0
MINUTE = timedelta(minutes=1)


@record
class Handle:
    """The limit on one side. `setting`: the key of its setting; `label`: what the form calls that. `how` the limit
    follows the setting's `value`: so many percent `below` or `above` what is normal, the `number` itself, `times` it,
    or so many minutes `later`. From `least` to `most`, in `step`s."""

    side: Literal["low", "high"]
    setting: str
    how: Literal["below", "above", "number", "times", "later"]
    value: float
    least: float
    most: float
    step: float = 1.0
    label: str = ""

    @property
    def name(self) -> str:
        return f"{'Lower' if self.side == 'low' else 'Upper'} limit, set by “{self.label}”"


def handles_of(trial: Trial, settings: Settings) -> list[Handle]:
    """The limits that can be moved: those of the last value. A limit that is learned cannot."""
    values = {name: getattr(settings, name) for name in type(settings).model_fields}
    last = next((point for point in reversed(trial.points) if (point.low, point.high) != (None, None)), None)
    if last is None or values.get("equals") is not None:
        return []
    found = [None if last.low is None else _low(trial, last, values)]
    found += [None if last.high is None else _high(trial, last, values)]
    fields = type(settings).model_fields
    return [replace(each, label=fields[each.setting].title or each.setting) for each in found if each is not None]


def _low(trial: Trial, last: Point, values: Mapping[str, Any]) -> Handle | None:
    at_least: float | None = values.get("at_least")
    share = _share(last, values.get("drop"), -1)
    if share is not None and (at_least is None or share >= at_least):
        return None if _is_learned(values) else Handle("low", "drop", "below", values["drop"], 0.0, 99.0)
    return None if at_least is None else _number(trial, "low", "at_least", at_least, fewest=1.0)


def _high(trial: Trial, last: Point, values: Mapping[str, Any]) -> Handle | None:
    tolerance: float | timedelta | None = values.get("tolerance")
    if isinstance(tolerance, timedelta):
        least, step = (5.0 if values.get("cron") else 0.0), (5.0 if tolerance < timedelta(days=1) else 60.0)
        later = Handle("high", "tolerance", "later", tolerance / MINUTE, least, MOST_MINUTES, step)
        return None if _is_learned(values) else later
    at_most: float | None = values.get("at_most")
    share = _share(last, values.get("spike"), 1)
    if share is not None and (at_most is None or share <= at_most):
        return None if _is_learned(values) else Handle("high", "spike", "above", values["spike"], 0.0, MOST_SHARE)
    if values.get("at_most_share") is not None:
        some: float = values["at_most_share"]
        return Handle("high", "at_most_share", "times", some, 0.1, 99.0, 0.1 if some < 2 else 1.0) if some else None
    return _number(trial, "high", "at_most", at_most or 0, fewest=0.0) if "at_most" in values else None


def _is_learned(values: Mapping[str, Any]) -> bool:
    return values.get("learned") in ALERTING


def _share(last: Point, percent: float | None, sign: int) -> float | None:
    """Where the limit by a percentage lies; None: there is none, or nothing to take it of."""
    return last.expected * (1 + sign * percent / 100) if percent is not None and last.expected else None


def _number(
    trial: Trial, side: Literal["low", "high"], setting: Literal["at_least", "at_most"], value: float, *, fewest: float
) -> Handle:
    """Moved by steps of which there are some fifty on the chart; where things are counted, by whole ones."""
    farthest = max(abs(value), *(abs(point.value) for point in trial.points), 1e-6)
    step = 10.0 ** floor(log10(farthest / 50))
    if trial.unit == "rows" or isinstance(value, int):
        return Handle(side, setting, "number", value, fewest, 1_000 * farthest, max(1.0, step))
    return Handle(side, setting, "number", value, -1_000 * farthest, 1_000 * farthest, step)
