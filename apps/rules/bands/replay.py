"""The learned limits at work: each series replayed from its first number. Kept apart because numpy, which it needs,
takes long to load; and pages ask for the same series again and again, so that the last answers are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from apps.rules.learned.arrivals import Arrivals
from apps.rules.learned.cadence import DAY
from apps.rules.learned.reading import Reading
from apps.rules.learned.total import Total
from apps.rules.learned.waits import Waits


@lru_cache(maxsize=128)
def replay_arrivals(
    seconds: int, country: str, first: int, rows: tuple[float | None, ...], shown: int
) -> tuple[Reading, tuple[tuple[int, Reading], ...]]:
    """The reading of the last period, and those of the last `shown` periods as each came, with their starts."""
    limits = Arrivals(seconds, country)
    times = range(first, first + len(rows) * seconds, seconds)
    calm = max(0, len(times) - shown)
    limits.replay(times[:calm], rows[:calm])
    readings = []
    for at, count in zip(times[calm:], rows[calm:], strict=True):
        limits.update(at, count)
        if count is not None:
            readings.append((at, limits.reading()))
    return limits.reading(), tuple(readings)


@lru_cache(maxsize=128)
def replay_totals(country: str, first: int, totals: tuple[float | None, ...]) -> tuple[Reading, ...]:
    """The reading of each day."""
    limits, readings = Total(DAY, country), []
    for place, total in enumerate(totals):
        limits.update(first + place * DAY, total)
        readings.append(limits.reading())
    return tuple(readings)


class WaitsWithGaps(Waits):
    """Knows of waits that say nothing of the table's rhythm."""

    def skip(self) -> None:
        """The wait that ends with the next load teaches nothing."""
        self._last = None


@lru_cache(maxsize=128)
def replay_waits(
    check: int, country: str, loads: tuple[int, ...], odd: Sequence[bool]
) -> tuple[Reading, tuple[float | None, ...]]:
    """The reading at the last load, and how long the wait after each may be. `odd`: which waits teach nothing."""
    limits, allowed = WaitsWithGaps(check, country), []
    for place, load in enumerate(loads):
        if place and odd[place - 1]:
            limits.skip()
        elif place:
            limits.update(load, loads[place - 1])  # how long it had waited by then
        limits.update(load, load)
        allowed.append(limits.limit)
    return limits.reading(), tuple(allowed)
