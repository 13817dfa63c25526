"""Hours and days as a place's clocks show them: where they begin, and how buckets of rows fold into them.

Everything returned is in UTC. A day lasts 23 or 25 hours when the clocks change. An hour begins where the clocks show a
full hour, so that in the few zones that shift by half an hour one hour lasts 90 minutes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from apps.common.walltime import MINUTE, midnight

Per = Literal["1h", "1d"]
LENGTHS: dict[Per, timedelta] = {"1h": timedelta(hours=1), "1d": timedelta(days=1)}
PER_WORDS: dict[str, str] = {"1h": "an hour", "1d": "a day"}
HOUR = LENGTHS["1h"]


def period_start(moment: datetime, per: Per, zone: ZoneInfo) -> datetime:
    """The start of the hour or day that holds `moment`."""
    local = moment.astimezone(zone)
    if per == "1d":
        return midnight(local.date(), zone)
    past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    start = moment.astimezone(UTC) - past
    # The clocks changed within the hour when they do not show a full hour there.
    return start - timedelta(minutes=start.astimezone(zone).minute)


def next_start(start: datetime, per: Per, zone: ZoneInfo) -> datetime:
    """The start of the period after the one that begins at `start`."""
    if per == "1d":
        return midnight(start.astimezone(zone).date() + timedelta(days=1), zone)
    after = start + HOUR
    return after + (-after.astimezone(zone).minute % 60) * MINUTE


def earlier(start: datetime, count: int, per: Per, zone: ZoneInfo) -> datetime:
    """The start of the period `count` periods before the one that begins at `start`."""
    if per == "1d":
        return midnight(start.astimezone(zone).date() - timedelta(days=count), zone)
    return period_start(start - count * HOUR, per, zone)


def starts(first: datetime, until: datetime, per: Per, zone: ZoneInfo) -> Iterator[datetime]:
    """The starts of the periods from the one at `first` to the last that begins before `until`."""
    while first < until:
        yield first
        first = next_start(first, per, zone)


def bucket_seconds(first: datetime, until: datetime, *zones: ZoneInfo) -> int:
    """The widest bucket that no edge of a period cuts: an hour, or a quarter of one where an offset is no whole hours.

    `zones`: that of the periods, and that in which the store's times without a zone are meant.
    """
    whole = all(
        _offset(day, zone) % HOUR == timedelta()
        for zone in zones
        for day in starts(first, until + LENGTHS["1d"], "1d", zone)
    )
    return 3600 if whole else 900


def fold(buckets: Mapping[datetime, int], per: Per, zone: ZoneInfo) -> dict[datetime, int]:
    """Rows per period, from rows per bucket of `bucket_seconds`."""
    periods: dict[datetime, int] = {}
    start = end = datetime.min.replace(tzinfo=UTC)
    for moment in sorted(buckets):
        if moment >= end:
            start = period_start(moment, per, zone)
            end = next_start(start, per, zone)
        periods[start] = periods.get(start, 0) + buckets[moment]
    return periods


def parted(buckets: Mapping[datetime, int], seconds: int, zone: ZoneInfo, until: datetime) -> dict[datetime, int]:
    """Rows per bucket of `seconds`, with those of an hour that the clocks of `zone` show twice shared between the two,
    once the second is over by `until`. Times without a zone do not tell them apart, so a store finds all in the first.
    """
    found = dict(buckets)
    for start, rows in buckets.items():
        again = start + HOUR
        if again in buckets or again + timedelta(seconds=seconds) > until:
            continue
        one, two = (moment.astimezone(zone) for moment in (start, again))
        if two.fold and one.replace(tzinfo=None, fold=0) == two.replace(tzinfo=None, fold=0):
            found[start], found[again] = rows - rows // 2, rows // 2
    return found


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()
