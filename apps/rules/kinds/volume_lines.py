"""The declared limits of a volume rule on arrivals, for each of many periods, as a chart draws them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from apps.rules.bands.marks import Marks
from apps.rules.baseline import FEWEST, Against
from apps.rules.kinds.contract import Line
from apps.rules.kinds.volume_settings import VolumeSettings
from apps.rules.limits import Bounds
from apps.rules.periods import LENGTHS, next_start

Slot = tuple[int, ...]


def arrivals_lines(
    settings: VolumeSettings, zone: ZoneInfo, past: Sequence[tuple[datetime, float]], marks: Marks, *, replaced: bool
) -> Mapping[datetime, Line]:
    """`past`: periods and their rows. Each has the limits that hold today for periods like it."""
    if replaced:
        return {start: _line(settings.limits.absolute) for start, _ in past}
    count = settings.baseline // LENGTHS[settings.period]
    alike: dict[Slot, list[int]] = defaultdict(list)
    for start, rows in past[1:-1][-count:]:  # rows began somewhere within the first; the last is judged by the others
        if marks.teaches(start, next_start(start, settings.period, zone)):
            alike[_slot(start, zone, settings.against)].append(int(rows))
    lines = {
        slot: _line(settings.limits.around(Fraction(sum(rows), len(rows)) if len(rows) >= FEWEST else None))
        for slot, rows in alike.items()
    }
    unknown = _line(settings.limits.absolute)
    return {start: lines.get(_slot(start, zone, settings.against), unknown) for start, _ in past}


def _slot(start: datetime, zone: ZoneInfo, against: Against) -> Slot:
    local = start.astimezone(zone)
    return {"mean": (), "weekday": (local.weekday(),), "hour_of_week": (local.weekday(), local.hour)}[against]


def _line(bounds: Bounds) -> Line:
    return bounds.low, bounds.high
