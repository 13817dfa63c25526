"""The SLA of a product: in which share of a month's time its data were fine. Pure.

All time of a month up to now belongs to exactly one of four parts:

- `down`: at least one rule of the product was breached. This begins with the check that found it and ends with the
  check that found it good, or when a person closed the incident. Troubles at the same time count once. One that came
  back counts from each beginning to its end, not in between; what was merged into another incident or split off counts
  by its own times. Left out is what people closed as a false alarm or as expected, and the times that they called a
  false alarm, expected, to be ignored or the new normal.
- `unknown`: nothing was known to be breached, but at least one rule could not be checked (the table, the connection,
  or its budget). It is shown, and counts neither for nor against.
- `out`: before the first check that judged, or while all rules of the product were paused or learning.
- `good`: the rest.

The share is `good` of `good + down`. Months begin and end at midnight by the clocks of the page, and time is measured
in true seconds, so a month with a change of the clocks is an hour longer or shorter. Maintenance windows stop messages
and change nothing here: close their incidents as expected where they shall not count.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from zoneinfo import ZoneInfo

from apps.common.months import Month, month_of
from apps.common.records import record
from apps.common.walltime import midnight
from apps.status.spans import Span, Spans, both, clip, total, without

DAY = timedelta(days=1)
NOTHING = timedelta()
HUNDREDTH = Decimal("0.01")


@record
class Life:
    """All that is known of a product: tidy spans, none of which overlaps another (see `life_of`)."""

    watched: Spans
    down: Spans
    unknown: Spans


@record
class Share:
    """How the time from `begins` to `ends`, as far as it is over, divides."""

    begins: datetime
    ends: datetime
    good: timedelta
    down: timedelta
    unknown: timedelta
    out: timedelta

    @property
    def percent(self) -> Decimal | None:
        """Rounded down to hundredths, so that 100 means no trouble at all; None where nothing is known."""
        known = self.good + self.down
        if not known:
            return None
        return (Decimal(100) * _micro(self.good) / _micro(known)).quantize(HUNDREDTH, ROUND_FLOOR)

    def meets(self, target: Decimal) -> bool | None:
        """Whether the target is held, by the exact share; None where nothing is known."""
        known = self.good + self.down
        return Decimal(100) * _micro(self.good) >= target * _micro(known) if known else None


def life_of(*, first: datetime | None, now: datetime, down: Spans, unknown: Spans, rest: Spans) -> Life:
    """The life of a product that was first judged at `first` (None: never). `rest`: nothing of it was watched."""
    if first is None or first >= now:
        return Life((), (), ())
    watched = without([Span(first, now)], rest)
    broken = both(watched, down)
    return Life(watched, broken, without(both(watched, unknown), broken))


def share_of(life: Life, begins: datetime, ends: datetime, now: datetime) -> Share:
    """How the time between two moments divides; what is still to come belongs to none."""
    end = max(begins, min(ends, now))
    within = Span(begins, end)
    watched = total(clip(life.watched, within))
    down, unknown = total(clip(life.down, within)), total(clip(life.unknown, within))
    return Share(begins, ends, watched - down - unknown, down, unknown, (end - begins) - watched)


def months_of(life: Life, zone: ZoneInfo, now: datetime, most: int) -> list[tuple[Month, Share]]:
    """The present month and those before it, the newest first, at most `most`; none from before anything was judged."""
    if not life.watched:
        return []
    month = month_of(now, zone)
    found: list[tuple[Month, Share]] = []
    while len(found) < most and month.ends > life.watched[0].start:
        found.append((month, share_of(life, month.begins, month.ends, now)))
        month = month.before
    return found


def days_of(life: Life, zone: ZoneInfo, now: datetime, most: int) -> Iterator[tuple[date, Share]]:
    """The last `most` days, the oldest first, today included."""
    today = now.astimezone(zone).date()
    for back in reversed(range(most)):
        day = today - back * DAY
        yield day, share_of(life, midnight(day, zone), midnight(day + DAY, zone), now)


def _micro(length: timedelta) -> Decimal:
    return Decimal(length // timedelta(microseconds=1))
