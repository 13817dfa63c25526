"""What a table's own past tells of its loads: rows per day, and the minutes in which rows came. Values only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from zoneinfo import ZoneInfo

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DAYS_BACK = 100  # of which rows are counted: three first days of a month
MINUTES_BACK = 14  # days of which each minute is looked at, where a table changes on most of them
BUSY = 0.3  # share of days with rows from which a table counts as such
ONE_LOAD = 2 * MINUTE  # minutes with rows that are no further apart belong to one load
STREAM = 0.5  # share of minutes with rows from which they come all the time, and not in loads


@dataclass(frozen=True)
class History:
    """`days` holds the rows (or changes) of each local day since `since`; those without any are left out. `minutes` are
    the rows of each minute since `minutes_since`. `now` ends both. `column`: by which; empty: changes that were
    noticed by `source`. `dated`: the column holds days, so the clock is not known."""

    zone: ZoneInfo
    now: datetime
    since: date
    days: Mapping[date, int]
    minutes_since: datetime
    minutes: Mapping[datetime, int] = field(default_factory=dict)
    column: str = ""
    source: str = ""
    dated: bool = False

    @cached_property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    @cached_property
    def whole_days(self) -> Sequence[date]:
        """From the day after the first one with rows, which may have begun within it, to yesterday."""
        if not self.days:
            return ()
        first = max(min(self.days), self.since)
        first += DAY if first > self.since else timedelta()
        return [first + number * DAY for number in range((self.today - first) // DAY)]

    @property
    def close_days(self) -> Sequence[date]:
        """Those of the whole days of which each minute was looked at."""
        first = self.minutes_since.astimezone(self.zone).date()
        return [day for day in self.whole_days if day >= first]

    @property
    def counts(self) -> Sequence[tuple[date, int]]:
        """The whole days in their order with their rows; 0 is a number, too."""
        return [(day, self.days.get(day, 0)) for day in self.whole_days]

    @cached_property
    def by_day(self) -> Mapping[date, Sequence[datetime]]:
        """The minutes with rows of each whole day that was looked at so closely, as local times."""
        first = self.minutes_since.astimezone(self.zone).date()
        found: dict[date, list[datetime]] = {}
        for moment in sorted(self.minutes):
            local = moment.astimezone(self.zone)
            if first <= local.date() < self.today:
                found.setdefault(local.date(), []).append(local)
        return found


def loads_of(minutes: Sequence[datetime], apart: timedelta = ONE_LOAD) -> list[datetime]:
    """When loads began: minutes with rows that follow each other closely are one load."""
    begins = list(minutes[:1])
    return begins + [after for before, after in pairwise(minutes) if between(before, after) > apart]


def between(before: datetime, after: datetime) -> timedelta:
    """How long it really was; the clocks of a zone may have changed in between."""
    return after.astimezone(UTC) - before.astimezone(UTC)


def streams(minutes: Sequence[datetime]) -> bool:
    """Whether rows come all the time rather than in loads."""
    return len(minutes) > 60 and len(minutes) * MINUTE >= STREAM * (minutes[-1] - minutes[0])
