"""How long a table may wait for its next load: learned from the waits that followed loads at like times. Days of rest
are left out of the waits that are learned, and put back when a limit is told: a Friday is then like any other day.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from apps.rules.learned.cadence import DAY
from apps.rules.learned.calendar import is_holiday
from apps.rules.learned.counts import Floats, robust_sigma
from apps.rules.learned.months import monthly_due
from apps.rules.learned.reading import Reading, duration, still_learning

KEPT = 400
RECENT = 100 * DAY
ALIKE_TIME = 5400  # seconds between two times of day that count as the same
SLOWEST_RHYTHM = 20 * DAY  # longer waits have no time of day
TAIL = 0.998
GROW = 0.04  # a wait may be so much longer than any like it, or one check
WILD = 1.75  # so many times the longest, where waits follow no rhythm
STILL_LEARNING = 8
LEAST = 4  # waits from which something is said
USUAL = 50  # waits of which the middle is called usual


class Waits:
    """`check`: seconds between two checks: a wait is never known better than that."""

    def __init__(self, check: int, country: str = "") -> None:
        self._check, self._country = check, country
        self._at: list[float] = []  # when a load was seen, and the wait that followed without days of rest
        self._wait: list[float] = []
        self._wall: list[float] = []  # the same waits with the days of rest
        self._odd: list[tuple[float, float]] = []
        self._last: float | None = None
        self._count = 0
        self._waited = 0.0
        self._weekends = False  # whether it was ever loaded on a weekend
        self.limit: float | None = None
        self.alarmed = False

    def update(self, time: int, last_load: int | None) -> bool:
        """One look at `time`; whether the table is later than it ever should be."""
        if last_load is None:
            return False
        if self._last is None or last_load != self._last:
            if not self.alarmed:  # a late load does not tell on which days loads come
                self._see_day(last_load)
            if self._last is not None:
                self._learn(self._last, last_load - self._last)
            self._last, self.alarmed = float(last_load), False
            self.limit = self._limit(self._last)
        self._waited = time - self._last
        self.alarmed = self.limit is not None and self._waited > self.limit
        return self.alarmed

    def reading(self) -> Reading:
        """What is to be said of the last look: `expected` is the usual wait, `high` the longest allowed, in seconds."""
        known = min(len(self._wait), LEAST)
        if self.limit is None:
            return still_learning(known, LEAST)
        usual = float(np.median(self._wait[-USUAL:]))
        reason = f"The last load was {duration(self._waited)} ago; at most {duration(self.limit)} are usual"
        return Reading(self.alarmed, usual, 0.0, self.limit, f"{reason} after a load at that time.", known, LEAST)

    def _limit(self, last: float) -> float | None:
        allowed = self._allowed(last)
        if allowed is None:
            return None
        due = monthly_due(np.array(self._at), last, self._rests)
        return self._past_rest(last, allowed) if due is None else due - last + self._check

    def _learn(self, last: float, wait: float) -> None:
        """One late load teaches nothing; the third like it at the same time of day is a new rhythm."""
        self._count += 1
        wall, wait = wait, wait - DAY * self._rest_within(last, last + wait)
        if self.alarmed and self._count > STILL_LEARNING and last - self._at[0] > 21 * DAY:
            near, horizon = max(self._check, ALIKE_TIME), max(15 * DAY, 12 * wait)
            alike = [
                at for at, odd in self._odd
                if _apart(at, last) < near and abs(odd / wait - 1) < 0.2 and last - at < horizon
            ]  # fmt: skip
            self._odd = [*self._odd[-20:], (last, wait)]
            if len(alike) < 2:
                return
        self._at.append(last)
        self._wait.append(wait)
        self._wall.append(wall)
        del self._at[:-KEPT], self._wait[:-KEPT], self._wall[:-KEPT]

    def _see_day(self, load: float) -> None:
        """The first load on a weekend tells that weekends are days like others, and always were."""
        if not self._weekends and _day(load).weekday() > 4:
            self._weekends = True
            self._wait = [
                wall - DAY * self._rest_within(at, at + wall) for at, wall in zip(self._at, self._wall, strict=True)
            ]

    def _rests(self, day: date) -> bool:
        return is_holiday(day, self._country) or (day.weekday() > 4 and not self._weekends)

    def _rest_within(self, start: float, end: float) -> int:
        """Days of rest that lie whole between two loads."""
        first, days = _day(start), (_day(end) - _day(start)).days
        return sum(self._rests(first + timedelta(days=each)) for each in range(1, days))

    def _past_rest(self, last: float, allowed: float) -> float:
        """The wait with the days of rest that fall into it."""
        day = _day(last) + timedelta(days=1)
        while day <= _day(last + allowed - 1.2 * self._check):
            allowed += DAY * self._rests(day)
            day += timedelta(days=1)
        return allowed

    def _allowed(self, last: float) -> float | None:
        """The longest wait that followed loads at this time of this weekday, else at this time, else any; and more."""
        if len(self._wait) < LEAST:
            return None
        at, wait = np.array(self._at), np.array(self._wait)
        recent = at > last - RECENT
        if recent.sum() >= STILL_LEARNING:
            at, wait = at[recent], wait[recent]
        middle = float(np.median(wait))
        like = self._like(at, wait, last, middle)
        if like is None:
            longest = float(wait.max())
            wild = middle < SLOWEST_RHYTHM and float(np.ptp(wait)) > 0.6 * middle
            return WILD * longest if wild else longest + max(self._check, GROW * middle)
        own = float(np.median(like))
        kin = wait[np.abs(wait - own) < 0.2 * own + 2 * self._check]  # of the same kind at any time
        longest = max(float(like.max()), float(np.quantile(kin, TAIL)))
        return longest + max(self._check, float(robust_sigma(kin)), GROW * longest)

    def _like(self, at: Floats, wait: Floats, last: float, middle: float) -> Floats | None:
        """The waits after loads at the same time, where such waits are alike."""
        apart: Floats = np.abs((at - last + DAY / 2) % DAY - DAY / 2)
        near: NDArray[np.bool_] = apart <= max(self._check, min(ALIKE_TIME, 0.45 * middle))
        same_day = ((at // DAY).astype(np.int64) - int(last // DAY)) % 7 == 0
        own = wait[near]
        rhythm = len(own) < STILL_LEARNING or np.mean(np.abs(own / np.median(own) - 1) < 0.35) > 0.6
        if middle >= SLOWEST_RHYTHM or not rhythm:
            return None
        for chosen, least in ((near & same_day, 3), (near, STILL_LEARNING)):
            some = wait[chosen]
            if len(some) >= least and float(np.ptp(some)) < 0.6 * float(np.median(some)) + 2 * self._check:
                return some
        return None


def _day(moment: float) -> date:
    return datetime.fromtimestamp(moment, UTC).date()


def _apart(one: float, other: float) -> float:
    """Seconds between two times of day."""
    return abs((one - other + DAY / 2) % DAY - DAY / 2)
