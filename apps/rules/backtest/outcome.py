"""What came of a walk through the past: the alerts that there would have been, and what was judged. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from apps.connections.services import TableName
from apps.rules.backtest.replay import Look

MONTH = timedelta(days=30)
SHOWN_VALUES = 30
MOST_POINTS = 2_400  # a little more than 90 days of hours


@dataclass(frozen=True, slots=True)
class Alert:
    """`closed` is None where it would be open still. `reason`: what people would have been told."""

    opened: datetime
    closed: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class Point:
    """A value that was held against its limits. `alerts`: the alert was open then."""

    at: datetime
    value: float
    low: float | None
    high: float | None
    alerts: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """A rule tried on one table. `reason`: why it could not be, or why nothing was judged; then there are no points.
    `notes`: sentences on what was left out."""

    table: TableName
    zone: ZoneInfo
    now: datetime
    unit: str
    since: datetime | None = None
    source: str = ""
    alerts: tuple[Alert, ...] = ()
    points: tuple[Point, ...] = ()
    reason: str = ""
    notes: tuple[str, ...] = ()

    @property
    def tried(self) -> bool:
        return self.since is not None

    def opened(self, days: int) -> list[Alert]:
        """The alerts that would have begun in the last `days` days."""
        first = self.now - timedelta(days=days)
        return [alert for alert in self.alerts if alert.opened >= first]

    def dates(self, days: int) -> list[date]:
        """The days, in the rule's zone, on which alerts would have begun."""
        return [alert.opened.astimezone(self.zone).date() for alert in self.opened(days)]

    @property
    def days(self) -> int:
        """How many days it was tried on, rounded; at least one."""
        return max(1, round((self.now - self.since) / timedelta(days=1))) if self.since else 0

    @property
    def longest(self) -> timedelta:
        """How long the longest alert would have lasted; one that is open lasts until now."""
        return max(((alert.closed or self.now) - alert.opened for alert in self.alerts), default=timedelta())

    @property
    def is_open(self) -> bool:
        return bool(self.alerts) and self.alerts[-1].closed is None

    @property
    def values(self) -> list[Point]:
        """The last values that count: of an age that grows until something changes, only the highest."""
        return _told(self.points, peaks=self.unit == "seconds")[-SHOWN_VALUES:]


def summed_up(trial: Trial, looks: Iterable[Look]) -> Trial:
    """The trial with what its checks came to."""
    alerts: list[Alert] = []
    points: list[Point] = []
    since: datetime | None = None
    reason = ""
    begun: datetime | None = None
    for look in looks:
        begun = begun or look.at
        verdict, reason = look.found.verdict, look.found.reason
        is_open = bool(alerts) and alerts[-1].closed is None
        if verdict in ("ok", "breached"):
            since = since or look.at
        if verdict == "breached" and not is_open:
            alerts.append(Alert(look.at, None, reason))
        elif verdict == "ok" and is_open:
            alerts[-1] = replace(alerts[-1], closed=look.at)
        if look.found.judged is None or look.found.judged >= begun:  # what was before is only where it begins
            _add(points, look)
    if since is None:
        return replace(trial, reason=reason or "Too little is known of the past.")
    return replace(trial, since=since, alerts=tuple(alerts), points=tuple(_thinned(points)), reason="")


def _add(points: list[Point], look: Look) -> None:
    """A period that is looked at again stays one point; it alerts when any look at it would have."""
    found = look.found
    at, alerts = found.judged or look.at, found.verdict == "breached"
    if found.measured is None:
        return
    if points and points[-1].at == at:
        alerts, _ = alerts or points[-1].alerts, points.pop()
    points.append(Point(at, found.measured, found.low, found.high, alerts))


def _told(points: Sequence[Point], *, peaks: bool) -> list[Point]:
    if not peaks:
        return list(points)
    following = [*points[1:], None]
    return [point for point, after in zip(points, following, strict=True) if after is None or after.value < point.value]


def _thinned(points: Sequence[Point]) -> Iterable[Point]:
    """Few enough to be drawn: of neighbours the one that alerts, else the highest."""
    size = -(-len(points) // MOST_POINTS)
    if size <= 1:
        return points
    lots = (points[start : start + size] for start in range(0, len(points), size))
    return [max(lot, key=lambda point: (point.alerts, point.value)) for lot in lots]
