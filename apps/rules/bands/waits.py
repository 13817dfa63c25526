"""The learned limit of the wait for a table's next load."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.utils.module_loading import import_string

from apps.rules.bands.band import NO_BAND, Band, Edge
from apps.rules.bands.marks import Marks
from apps.rules.bands.resting import country_of

REPLAY = "apps.rules.bands.replay.replay_waits"
MOST = 400  # loads that are replayed: as many as the learned limits remember


def waits_band(loads: Sequence[datetime], *, zone: ZoneInfo, holidays: str, marks: Marks, check: timedelta) -> Band:
    """`loads`: when the table changed, in order; `check`: the time between two checks. The edge of each load tells how
    long the wait after it may be. The reading is as of the last load: the wait itself is for the caller to compare."""
    kept = [load for load in loads if marks.anew is None or load >= marks.anew][-MOST:]
    if not kept:
        return NO_BAND
    odd = tuple(not marks.teaches(before, after) for before, after in pairwise(kept))
    local = tuple(_local(load, zone) for load in kept)
    reading, limits = import_string(REPLAY)(int(check.total_seconds()), country_of(holidays), local, odd)
    return Band(reading, tuple(Edge(load, None, limit, False) for load, limit in zip(kept, limits, strict=True)))


def _local(load: datetime, zone: ZoneInfo) -> int:
    """Seconds since 1970 by the zone's clocks: a load at two in the morning is so in summer and in winter."""
    return int(load.astimezone(zone).replace(tzinfo=UTC).timestamp())
