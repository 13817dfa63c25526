"""An alert that is open: when it is over, and when what it found is the new normal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import log

import numpy as np

from apps.rules.learned.cadence import Cadence
from apps.rules.learned.counts import Floats, surprise
from apps.rules.learned.spread import Spread

NEAR = 0.25  # a logarithm of the ratio below which observed and expected rows are alike
STEADY = 0.35
LARGEST_FACTOR = 20.0


@dataclass(slots=True)
class OpenAlert:
    """`sign`: −1 too few rows, +1 too many; `ratio`: the logarithm of observed to expected rows when it opened."""

    sign: int
    ratio: float
    before: tuple[int, float, float] = (
        0,
        0.0,
        0.0,
    )  # intervals before it that bear witness, their rows, what was due
    rows: list[float] = field(default_factory=list)
    due: list[float] = field(default_factory=list)

    def add(self, rows: float, due: float) -> None:
        self.rows.append(rows)
        self.due.append(due)

    def summed(self) -> tuple[int, float, float]:
        """Over how many intervals it has lasted with its witnesses, the rows seen in them, and the rows expected."""
        count, seen, due = self.before
        return count + len(self.rows), seen + sum(self.rows), due + sum(self.due)

    @property
    def length(self) -> int:
        """How many intervals it has lasted since the one that opened it."""
        return len(self.rows) - 1

    def over(self, cadence: Cadence, typical: float, spreads: Mapping[int, Spread]) -> bool:
        """Whether the newest intervals are calm; they must cover enough expected rows: quiet nights prove nothing."""
        tuning, cushion = cadence.tuning, 0.5 + 0.01 * typical
        least = max(min(8.0, 8 * typical), tuning.close_volume * typical if cadence.fine else 0.0)
        seen = due = 0.0
        count = 0
        for row, expected in zip(reversed(self.rows), reversed(self.due), strict=True):
            seen, due, count = seen + row, due + expected, count + 1
            if count >= (2 if cadence.fine else 1) and due >= least:
                break
        if count >= len(self.rows) or (self.sign < 0 and self.rows[-1] == 0 and self.due[-1] > 8):
            return False
        off = log((seen + cushion) / (due + cushion))
        spread = spreads[min(spreads, key=lambda length: abs(length - count))]
        size = float(
            surprise(np.array([seen / spread.calm]), np.array([due / spread.calm]), float(spread.by_part.mean()))[0]
        )
        return abs(off) < NEAR or (abs(size) < 2.5 and abs(off) < 0.6 * abs(self.ratio))

    def highest(self, typical: float) -> float:
        """The logarithm of the largest ratio of observed to expected rows in it."""
        cushion = 0.5 + 0.01 * typical
        return max(log((row + cushion) / (due + cushion)) for row, due in zip(self.rows, self.due, strict=True))

    def silent(self) -> Floats:
        """What was due in its first intervals, while nothing came."""
        count = next((at for at, row in enumerate(self.rows) if row), len(self.rows))
        return np.array(self.due[:count])

    def new_level(self, cadence: Cadence, typical: float) -> float | None:
        """The factor of a new level that has lasted and is steady, or None."""
        if self.length < cadence.lasting:
            return None
        count = 2 * cadence.lasting if cadence.fine else cadence.lasting
        rows, due = np.array(self.rows[-count:]), np.array(self.due[-count:])
        half, cushion = len(rows) // 2, 0.5 + 0.01 * typical
        if min(due[:half].sum(), due[half:].sum()) <= 0.25 * half * typical:
            return None  # a weekend of nothing is no new level
        first, second = (
            (rows[part].sum() + cushion) / (due[part].sum() + cushion) for part in (slice(half), slice(half, None))
        )
        steady = abs(log(first / second)) < STEADY or self.length >= 3 * cadence.lasting
        return min(float(second), LARGEST_FACTOR) if steady and second > 0.05 else None
