"""A stretch in which nothing arrived where something always did."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from apps.rules.learned.cadence import Cadence
from apps.rules.learned.counts import Floats
from apps.rules.learned.spread import Spread

FADING = 0.995  # per stretch: a long silence of long ago excuses less and less


class Silence:
    """`_unlikely` is minus the logarithm of the chance that the present stretch is by chance."""

    def __init__(self, cadence: Cadence) -> None:
        self._cadence = cadence
        self._longest = 0.0
        self._unlikely, self._count, self._volume = 0.0, 0, 0.0

    def hear(self, rows: Floats, due: Floats, spread: Spread, typical: float) -> NDArray[np.bool_]:
        """Which of the intervals are alarming; nothing is remembered before `heard`."""
        loud = np.zeros(len(rows), bool)
        self._stretches = [(self._unlikely, self._count, self._volume, self._longest)]
        if self._count == 0 and rows.all():
            self._stretches *= len(rows) + 1
            return loud
        tuning = self._cadence.tuning
        square = float(spread.by_part.mean()) ** 2
        unlikely, count, volume, longest = self._stretches[0]
        for at, (row, expected) in enumerate(zip(rows, due, strict=True)):
            if row:
                longest = max(longest * FADING, unlikely) if count else longest
                unlikely, count, volume = 0.0, 0, 0.0
            else:
                unlikely += float(np.log(1 + square * expected) / square)
                count, volume = count + 1, volume + float(expected)
            loud[at] = (
                not row and unlikely > max(tuning.silence, tuning.silence_lift * longest)
                and count >= (2 if self._cadence.fine else 1) and volume > 0.3 * typical
            )  # fmt: skip
            self._stretches.append((unlikely, count, volume, longest))
        return loud

    def stretch(self, count: int) -> tuple[int, float]:
        """How long nothing had come after the first `count` intervals of the last `hear`, and what was due then."""
        _, length, volume, _ = self._stretches[count]
        return length, volume

    def heard(self, rows: Floats) -> None:
        """The first of the intervals of the last `hear` were calm."""
        self._unlikely, self._count, self._volume, self._longest = self._stretches[len(rows)]

    def end(self) -> None:
        """An alert is over."""
        self._unlikely, self._count, self._volume = 0.0, 0, 0.0
