"""From what a zone's clocks show to the moment when they do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)


def first_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first instant at which the zone's clocks show `wall` (naive), or the first after it when they skip it."""
    while True:
        instant = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if instant.astimezone(zone).replace(tzinfo=None) == wall:
            return instant
        wall += MINUTE


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a day."""
    return first_instant(datetime.combine(day, time()), zone)
