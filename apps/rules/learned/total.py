"""Whether the total number of rows of a table is as expected: its steps beside the steps it usually takes, and, where
it grows regularly, the rows that it gains, judged as arrivals are.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from apps.rules.learned.arrivals import Arrivals
from apps.rules.learned.cadence import DAY
from apps.rules.learned.counts import robust_sigma
from apps.rules.learned.reading import Reading, number, still_learning

ENOUGH = 8  # steps from which their usual size is known
UNUSUAL = 8.0  # standard deviations
LEAST_SHARE = 0.04  # of the total: less is never alarming where growth is irregular
STEADY = 0.25  # how far a new total may wander to count as the new normal
LEAST_LEFT = 0.02  # an emptied table is never the new normal
APPEND_ONLY = 0.03  # the share of steps down that an append-only table may show


class Total:
    """Feed it the totals in order."""

    def __init__(self, seconds: int, country: str = "") -> None:
        self._seconds = seconds
        self._gains = Arrivals(seconds, country, habits=False)  # rows that were added twice do not go again
        self._steps: deque[float] = deque(maxlen=60)
        self._good: float | None = None  # the last total that was not alarming, and when
        self._good_at = 0
        self._odd: list[float] = []  # the totals since an alarming one
        self._gains_alarmed = False
        self._regular = False
        self._seen: tuple[float, float, float, float] | None = None  # the last total, and its limits when it came
        self._skip_step = False  # the step back after an alert says nothing of the table's usual steps

    @property
    def alarmed(self) -> bool:
        return bool(self._odd) or self._gains_alarmed

    def update(self, time: int, rows: float | None) -> bool:
        """One total, seen at `time` (seconds since 1970); whether it is alarmed now."""
        if rows is None:
            self._gains.update(time, None)
            return self.alarmed
        if self._good is None:
            self._good, self._good_at = rows, time
            return False
        steps = max(1, round((time - self._good_at) / self._seconds))
        low, due, high = self._limits(steps)
        self._seen = rows, low, due, high
        if len(self._steps) >= ENOUGH - 1 and not low <= rows <= high:
            self._gains.update(time, None)
            self._odd.append(rows)
            if self._settled():
                self._accept(rows, time)
        elif self._odd:
            self._gains.update(time, None)
            self._accept(rows, time)
        else:
            self._learn(rows, time, steps)
        return self.alarmed

    def _limits(self, steps: int) -> tuple[float, float, float]:
        """The lowest, the usual and the highest total so many steps after the last good one."""
        good = self._good or 0.0
        if len(self._steps) < ENOUGH:
            return 0.7 * good, good, 1.6 * good
        known = np.array(self._steps)
        usual = float(np.median(known))
        noise = max(robust_sigma(known), 0.002 * good, 1.0)
        least = 0.0 if self._regular else LEAST_SHARE * good
        limit = max(UNUSUAL * noise, 2.0 * float(np.max(np.abs(known - usual))), least) * steps**0.5
        due = good + usual * steps
        # growth beyond what is regular is for the gains to judge
        high = float("inf") if self._regular else due + limit
        return min(due - limit, good + min(0.0, 2 * float(known.min()))), due, high

    def reading(self) -> Reading:
        """What is to be said of the last total that was seen."""
        known = min(len(self._steps), ENOUGH - 1)
        if self._seen is None or known < ENOUGH - 1:
            return still_learning(known, ENOUGH - 1)
        rows, low, due, high = self._seen
        gained = self._gains.reading()
        if self._gains_alarmed:
            reason = f"Rows gained: {gained.reason}"
        elif self.alarmed:
            word = "fewer" if rows < due else "more"
            reason = f"The table has {number(rows, 'row')}, {number(abs(rows - due), 'row')} {word} than expected."
        else:
            reason = f"As usual: {number(rows, 'row')}, {number(due, 'row')} expected."
        return Reading(self.alarmed, due, max(low, 0.0), None if high == float("inf") else high, reason, known, known)

    def _settled(self) -> bool:
        """Whether the odd totals have become the new normal."""
        count = 6 if self._seconds <= DAY else 2
        last = np.array(self._odd[-count:])
        middle = max(abs(float(np.median(last))), 1.0)
        alive = last[-1] > LEAST_LEFT * (self._good or 0.0)
        return len(self._odd) > count and alive and float(np.ptp(last)) < STEADY * middle

    def _accept(self, rows: float, time: int) -> None:
        self._odd = []
        self._good, self._good_at, self._skip_step = rows, time, True

    def _learn(self, rows: float, time: int, steps: int) -> None:
        change = rows - (self._good or 0.0)
        usable = steps == 1 and not self._skip_step
        if usable:
            self._steps.append(change)
        self._regular = self._grows_regularly()
        odd_gain = self._gains.update(time, max(change, 0.0) if usable else None)
        self._gains_alarmed = odd_gain and self._regular
        self._skip_step = False
        self._good, self._good_at = rows, time

    def _grows_regularly(self) -> bool:
        if len(self._steps) < ENOUGH + 2:
            return False
        known = np.array(self._steps)
        gain = float(known.mean())
        if gain <= 0 or float(np.mean(known < 0)) >= APPEND_ONLY or float(np.median(known)) < 0:
            return False
        steady = robust_sigma(known[known > 0]) < 0.6 * gain
        return steady and (self._good or 0.0) / gain < 4000
