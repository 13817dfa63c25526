"""The learned band of the rows that arrived per hour or day."""

from __future__ import annotations

from calendar import timegm
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.utils.module_loading import import_string

from apps.rules.bands.band import NO_BAND, Band, Edge, edge_of
from apps.rules.bands.marks import Marks
from apps.rules.bands.resting import country_of, only_regional
from apps.rules.periods import LENGTHS, Per, next_start

if TYPE_CHECKING:
    from apps.rules.learned.reading import Reading

REPLAY = "apps.rules.bands.replay.replay_arrivals"
# How much history is replayed: what the learned limits remember of their own.
REACH: dict[Per, timedelta] = {"1h": timedelta(days=56), "1d": timedelta(days=120)}


def arrivals_band(
    counts: Mapping[datetime, float], *, per: Per, zone: ZoneInfo, holidays: str, marks: Marks, shown: int = 0
) -> Band:
    """`counts`: the rows of each known period, by its start. The edges are those of the last `shown` periods.

    Periods are told by local time: when the clocks go back, the second of two hours with the same name counts; the hour
    that they skip is not known.
    """
    starts = {_local(start, per, zone): start for start in sorted(counts)}
    if not starts:
        return NO_BAND
    step = int(LENGTHS[per].total_seconds())
    first, last = min(starts), max(starts)
    rows: list[float | None] = []
    for at in range(first, last + step, step):
        start = starts.get(at)
        rows.append(None if start is None or not _teaches(start, per, zone, holidays, marks) else counts[start])
    known = next((place for place, value in enumerate(rows) if value is not None), len(rows))
    replay = import_string(REPLAY)
    reading, readings = replay(step, country_of(holidays), first + known * step, tuple(rows[known:]), shown)
    edges = [_edge(starts.get(at), each, marks, per, zone) for at, each in readings]
    return Band(reading, tuple(edge for edge in edges if edge is not None))


def _edge(start: datetime | None, reading: Reading, marks: Marks, per: Per, zone: ZoneInfo) -> Edge | None:
    if start is None or not marks.teaches(start, next_start(start, per, zone)):
        return None
    return edge_of(start, reading)


def _teaches(start: datetime, per: Per, zone: ZoneInfo, holidays: str, marks: Marks) -> bool:
    if marks.marks and not marks.teaches(start, next_start(start, per, zone)):
        return False
    return not ("-" in holidays and only_regional(start.astimezone(zone).date(), holidays))


def _local(start: datetime, per: Per, zone: ZoneInfo) -> int:
    """The start as the clocks show it, in seconds since 1970: days and hours then repeat evenly."""
    wall = start.astimezone(zone)
    whole = wall.replace(minute=0, second=0, microsecond=0)
    return timegm((whole.replace(hour=0) if per == "1d" else whole).replace(tzinfo=UTC).timetuple())
