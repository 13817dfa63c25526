"""The figures of a month, reckoned from what is known of each incident. Pure.

Times are medians: one incident over a weekend would else drown all others. They leave out false alarms, where nothing
was there to be noticed, and so do the incidents that were part of another: only what stands by itself counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from apps.alerts.models import Outcome
from apps.common.records import record

DAY_BEGINS, DAY_ENDS = time(8), time(18)


@record
class Life:
    """One incident. `opened_at` counts its month; `started_at` is when it opened or last came back, from where its
    times are measured. `zone` is that of its team."""

    opened_at: datetime
    started_at: datetime
    zone: ZoneInfo
    began_at: datetime | None = None
    notified_at: datetime | None = None
    acknowledged_at: datetime | None = None
    resolved_at: datetime | None = None
    outcome: str = ""
    is_part: bool = False
    reopened: int = 0

    @property
    def at_night(self) -> bool:
        """Whether it opened outside 08:00 to 18:00 by the team's clocks."""
        return not DAY_BEGINS <= self.opened_at.astimezone(self.zone).time() < DAY_ENDS


@record
class Figures:
    """Times are medians, and shares percents; None where there is nothing to reckon from. `parts` belonged to other
    incidents, and are counted nowhere else. `unsaid`: nobody said what it was."""

    incidents: int = 0
    parts: int = 0
    detect: timedelta | None = None
    notify: timedelta | None = None
    acknowledge: timedelta | None = None
    resolve: timedelta | None = None
    real: int = 0
    false: int = 0
    unsaid: int = 0
    reopened: int = 0
    at_night: int = 0

    @property
    def precision(self) -> float | None:
        return _share(self.real, self.real + self.false)

    @property
    def reopen_rate(self) -> float | None:
        return _share(self.reopened, self.incidents)

    @property
    def night_share(self) -> float | None:
        return _share(self.at_night, self.incidents)


def figures_of(lives: Iterable[Life]) -> Figures:
    """The figures of these incidents."""
    every = list(lives)
    leads = [life for life in every if not life.is_part]
    timed = [life for life in leads if life.outcome != Outcome.FALSE_ALARM]
    return Figures(
        incidents=len(leads),
        parts=len(every) - len(leads),
        detect=_median(timed, to_detect),
        notify=_median(timed, to_notify),
        acknowledge=_median(timed, to_acknowledge),
        resolve=_median(timed, to_resolve),
        real=sum(life.outcome == Outcome.REAL for life in leads),
        false=sum(life.outcome == Outcome.FALSE_ALARM for life in leads),
        unsaid=sum(not life.outcome for life in leads),
        reopened=sum(life.reopened > 0 for life in leads),
        at_night=sum(life.at_night for life in leads),
    )


def to_detect(life: Life) -> timedelta | None:
    """From the beginning of the trouble, where that is known, to the incident."""
    return _between(life.began_at, life.started_at)


def to_notify(life: Life) -> timedelta | None:
    """From the incident to the first message that arrived."""
    return _between(life.started_at, life.notified_at)


def to_acknowledge(life: Life) -> timedelta | None:
    """From the incident to the person who took it; to its end where nobody did."""
    return _between(life.started_at, life.acknowledged_at or life.resolved_at)


def to_resolve(life: Life) -> timedelta | None:
    """From the incident to its end."""
    return _between(life.started_at, life.resolved_at)


def _between(start: datetime | None, end: datetime | None) -> timedelta | None:
    """None where one of them is not known, or the clocks were put back between them."""
    return end - start if start and end and end >= start else None


def _median(lives: Sequence[Life], measure: Callable[[Life], timedelta | None]) -> timedelta | None:
    known = [length.total_seconds() for life in lives if (length := measure(life)) is not None]
    return timedelta(seconds=median(known)) if known else None


def _share(some: int, of: int) -> float | None:
    return 100 * some / of if of else None
