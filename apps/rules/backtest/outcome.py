"""What came of a walk through the past: the alerts that there would have been, and what was judged. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from apps.common.records import record
from apps.connections.services import TableName
from apps.rules.backtest.replay import Look
from apps.rules.backtest.spoken import HARMLESS, NOTHING_SAID, REAL, Called, Spoken
from apps.rules.bands.marks import EXCUSED, FALSE, MISSED
from apps.rules.kinds.moments import from_iso

MONTH = timedelta(days=30)
NO_ALERT = tuple(meaning for meaning in EXCUSED if meaning != FALSE)  # a false alarm was one
SHOWN_VALUES = 30
MOST_POINTS = 2_400  # a little more than 90 days of hours


@record
class Alert:
    """`closed` is None where it would be open still. `reason`: what people would have been told. `begins` and `ends`:
    the periods that were found broken; None: it was about what was there then. `said`: what people called that time: a
    false alarm, real trouble (`real`: somebody took an alert of it up; `missed`: there was none), or `harmless`, as
    somebody closed it; empty: nothing. Of what is excused, the meaning that excuses it."""

    opened: datetime
    closed: datetime | None
    reason: str
    begins: datetime | None = None
    ends: datetime | None = None
    said: str = ""

    def lasted(self, now: datetime) -> tuple[datetime, datetime]:
        """From when on something was wrong, and until when."""
        return self.begins or self.opened, self.ends or self.closed or now

    def tells_of(self, called: Called, now: datetime) -> bool:
        """Whether it is about that: there was an alert while this one lasts, else something was wrong at that time."""
        return called.meets(*((self.opened, self.closed or now) if called.alerted else self.lasted(now)))


@record
class Point:
    """A value that was held against its limits. `alerts`: the alert was open then. `excused`: the meaning by which
    people excused it. `expected`: what was normal."""

    at: datetime
    value: float
    low: float | None
    high: float | None
    alerts: bool
    excused: str = ""
    expected: float | None = None


@record
class Tally:
    """Alerts in some days; how many of them people called `false`; of how many times of `real` trouble it told
    (`found`); and how often it was beyond its limits at times that people excused, which do not alert (`excused`)."""

    alerts: int
    false: int
    real: int
    found: int
    excused: int


@record
class Trial:
    """A rule tried on one table. `reason`: why it could not be, or why nothing was judged; then there are no points.
    `alerts` have those that people called false; `excused` are at times that they expected, or wanted ignored, and are
    no alerts. `notes`: sentences on what was left out. `cut`: from when on it was tried, where all would take too
    long."""

    table: TableName
    zone: ZoneInfo
    now: datetime
    unit: str
    since: datetime | None = None
    source: str = ""
    alerts: tuple[Alert, ...] = ()
    excused: tuple[Alert, ...] = ()
    points: tuple[Point, ...] = ()
    spoken: Spoken = NOTHING_SAID
    reason: str = ""
    notes: tuple[str, ...] = ()
    cut: datetime | None = None

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

    def troubles(self, days: int) -> list[Called]:
        """The times of real trouble, of those that it was tried on, that began in the last `days` days."""
        first = max(self.now - timedelta(days=days), self.since or self.now)
        return [trouble for trouble in self.spoken.troubles if first <= trouble.begins <= self.now]

    def tally(self, days: int) -> Tally:
        """What the last `days` days come to."""
        first, opened, troubles = self.now - timedelta(days=days), self.opened(days), self.troubles(days)
        found = sum(any(alert.tells_of(trouble, self.now) for alert in self.alerts) for trouble in troubles)
        false = sum(alert.said == FALSE for alert in opened)
        excused = sum(alert.opened >= first for alert in self.excused)
        return Tally(len(opened), false, len(troubles), found, excused)

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

    @staticmethod
    def few(points: Sequence[Point]) -> list[Point]:
        """Few enough to be drawn or sent: of neighbours the one that alerts, else the highest."""
        size = max(1, -(-len(points) // MOST_POINTS))
        lots = (points[start : start + size] for start in range(0, len(points), size))
        return [max(lot, key=lambda point: (point.alerts, point.value)) for lot in lots]


def summed_up(trial: Trial, looks: Iterable[Look]) -> Trial:
    """The trial with what its checks came to."""
    alerts: list[Alert] = []
    points: list[Point] = []
    since: datetime | None = None
    reason = ""
    begun: datetime | None = None
    for look in looks:
        begun = begun or look.at
        reason = look.found.reason
        if look.found.verdict in ("ok", "breached"):
            since = since or look.at
            _follow(alerts, look)
        if look.found.judged is None or look.found.judged >= begun:  # what was before is only where it begins
            _add(points, look)
    if since is None:
        return replace(trial, reason=reason or "Too little is known of the past.")
    told = [_with_word(alert, trial) for alert in alerts]
    return replace(
        trial, since=since, reason="", points=tuple(points),
        alerts=tuple(alert for alert in told if alert.said not in NO_ALERT),
        excused=tuple(alert for alert in told if alert.said in NO_ALERT),
    )  # fmt: skip


def _follow(alerts: list[Alert], look: Look) -> None:
    """An alert goes on while the rule is broken and people say the same of it; what was excused begins anew after."""
    last = alerts[-1] if alerts and alerts[-1].closed is None else None
    if last and look.found.verdict == "breached" and _goes_on(last, look):
        alerts[-1] = replace(last, ends=_end(look) or last.ends, said=last.said or look.excused)
        return
    if last:
        alerts[-1] = replace(last, closed=look.at)
    if look.found.verdict == "breached":
        alerts.append(Alert(look.at, None, look.found.reason, look.found.judged, _end(look), look.excused))


def _end(look: Look) -> datetime | None:
    """When the period ended that was judged."""
    return from_iso(look.found.facts.get("period_end")) if look.found.judged else None


def _goes_on(alert: Alert, look: Look) -> bool:
    """A false alarm of what is there now is one from its beginning, though people may have named a later time."""
    late = not alert.said and look.excused == FALSE and look.found.judged is None
    return alert.said == look.excused or late


def _with_word(alert: Alert, trial: Trial) -> Alert:
    if alert.said:
        return alert
    met = {called.meaning for called in trial.spoken.called if alert.tells_of(called, trial.now)}
    return replace(alert, said=next((word for word in (REAL, MISSED, FALSE, HARMLESS) if word in met), ""))


def _add(points: list[Point], look: Look) -> None:
    """A period that is looked at again stays one point; it alerts when any look at it would have."""
    found = look.found
    at, alerts = found.judged or look.at, found.verdict == "breached"
    if found.measured is None:
        return
    excused = look.excused
    if points and points[-1].at == at:
        before = points.pop()
        alerts, excused = alerts or before.alerts, excused or before.excused
    points.append(Point(at, found.measured, found.low, found.high, alerts, excused, found.expected))


def _told(points: Sequence[Point], *, peaks: bool) -> list[Point]:
    if not peaks:
        return list(points)
    following = [*points[1:], None]
    return [point for point, after in zip(points, following, strict=True) if after is None or after.value < point.value]
