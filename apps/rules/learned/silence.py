"""A stretch in which nothing arrived where something always did."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from apps.rules.learned.cadence import Cadence
from apps.rules.learned.counts import Floats
from apps.rules.learned.spread import Spread

FADING = 0.995  # per stretch: a long silence of long ago excuses less and less
MORE = 1.2  # so much longer than a habit a silence may be
KEPT, RECENT = 10, 110  # silences that were alarming, and the calm days for which they are remembered


class Silence:
    """`excused`: whether what was heard last would be alarming, had it not been so before. `_unlikely` is minus the
    logarithm of the chance that the present stretch is by chance.
    """

    def __init__(self, cadence: Cadence) -> None:
        self._cadence = cadence
        self._longest = 0.0
        self._heard, self.excused = 0, False
        self._ended: list[tuple[int, float]] = []  # alarming ones that are over: how much had been heard, how unlikely
        self._unlikely, self._count, self._volume = 0.0, 0, 0.0

    def hear(self, rows: Floats, due: Floats, spread: Spread, typical: float) -> NDArray[np.bool_]:
        """Which of the intervals are alarming; nothing is remembered before `heard`."""
        loud, self.excused = np.zeros(len(rows), bool), False
        self._stretches = [(self._unlikely, self._count, self._volume, self._longest)]
        if self._count == 0 and rows.all():
            self._stretches *= len(rows) + 1
            return loud
        tuning = self._cadence.tuning
        square = float(spread.by_part.mean()) ** 2
        unlikely, count, volume, longest = self._stretches[0]
        habit = self._habit()
        for at, (row, expected) in enumerate(zip(rows, due, strict=True)):
            if row:
                longest = max(longest * FADING, unlikely) if count else longest
                unlikely, count, volume = 0.0, 0, 0.0
            else:
                unlikely += float(np.log(1 + square * expected) / square)
                count, volume = count + 1, volume + float(expected)
            lasting = count >= (2 if self._cadence.fine else 1) and volume > 0.3 * typical
            odd = lasting and not row and unlikely > tuning.silence
            loud[at] = odd and unlikely > max(tuning.silence_lift * longest, habit)
            self.excused |= odd and not loud[at] and not self._cadence.fine
            self._stretches.append((unlikely, count, volume, longest))
        return loud

    def stretch(self, count: int) -> tuple[int, float]:
        """How long nothing had come after the first `count` intervals of the last `hear`, and what was due then."""
        _, length, volume, _ = self._stretches[count]
        return length, volume

    def heard(self, rows: Floats) -> None:
        """The first of the intervals of the last `hear` were calm."""
        self._heard += len(rows)
        self._unlikely, self._count, self._volume, self._longest = self._stretches[len(rows)]

    def end(self, due: Floats, spread: Spread) -> None:
        """An alert is over; `due`: what was due in its first intervals, while nothing came."""
        if len(due) and not self._cadence.fine:
            square = float(spread.by_part.mean()) ** 2
            unlikely = self._unlikely + float(np.log(1 + square * due).sum() / square)
            self._ended = [*self._ended, (self._heard, unlikely)][-KEPT:]
        self._unlikely, self._count, self._volume = 0.0, 0, 0.0

    def _habit(self) -> float:
        """A table that falls silent now and again does so once more: what it has shown twice of late is no news."""
        recent = sorted(unlikely for heard, unlikely in self._ended if self._heard - heard < RECENT)
        return MORE * recent[-2] if len(recent) > 1 else 0.0
