"""How far a number of rows may lie from what is normal. Fractions, because people write limits as exact decimals: at a
mean of 1,000 and 30 %, 700 rows are fine and 699 are not.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import ceil, floor
from typing import Literal, NamedTuple

from apps.common.records import record

Side = Literal["drop", "spike"]


class Bounds(NamedTuple):
    """The fewest and the most rows that are fine; None: no limit on that side."""

    low: int | None = None
    high: int | None = None

    def side(self, rows: int) -> Side | None:
        """On which side `rows` lies outside."""
        if self.low is not None and rows < self.low:
            return "drop"
        return "spike" if self.high is not None and rows > self.high else None

    @property
    def words(self) -> str:
        """What lies outside: `fewer than 800 or more than 2,000 rows`"""
        low = [] if self.low is None else ["no rows" if self.low == 1 else f"fewer than {count_words(self.low)}"]
        high = [] if self.high is None else [f"more than {count_words(self.high)}"]
        if low and high and self.low != 1:
            low = [f"fewer than {self.low:,}"]
        return " or ".join(low + high)

    @property
    def edge_words(self) -> str:
        """What lies outside, beside a number of rows: `below 800 or above 2,000`"""
        low = [] if self.low is None else [f"below {self.low:,}"]
        high = [] if self.high is None else [f"above {self.high:,}"]
        return " or ".join(low + high)


@record
class Limits:
    """Percentages below and above what is normal, and absolute limits; None switches one off."""

    drop: float | None = None
    spike: float | None = None
    at_least: int | None = None
    at_most: int | None = None

    @property
    def relative(self) -> bool:
        """Whether a percentage is set, so that what is normal must be known."""
        return self.drop is not None or self.spike is not None

    @property
    def absolute(self) -> Bounds:
        """The limits that need no history."""
        return Bounds(self.at_least, self.at_most)

    def around(self, normal: Fraction | None) -> Bounds:
        """All limits, with the percentages taken of what is normal."""
        shares = self.shares_of(normal)
        lows = [low for low in (shares.low, self.at_least) if low is not None]
        highs = [high for high in (shares.high, self.at_most) if high is not None]
        return Bounds(max(lows, default=None), min(highs, default=None))

    def shares_of(self, normal: Fraction | None) -> Bounds:
        """The limits of the percentages alone. Percentages of nothing, and of 0, say nothing."""
        if not normal:
            return Bounds()
        low = None if self.drop is None else ceil(normal * (1 - _share(self.drop)))
        return Bounds(low, None if self.spike is None else floor(normal * (1 + _share(self.spike))))

    @property
    def share_words(self) -> str:
        """`20 % below and 100 % above`"""
        shares = ((self.drop, "below"), (self.spike, "above"))
        return " and ".join(f"{share:,g} % {side}" for share, side in shares if share is not None)

    @property
    def outside_words(self) -> str:
        """`more than 20 % fewer or more than 100 % more rows`"""
        shares = ((self.drop, "fewer"), (self.spike, "more"))
        return " or ".join(f"more than {share:,g} % {side}" for share, side in shares if share is not None) + " rows"


def difference_percent(rows: int, normal: Fraction | None) -> float | None:
    """How far `rows` lies from what is normal: -65.0 is 65 % below. None when there is nothing to compare with."""
    return round(float((rows / normal - 1) * 100), 1) if normal else None


def count_words(rows: int) -> str:
    """`1 row`, `2,000 rows`"""
    return f"{rows:,} {'row' if rows == 1 else 'rows'}"


def mean_words(value: Fraction) -> str:
    """A mean with thousands separators, and with a decimal when it is small and not whole."""
    small = value < 100 and value.denominator != 1
    return f"{float(value):,.1f}" if small else f"{round(value):,}"


@lru_cache(maxsize=256)
def _share(percent: float) -> Fraction:
    return Fraction(str(percent)) / 100
