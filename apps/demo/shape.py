"""How busy the demo shop is: the planned orders of every hour, the same whenever and however often they are asked for.

The history and the loader both follow this plan, so counts go on without a seam when the loader had been stopped.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple

from apps.common.records import record

HOUR = timedelta(hours=1)
ORDERS_PER_DAY = 420.0  # on an average weekday at the beginning of the history
GROWTH_PER_DAY = 0.4 / 90  # of the beginning's level: 40 % more after 90 days, and so on
JITTER = 0.12  # an hour lies at most this part above or below what its weekday and time of day suggest
WEEKDAYS = (0.98, 0.97, 1.0, 1.03, 1.12, 1.0, 0.9)  # Monday to Sunday
# Midnight to 23:00 UTC: a quiet night, a rise over the day, the peak in the evening.
HOURS = (5, 3, 2, 2, 2, 3, 6, 11, 16, 20, 22, 23, 24, 22, 21, 21, 23, 27, 32, 36, 35, 28, 18, 10)


class HourPlan(NamedTuple):
    """The orders that arrive within the hour from `start` on."""

    start: datetime
    orders: int


@record
class Shape:
    """A shop that opened at `origin` (aware, a full hour). Another seed gives other chance, of the same shape."""

    origin: datetime
    seed: int

    def plan(self, *, since: datetime, until: datetime) -> list[HourPlan]:
        """Every hour that has a moment in `since` <= moment < `until`, whole: the caller cuts the ends off."""
        first = since.replace(minute=0, second=0, microsecond=0)
        hours = max(0, -((first - until) // HOUR))
        starts = (first + index * HOUR for index in range(hours))
        return [HourPlan(start, self.orders_in(start)) for start in starts]

    def orders_in(self, hour: datetime) -> int:
        """The orders of the hour from `hour` on."""
        expected = self.expected(hour) * (1 + JITTER * (2 * self._chance(hour, "jitter") - 1))
        return int(expected + self._chance(hour, "rounding"))

    def expected(self, hour: datetime) -> float:
        """What growth, weekday and time of day suggest for an hour, before chance."""
        growth = 1 + GROWTH_PER_DAY * ((hour - self.origin) / timedelta(days=1))
        return ORDERS_PER_DAY * growth * WEEKDAYS[hour.weekday()] * HOURS[hour.hour] / sum(HOURS)

    def _chance(self, hour: datetime, purpose: str) -> float:
        digest = blake2b(f"{self.seed}/{hour.isoformat()}/{purpose}".encode(), digest_size=8).digest()
        return int.from_bytes(digest) / 2**64
