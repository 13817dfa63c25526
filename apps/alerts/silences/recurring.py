"""When a silence holds: once, or every week on some days by the clocks of its time zone. Pure.

A window begins and ends when the clocks show its times. In the night in which they are put forward it begins with the
first instant that there is; one that lies wholly in the skipped hour then lasts as long as usual. In the night in which
they are put back, the hour that comes twice belongs to the window both times.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from apps.common.records import record

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
WEEK_DAYS = 7


@record
class Window:
    """From `starts_at` to `ends_at` (None: without an end); with `weekdays` (0 is Monday) only on them, from `begins`
    on for `minutes`."""

    starts_at: datetime
    ends_at: datetime | None
    zone: ZoneInfo
    weekdays: tuple[int, ...] = ()
    begins: time = time()
    minutes: int = 0

    @property
    def recurs(self) -> bool:
        return bool(self.weekdays)


@record
class Span:
    """Once that a window is open. `end` is None where it has none."""

    start: datetime
    end: datetime | None


def open_at(window: Window, now: datetime) -> Span | None:
    """The span that holds `now`; of several that overlap the one that ends last."""
    spans = [span for span in _near(window, now) if span.start <= now and (span.end is None or now < span.end)]
    return max(spans, key=lambda span: span.end or datetime.max.replace(tzinfo=UTC), default=None)


def next_span(window: Window, now: datetime) -> Span | None:
    """The first span that begins after `now`; None when there is none."""
    return min((span for span in _near(window, now) if span.start > now), key=lambda span: span.start, default=None)


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first instant at which the zone's clocks show `wall` (naive), or the first after it when they skip it."""
    while True:
        moment = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) == wall:
            return moment
        wall += MINUTE


def last_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The last instant at which the zone's clocks show `wall` (naive), or the first after it when they skip it."""
    moment = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return moment if moment.astimezone(zone).replace(tzinfo=None) == wall else instant(wall, zone)


def _near(window: Window, now: datetime) -> Iterator[Span]:
    """The spans around `now` or, before the window's time, around its start: all that hold it, and the next one."""
    if not window.recurs:
        yield Span(window.starts_at, window.ends_at)
        return
    today = max(now, window.starts_at).astimezone(window.zone).date()
    before = window.minutes // (24 * 60) + 1
    for offset in range(-before, WEEK_DAYS + 2):
        day = today + offset * DAY
        if day.weekday() in window.weekdays and (span := _clipped(window, _span(window, day))):
            yield span


def _span(window: Window, day: date) -> Span:
    wall = datetime.combine(day, window.begins)
    start, end = instant(wall, window.zone), last_instant(wall + window.minutes * MINUTE, window.zone)
    return Span(start, end if end > start else start + window.minutes * MINUTE)


def _clipped(window: Window, span: Span) -> Span | None:
    start, end = max(span.start, window.starts_at), span.end
    if window.ends_at is not None and end is not None:
        end = min(end, window.ends_at)
    return Span(start, end) if end is not None and start < end else None
