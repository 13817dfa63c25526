"""How the learned limits look at a series of a given interval."""

from __future__ import annotations

from functools import lru_cache

from apps.common.records import record
from apps.rules.learned.tuning import DAILY, HOURLY, Tuning

DAY, HOUR = 86_400, 3_600


@record
class Cadence:
    """All counts are of intervals: `slots` in a week's profile (1: no profile), `per_day`, the `lengths` over which
    rows are summed, how many make up the recent level, a new level that lasts, and the first time of silence.
    """

    seconds: int
    per_day: int
    slots: int
    lengths: tuple[int, ...]
    level: int
    lasting: int
    first: int
    tuning: Tuning

    @property
    def fine(self) -> bool:
        """Whether a day has several intervals."""
        return self.seconds < DAY

    @property
    def weekly(self) -> bool:
        """Whether weeks repeat in it."""
        return self.slots > 1


@lru_cache(maxsize=64)
def cadence_of(seconds: int) -> Cadence:
    """The cadence of a table that is counted every so many seconds."""
    if seconds < DAY:
        per_day, an_hour = round(DAY / seconds), max(1, round(HOUR / seconds))
        lengths = (1, 2, 3, 6, 12, 24) if seconds >= HOUR else (1, 2, 4, 8, 24, 96)
        return Cadence(seconds, per_day, 7 * per_day, lengths, 72 * an_hour, 48 * an_hour, 14 * per_day, HOURLY)
    if seconds == DAY:
        return Cadence(seconds, 1, 7, (1, 2, 3), 10, 6, 14, DAILY)
    return Cadence(seconds, 1, 1, (1, 2), 4, 2, 6, DAILY)
