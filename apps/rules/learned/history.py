"""What was seen of a series, and the part of it that counts as normal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from apps.rules.learned.cadence import Cadence
from apps.rules.learned.counts import Floats
from apps.rules.learned.profile import Profile, first_profile, flat_profile, weekly_profile

KEPT_WEEKS = 10


class History:
    """Rows per interval as they came (`raw`), and as they count for what is expected (`kept`: not a number where they
    do not). Long series forget their beginning.
    """

    def __init__(self, cadence: Cadence) -> None:
        self.cadence = cadence
        self._room = cadence.slots * KEPT_WEEKS if cadence.weekly else 60
        size = 3 * self._room
        self._raw, self._kept = np.full(size, np.nan), np.full(size, np.nan)
        self._flagged, self._slots = np.zeros(size, bool), np.zeros(size, np.int64)
        self._end = 0

    def __len__(self) -> int:
        return self._end

    def push(self, raw: Floats, kept: Floats, slots: NDArray[np.int64], *, flagged: bool = False) -> None:
        """Add intervals; `flagged`: they belong to an alert."""
        if self._end + len(raw) > len(self._raw):
            self._forget()
        span = slice(self._end, self._end + len(raw))
        self._raw[span], self._kept[span], self._slots[span], self._flagged[span] = raw, kept, slots, flagged
        self._end += len(raw)

    def _forget(self) -> None:
        start = self._end - self._room
        for each in (self._raw, self._kept, self._flagged, self._slots):
            each[: self._room] = each[start : self._end].copy()
        self._end = self._room

    def raw(self, count: int) -> Floats:
        """The last `count` intervals as they came."""
        return self._raw[max(0, self._end - count) : self._end]

    def ago(self, intervals: int) -> tuple[float, bool]:
        """The rows of so many intervals ago (1: the last), and whether they belonged to an alert."""
        at = self._end - intervals
        return (float(self._raw[at]), bool(self._flagged[at])) if at >= 0 else (np.nan, False)

    def normal(self, count: int) -> tuple[Floats, NDArray[np.int64]]:
        """The normal ones among the last `count` intervals, and their slots."""
        start = max(0, self._end - count)
        kept = self._kept[start : self._end]
        known = np.isfinite(kept)
        return kept[known], self._slots[start : self._end][known]

    def rescale(self, factor: float) -> None:
        """The table has a new size: what was normal is so at another level."""
        self._kept[: self._end] *= factor

    def accept(self, count: int) -> None:
        """The last `count` intervals are normal after all."""
        span = slice(max(0, self._end - count), self._end)
        self._kept[span] = self._raw[span]

    def profile(self, before: Profile | None) -> Profile:
        """The shape of the week as it is known now."""
        cadence = self.cadence
        known, slots = self.normal(cadence.slots * cadence.tuning.weeks if cadence.weekly else 12)
        if not len(known):
            return before or flat_profile(np.zeros(1))
        if not cadence.weekly:
            return flat_profile(known)
        if self._end < 2 * cadence.slots:
            return first_profile(known, slots, cadence.per_day)
        return weekly_profile(self._weeks(cadence.tuning.weeks), cadence.per_day)

    def _weeks(self, weeks: int) -> Floats:
        """A row per week, the newest last, and a column per slot."""
        size = weeks * self.cadence.slots
        kept = self._kept[max(0, self._end - size) : self._end]
        padded = np.concatenate((np.full(size - len(kept), np.nan), kept))
        next_slot = int(self._slots[self._end - 1] + 1) % self.cadence.slots
        return np.roll(padded.reshape(weeks, self.cadence.slots), next_slot, axis=1)
