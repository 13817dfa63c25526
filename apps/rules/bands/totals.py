"""The learned band of the total rows of a table. It is looked at once a day, at the time of day of the check: what a
table gains by ten in the morning is like what it had gained by ten the day before.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.module_loading import import_string

from apps.rules.bands.band import NO_BAND, Band, edge_of
from apps.rules.bands.marks import Marks
from apps.rules.bands.resting import country_of

REPLAY = "apps.rules.bands.replay.replay_totals"
DAY = timedelta(days=1)
REACH = timedelta(days=90)


def totals_band(
    seen: Sequence[tuple[datetime, float]], *, zone: ZoneInfo, holidays: str, marks: Marks, now: datetime
) -> Band:
    """`seen`: the totals in order of time, each of which holds until the next; an edge per day."""
    if not seen:
        return NO_BAND
    times = [at for at, _ in seen]
    days = min((now - times[0]) // DAY, REACH // DAY)
    looks = [now - back * DAY for back in range(days, -1, -1)]
    known = [look for look in looks if marks.anew is None or look >= marks.anew] or [now]
    values = tuple(seen[max(0, bisect_right(times, look) - 1)][1] if marks.teaches(look) else None for look in known)
    offset = known[-1].astimezone(zone).utcoffset() or timedelta()
    readings = import_string(REPLAY)(country_of(holidays), int((known[0] + offset).timestamp()), values)
    edges = [edge_of(look, reading) for look, value, reading in zip(known, values, readings, strict=True)
             if value is not None]  # fmt: skip
    return Band(readings[-1], tuple(edges))
