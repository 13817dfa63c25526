"""A person's quiet hours, by the clocks of the person's own time zone. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from apps.alerts.silences.recurring import instant, last_instant
from apps.common.records import record

SATURDAY = 5
MOST_SPANS = 20  # quiet spans that follow each other without a gap: a weekend between two nights, and some more


@record
class QuietHours:
    """Quiet from `begins` to `ends` each day, over midnight where the end is the earlier time; and on weekends."""

    zone: ZoneInfo
    begins: time | None = None
    ends: time | None = None
    weekends: bool = False


def quiet_until(hours: QuietHours, now: datetime) -> datetime | None:
    """When the quiet that holds at `now` ends; None when it is not quiet."""
    moment = now
    for _ in range(MOST_SPANS):
        end = _end(hours, moment)
        if end is None:
            break
        moment = end
    return moment if moment > now else None


def _end(hours: QuietHours, moment: datetime) -> datetime | None:
    """The end of the night or the weekend that holds `moment`."""
    wall = moment.astimezone(hours.zone).replace(tzinfo=None)
    if hours.weekends and wall.weekday() >= SATURDAY:
        monday = wall.date() + timedelta(days=7 - wall.weekday())
        return instant(datetime.combine(monday, time()), hours.zone)
    begins, ends = hours.begins, hours.ends
    if begins is None or ends is None or begins == ends:
        return None
    over_midnight = begins > ends
    at = wall.time()
    if not (at >= begins or at < ends if over_midnight else begins <= at < ends):
        return None
    day = wall.date() + timedelta(days=1 if over_midnight and at >= begins else 0)
    end = datetime.combine(day, ends)
    first = instant(end, hours.zone)
    # In the hour that comes twice, the first end may have passed: then the second counts.
    return first if first > moment else last_instant(end, hours.zone)
