"""When a rule would have alerted in the past that is stored of a table: pure, and quick enough to try many limits. What
keeps a rule quiet (checks in a row and the like) is left out, alike for all that are tried.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

from apps.rules.bands.marks import Marks
from apps.rules.baseline import FEWEST, Against
from apps.rules.expectation import Expectation
from apps.rules.limits import Limits
from apps.rules.periods import LENGTHS, Per, next_start

MOMENT = timedelta(seconds=1)
Past = Sequence[tuple[datetime, float]]


@dataclass(frozen=True, slots=True)
class Alert:
    """It lasted from `begins` to `ends`; of rows, how many there were, and what was normal."""

    begins: datetime
    ends: datetime
    rows: int = 0
    normal: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Periods:
    """How the rows that arrived were counted, and what they were held against."""

    per: Per
    zone: ZoneInfo
    baseline: timedelta
    against: Against


def period_alerts(past: Past, how: Periods, limits: Limits, marks: Marks) -> Iterator[Alert]:
    """Each period outside its limits, beside the mean of those before it that are like it and teach."""
    count = how.baseline // LENGTHS[how.per]
    alike: dict[tuple[int, ...], deque[tuple[datetime, int]]] = defaultdict(deque)
    sums: dict[tuple[int, ...], int] = defaultdict(int)
    for start, value in past[1:]:  # rows began somewhere within the first
        end, rows, slot = next_start(start, how.per, how.zone), int(value), _slot(start, how)
        known, oldest = alike[slot], start - count * LENGTHS[how.per]
        while known and known[0][0] < oldest:
            sums[slot] -= known.popleft()[1]
        normal = Fraction(sums[slot], len(known)) if len(known) >= FEWEST else None
        if limits.around(normal).side(rows):
            yield Alert(start, end, rows, normal)
        if marks.teaches(start, end):
            known.append((start, rows))
            sums[slot] += rows


def total_alerts(past: Past, limits: Limits) -> Iterator[Alert]:
    """Each total outside its limits, beside the one before it; a person is taken to have closed the incident."""
    for (_, before), (at, value) in pairwise(past):
        if limits.around(Fraction(int(before))).side(int(value)):
            yield Alert(at, at + MOMENT, int(value), Fraction(int(before)))


def wait_alerts(past: Past, expectation: Expectation, now: datetime) -> Iterator[Alert]:
    """Each wait for a load that was longer than expected, from when it was."""
    loads = [at for at, _ in past]
    for load, following in pairwise([*loads, now]):
        if expectation.late(load, following - MOMENT):
            due = expectation.next_look(load, load)
            yield Alert(min(due or load, following - MOMENT), following)


def _slot(start: datetime, how: Periods) -> tuple[int, ...]:
    local = start.astimezone(how.zone)
    return {"mean": (), "weekday": (local.weekday(),), "hour_of_week": (local.weekday(), local.hour)}[how.against]
