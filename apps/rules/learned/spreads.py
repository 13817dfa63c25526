"""The spreads of a series for all lengths of sums, and the calm sums that they are learned from."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.rules.learned.cadence import Cadence
from apps.rules.learned.counts import Floats
from apps.rules.learned.evidence import Sums
from apps.rules.learned.spread import Spread, learn_spread, unknown_spread

FINE_DAYS, COARSE_POINTS = 60, 110  # how far back calm sums are remembered
SELDOM = 7  # a new series is learned anew every day, one of four weeks every seventh


class Spreads:
    def __init__(self, cadence: Cadence) -> None:
        self._cadence = cadence
        self._room = FINE_DAYS * cadence.per_day if cadence.fine else COARSE_POINTS
        self._calm: dict[int, tuple[Any, Floats, Floats]] = {
            length: (np.zeros(0, np.int64), np.zeros(0), np.zeros(0)) for length in cadence.lengths
        }
        self._turns = 0
        self.by_length: dict[int, Spread] = {length: unknown_spread(cadence.tuning) for length in cadence.lengths}

    @property
    def first(self) -> Spread:
        return self.by_length[self._cadence.lengths[0]]

    def note(self, sums: list[Sums], parts: NDArray[np.int64], count: int) -> None:
        """The first `count` of the intervals were calm."""
        for each in sums:
            known = each.known[:count]
            new = parts[:count][known], each.observed[:count][known], each.expected[:count][known]
            old = self._calm[each.length]
            joined = [np.concatenate(pair)[-self._room :] for pair in zip(old, new, strict=True)]
            self._calm[each.length] = (joined[0], joined[1], joined[2])

    def learn(self) -> None:
        """Once for each new day; not each time is anything learned."""
        self._turns += 1
        if self._turns % min(SELDOM, 1 + self._turns // 4):
            return
        for length, (parts, observed, expected) in self._calm.items():
            self.by_length[length] = learn_spread(
                parts, observed, expected, length=length, fine=self._cadence.fine, many=10 * self._cadence.per_day,
                tuning=self._cadence.tuning,
            )  # fmt: skip
