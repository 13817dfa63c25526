"""Whether the rows that arrived per interval are as expected: learned from the table's own past, one interval after
another. Expected are the week's profile times the recent level; evidence is gathered over sums of several intervals;
what was alarming never becomes part of what is expected, unless it lasts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from math import log

import numpy as np
from numpy.typing import NDArray

from apps.rules.learned.cadence import DAY, cadence_of
from apps.rules.learned.calendar import is_holiday
from apps.rules.learned.counts import Floats
from apps.rules.learned.evidence import Sums, sums_of, weigh
from apps.rules.learned.history import History
from apps.rules.learned.incident import OpenAlert
from apps.rules.learned.level import recent_level
from apps.rules.learned.precedents import Precedents
from apps.rules.learned.profile import Profile, flat_profile
from apps.rules.learned.reading import Reading, band, explain, still_learning
from apps.rules.learned.silence import Silence
from apps.rules.learned.spread import PARTS
from apps.rules.learned.spreads import Spreads

LIKE_LAST_WEEK = 0.3
SILENT = -9.0  # stands for the logarithm of nothing


class Arrivals:
    """Feed it the intervals in order. `country`: whose public holidays the table keeps, as an ISO code, or empty;
    `habits`: whether a daily table's rises that come and go excuse the next.
    """

    def __init__(self, seconds: int, country: str = "", *, habits: bool = True) -> None:
        self.cadence = cadence_of(seconds)
        self._country = country if seconds <= DAY else ""
        self._history = History(self.cadence)
        self._spreads = Spreads(self.cadence)
        self._silence = Silence(self.cadence)
        self._precedents = Precedents(habits=habits)
        self._profile: Profile = flat_profile(np.zeros(1))
        self._level = 1.0
        self._window_seen, self._window_due = np.zeros(0), np.zeros(0)
        self._open: OpenAlert | None = None
        self._day = -1
        self._last: tuple[int, float] | None = None  # the last measured interval, and its rows

    def __len__(self) -> int:
        """How many intervals are remembered."""
        return len(self._history)

    @property
    def alarmed(self) -> bool:
        return self._open is not None

    def replay(self, times: Sequence[int], rows: Sequence[float | None]) -> list[bool]:
        """Whether it is alarmed after each interval: `times` are their starts in seconds since 1970, in local time."""
        at = np.asarray(times, np.int64)
        values = np.array([np.nan if row is None else max(float(row), 0.0) for row in rows])
        answers = np.zeros(len(at), bool)
        start = 0
        while start < len(at):
            end = start + self._step(at[start:], values[start:])
            answers[start : end - 1], answers[end - 1] = answers[start], self.alarmed
            start = end
        measured = np.flatnonzero(np.isfinite(values))
        if len(measured):
            self._last = int(at[measured[-1]]), float(values[measured[-1]])
        return [bool(answer) for answer in answers]

    def update(self, time: int, rows: float | None) -> bool:
        """One interval; whether it is alarmed now."""
        return self.replay([time], [rows])[0]

    def reading(self) -> Reading:
        """What is to be said of the last interval that was measured."""
        known, wanted = len(self._history), self.cadence.first
        if self._last is None or self._day < 0:
            return still_learning(known, wanted)
        at, rows = self._last
        slot = (at // self.cadence.seconds) % self.cadence.slots
        due, quiet = self._level * float(self._profile.mean[slot]), self._level * float(self._profile.quiet[slot])
        part = (slot % self.cadence.per_day) * PARTS // self.cadence.per_day
        low, high = band(due, quiet, self._typical, self._spreads.first, part, self.cadence, resting=self._resting(at))
        count, seen, usual = self._open.summed() if self._open else (1, rows, due)
        reason = explain(self.alarmed, count, seen, usual, at, self.cadence.seconds)
        return Reading(self.alarmed, due, low, high, reason, min(known, wanted), wanted)

    # -- how many intervals are dealt with at once
    def _step(self, at: NDArray[np.int64], rows: Floats) -> int:
        """Deal with the first interval, and those of its day after it if all is calm. Returns how many; only the last
        of them can have changed the state."""
        learning = self.cadence.first - len(self._history)
        soon = max(learning, self.cadence.per_day)
        at, rows = at[:soon], rows[:soon]
        slots = (at // self.cadence.seconds) % self.cadence.slots
        if learning > 0:
            self._history.push(rows[:learning], rows[:learning], slots[:learning])
            return len(rows[:learning])
        if np.isnan(rows[0]):
            self._history.push(rows[:1], rows[:1], slots[:1])
            return 1
        self._look_at_day(int(at[0]))
        if self._open:
            self._while_open(self._open, int(at[0]), float(rows[0]), int(slots[0]))
            return 1
        many = 1
        if self.cadence.fine and not self._resting(int(at[0])):  # holidays lend their rows to no later sum
            usable = (at // DAY == at[0] // DAY) & np.isfinite(rows)
            many = len(usable) if usable.all() else max(1, int(np.argmin(usable)))
        return self._while_calm(at[:many], rows[:many], slots[:many])

    def _look_at_day(self, at: int) -> None:
        """Learn anew, once a day: the model of a day does not change within it."""
        if self.cadence.fine and at // DAY == self._day:
            return
        self._day = at // DAY
        self._profile = self._history.profile(self._profile)
        self._spreads.learn()
        self._level = recent_level(self._history, self._profile, self._level)

    # -- calm
    def _while_calm(self, at: NDArray[np.int64], rows: Floats, slots: NDArray[np.int64]) -> int:
        due = self._level * self._profile.mean[slots]
        quiet = self._level * self._profile.quiet[slots]
        parts = (slots % self.cadence.per_day) * PARTS // self.cadence.per_day
        resting = self._resting(int(at[0]))
        before = len(self._window_seen)
        sums = sums_of(np.concatenate((self._window_seen, rows)), np.concatenate((self._window_due, due)), before,
                       self.cadence.lengths)  # fmt: skip
        evidence = weigh(sums, self._spreads.by_length, parts, typical=self._typical, fine=self.cadence.fine,
                         holiday=np.full(len(at), resting), quiet=quiet, tuning=self.cadence.tuning)  # fmt: skip
        loud = self._silence.hear(rows, np.minimum(due, quiet) if resting else due, self._spreads.first, self._typical)
        alarming = np.flatnonzero((evidence.strength != 0) | loud)
        calm = int(alarming[0]) if len(alarming) else len(at)
        if calm:
            self._keep(at[:calm], rows[:calm], due[:calm], slots[:calm], parts[:calm], sums, resting)
        if calm == len(at):
            return calm
        if loud[calm]:
            length, volume = self._silence.stretch(calm + 1)
            alert = OpenAlert(-1, SILENT, (length - 1, 0.0, volume - float(due[calm])))
        else:
            length = int(evidence.length[calm])
            whole = next(each for each in sums if each.length == length)
            witnesses = length - 1, float(whole.observed[calm] - rows[calm]), float(whole.expected[calm] - due[calm])
            alert = OpenAlert(int(np.sign(evidence.strength[calm])), float(evidence.ratio[calm]), witnesses)
        off = self._off(float(sums[0].observed[calm]), float(sums[0].expected[calm]))
        self._alarm(int(at[calm]), float(rows[calm]), float(due[calm]), int(slots[calm]), alert, off)
        return calm + 1

    @property
    def _typical(self) -> float:
        return max(self._profile.typical * self._level, 1e-9)

    def _resting(self, at: int) -> bool:
        return bool(self._country) and is_holiday(datetime.fromtimestamp(at, UTC).date(), self._country)

    def _keep(
        self, at: NDArray[np.int64], rows: Floats, due: Floats, slots: NDArray[np.int64], parts: NDArray[np.int64],
        sums: list[Sums], resting: bool,
    ) -> None:  # fmt: skip
        """What was calm is remembered as normal, but for holidays and excused silences: they teach the wrong week."""
        count = len(at)
        self._silence.heard(rows)
        if not self.cadence.fine:
            self._precedents.note(int(at[0]), self._off(float(rows[0]), float(due[0])))
        if resting or self._silence.excused:
            self._history.push(rows, np.full(count, np.nan), slots)
            self._lend(due, due)
            return
        self._spreads.note(sums, parts, count)
        self._history.push(rows, rows, slots)
        self._lend(rows, due)

    def _off(self, rows: float, due: float) -> float:
        cushion = 0.5 + 0.01 * self._typical
        return log((rows + cushion) / (due + cushion))

    def _lend(self, rows: Floats, due: Floats) -> None:
        """Rows of earlier intervals that later sums take in."""
        most = max(self.cadence.lengths)
        self._window_seen = np.concatenate((self._window_seen, rows))[-most:]
        self._window_due = np.concatenate((self._window_due, due))[-most:]

    # -- alarm
    def _alarm(self, at: int, rows: float, due: float, slot: int, alert: OpenAlert, off: float) -> None:
        """Open the alert, unless what is seen has an explanation."""
        day = datetime.fromtimestamp(at, UTC).date()
        known = self.cadence.seconds == DAY and alert.ratio > -2 and self._precedents.explain(day, off)
        if self.cadence.seconds == DAY:
            self._precedents.note(at, off)
        again = not known and self._like_last_week(rows)
        if known or again:
            self._push(rows, rows if again else np.nan, slot, flagged=again)
            self._lend(np.array([due]), np.array([due]))
            return
        self._open = alert
        alert.add(rows, due)
        self._push(rows, np.nan, slot, flagged=True)
        self._lend(np.array([due]), np.array([due]))
        self._window_seen = self._window_due.copy()  # the rows that raised it must not count twice

    def _push(self, raw: float, kept: float, slot: int, *, flagged: bool = False) -> None:
        self._history.push(np.array([raw]), np.array([kept]), np.array([slot]), flagged=flagged)

    def _like_last_week(self, rows: float) -> bool:
        """Whether the same slot was just as odd a week ago, or yesterday and the day before: the schedule changed, and
        was reported then."""
        if not self.cadence.weekly:
            return False
        spans = [(self.cadence.slots,)] + (
            [(self.cadence.per_day, 2 * self.cadence.per_day)] if self.cadence.fine else []
        )
        cushion = 0.5 + 0.01 * self._typical
        now = rows + (self._history.ago(1)[0] if self.cadence.fine else 0.0)
        for span in spans:
            alike = []
            for ago in span:
                then, flagged = self._history.ago(ago)
                if self.cadence.fine:
                    then += self._history.ago(ago + 1)[0]
                alike.append(flagged and abs(log((now + cushion) / (then + cushion))) < LIKE_LAST_WEEK)
            if all(alike):
                return True
        return False

    # -- open
    def _while_open(self, alert: OpenAlert, at: int, rows: float, slot: int) -> None:
        due = self._level * float(self._profile.mean[slot])
        alert.add(rows, due)
        self._push(rows, np.nan, slot, flagged=True)
        self._lend(np.array([due]), np.array([due]))
        if alert.over(self.cadence, self._typical, self._spreads.by_length):
            if alert.sign > 0:
                self._precedents.passed(at, alert.highest(self._typical))
            self._silence.end(alert.silent(), self._spreads.first)
            self._open = None
        elif factor := alert.new_level(self.cadence, self._typical):
            self._rescale(factor)
            self._history.accept(min(len(alert.rows), self.cadence.lasting))
            self._open = None

    def _rescale(self, factor: float) -> None:
        self._history.rescale(factor)
        self._profile = self._profile.scaled(factor)
        self._window_seen = self._window_due = np.zeros(0)
