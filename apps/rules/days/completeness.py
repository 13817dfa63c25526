"""Which days of a table are all there, and which are short, missing or late. Pure: from rows per day to their states.

A day is judged by its own weekday: by what the weekday usually holds, and by whether it usually holds anything at all.
Holidays are not known here, so an empty one is `missing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from itertools import chain, islice
from statistics import median
from typing import NamedTuple
from zoneinfo import ZoneInfo

from apps.common.durations import elapsed_words
from apps.common.records import record
from apps.common.walltime import midnight
from apps.rules.limits import count_words, mean_words

WEEKS = 4  # that tell what a weekday is like; so many are read before the first day that is judged
FEWEST = 2  # days of a weekday without which nothing is known of its usual rows
EMPTY_WEEKS = 3  # of the last four, for a weekday that is not expected to have rows
WAIT = timedelta(hours=12)
CORRECTED = timedelta(days=7)  # a day that is written longer after its end was corrected, and not loaded late
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class DayState(StrEnum):
    """How a day stands. `LATE`: its rows are due and may still come, or they came after their time."""

    PRESENT = "present"
    SHORT = "short"
    MISSING = "missing"
    LATE = "late"
    EMPTY = "expected_empty"
    OPEN = "not_over"


LABELS: Mapping[DayState, str] = {
    DayState.PRESENT: "present",
    DayState.SHORT: "short",
    DayState.MISSING: "missing",
    DayState.LATE: "late",
    DayState.EMPTY: "empty, as expected",
    DayState.OPEN: "not over yet",
}


TROUBLE = (DayState.MISSING, DayState.SHORT, DayState.LATE)


class DayRows(NamedTuple):
    """The rows of a day and, where the store tells it, when they were last written."""

    day: date
    rows: int
    written_at: datetime | None = None


@record
class Terms:
    """What is asked of a day: in which zone it begins and ends, how long after its end its rows may come, and which
    share of the usual rows is enough."""

    zone: ZoneInfo
    wait: timedelta = WAIT
    share: Fraction = Fraction(1, 2)


@record
class Day:
    """A day, its state, and why in a sentence. `usual`: the median of its weekday in the weeks before, if known."""

    day: date
    rows: int
    state: DayState
    reason: str
    usual: Fraction | None = None
    written_at: datetime | None = None

    @property
    def usual_words(self) -> str:
        """`1,000`; empty when it is not known."""
        return "" if self.usual is None else mean_words(self.usual)

    @property
    def label(self) -> str:
        return LABELS[self.state]

    @property
    def words(self) -> str:
        """`Sunday 1 March 2026: no rows, missing. There are rows of later days.`"""
        rows = count_words(self.rows) if self.rows else "no rows"
        named = f"{WEEKDAYS[self.day.weekday()]} {self.day.day} {self.day:%B %Y}"
        return f"{named}: {rows}, {LABELS[self.state]}. {self.reason}".strip()


@record
class Completeness:
    """Days in their order, without a gap, up to today; none while the table has no rows. `resting`: the weekdays (0 is
    Monday) that are not expected to have rows by now. `pending`: rows that are written and not yet part of any day."""

    days: tuple[Day, ...] = ()
    resting: tuple[int, ...] = ()
    pending: int = 0

    def count(self, state: DayState) -> int:
        return sum(day.state is state for day in self.days)

    @property
    def resting_names(self) -> list[str]:
        """`Saturday`, `Sunday`"""
        return [WEEKDAYS[weekday] for weekday in self.resting]

    def summary(self, zone: ZoneInfo) -> str:
        """`90 days from 24 Aug 2026 to 21 Nov 2026 (UTC): 1 missing, 2 short. Sundays are usually empty.`"""
        if not self.days:
            return "No row has a time up to now, so there are no days to show."
        first, last = (f"{day.day} {day:%b %Y}" for day in (self.days[0].day, self.days[-1].day))
        length = f"{len(self.days)} days" if len(self.days) > 1 else "1 day"
        troubles = [f"{self.count(state)} {LABELS[state]}" for state in TROUBLE if self.count(state)]
        state = ", ".join(troubles) if troubles else "none is missing, short or late"
        written = "is written and" if self.pending == 1 else "are written and"
        pending = f"{count_words(self.pending)} {written} not yet part of any day." if self.pending else ""
        names = [f"{name}s" for name in self.resting_names]
        listed = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
        resting = f"{listed} are usually empty." if names else ""
        sentences = (f"{length} from {first} to {last} ({zone.key}): {state}.", resting, pending)
        return " ".join(sentence for sentence in sentences if sentence)


def judge_days(found: Iterable[DayRows], *, now: datetime, terms: Terms, count: int, pending: int = 0) -> Completeness:
    """Judge the last `count` days up to today, from the first that ever had rows on. Days before those are the history
    by which they are judged; days in the future are left out."""
    today = now.astimezone(terms.zone).date()
    filled = {each.day: each for each in found if each.rows > 0 and each.day <= today}
    if not filled:
        return Completeness(pending=pending)
    known = _Known(filled, now, today, terms, pending)
    begin = max(known.first, today - (count - 1) * DAY)
    return Completeness(tuple(map(known.judge, _days(begin, today))), known.resting, pending)


@dataclass(frozen=True)
class _Known:
    """What is known of a table's days, none of which is empty. `first` is the day on which its rows began, somewhere
    within it; `last` is the newest."""

    filled: Mapping[date, DayRows]
    now: datetime
    today: date
    terms: Terms
    pending: int

    @cached_property
    def first(self) -> date:
        return min(self.filled)

    @cached_property
    def last(self) -> date:
        return max(self.filled)

    @property
    def resting(self) -> tuple[int, ...]:
        """The weekdays of the week after the newest rows that are not expected to have any."""
        following = list(_days(self.last + DAY, self.last + WEEK))
        return tuple(sorted(day.weekday() for day in following if self.rests(day)))

    def judge(self, day: date) -> Day:
        told = self.filled.get(day, DayRows(day, 0))
        usual = self.usual(day)
        state, reason = self._state(told, usual)
        return Day(day, told.rows, state, reason, usual, told.written_at)

    def usual(self, day: date) -> Fraction | None:
        """The median of the same weekday in the weeks before; of those days that had rows, and were whole."""
        before = [day - week * WEEK for week in range(1, WEEKS + 1)]
        rows = [Fraction(self.filled[each].rows) for each in before if each in self.filled and each != self.first]
        return median(rows) if len(rows) >= FEWEST else None

    def rests(self, day: date) -> bool:
        """Whether the weekday was empty in three of the last four weeks; of a young table, in three of the first four.

        A week without any rows was an outage and tells nothing about weekdays, and neither do days after the newest.
        """
        before = (day - number * WEEK for number in range(1, (day - self.first).days // 7 + 1))
        after = (day + number * WEEK for number in range((self.last - day).days // 7 + 1))
        weeks = list(islice((each for each in chain(before, after) if self._lived(each)), WEEKS))
        return sum(each not in self.filled for each in weeks) >= EMPTY_WEEKS

    def _lived(self, day: date) -> bool:
        """Whether the table lived then: there were rows in the seven days up to this one."""
        return day <= self.last and any(each in self.filled for each in _days(day - WEEK + DAY, day))

    def _state(self, told: DayRows, usual: Fraction | None) -> tuple[DayState, str]:
        if self._end(told.day) > self.now:
            return DayState.OPEN, ""
        if not told.rows:
            return self._empty(told.day)
        if usual is not None and told.rows < usual * self.terms.share:
            return self._little(told.day, usual)
        return self._enough(told)

    def _empty(self, day: date) -> tuple[DayState, str]:
        if self.rests(day):
            return DayState.EMPTY, f"{WEEKDAYS[day.weekday()]}s are usually empty."
        if day < self.last:
            return DayState.MISSING, "There are rows of later days."
        return self._awaited(day) or (DayState.MISSING, "The next expected day is over as well.")

    def _little(self, day: date, usual: Fraction) -> tuple[DayState, str]:
        words = f"About {mean_words(usual)} are usual on a {WEEKDAYS[day.weekday()]}."
        newest = day == self.last or self.now < self._due(day)
        state, reason = (self._awaited(day) if newest else None) or (DayState.SHORT, "")
        return state, f"{words} {reason}".strip()

    def _enough(self, told: DayRows) -> tuple[DayState, str]:
        lag = self._lag(told)
        if lag is None or lag > CORRECTED or lag <= self._allowed(told.day) or self._rewritten(told):
            return DayState.PRESENT, ""
        return DayState.LATE, f"It was last written {elapsed_words(lag)} after its end, later than it should be."

    def _awaited(self, day: date) -> tuple[DayState, str] | None:
        """How one of the newest days stands while its rows may still come; None when they should be there."""
        if self.now < self._due(day):
            return DayState.OPEN, f"Its rows may come until {elapsed_words(self.terms.wait)} after its end."
        following = next((each for each in _days(day + DAY, self.today) if not self.rests(each)), self.today)
        if self._due(following) <= self.now:
            return None
        if self.pending:
            return DayState.OPEN, f"{count_words(self.pending)} written to the table are not yet part of any day."
        return DayState.LATE, "Nothing newer is there, so it may still come."

    def _allowed(self, day: date) -> timedelta:
        """How long after its end a day may be written: what is asked, beside the habit of tables that are written later
        as a rule, such as those of which the last three days are loaded anew each night."""
        lags = [self._lag(self.filled[each]) for each in _days(day - WEEKS * WEEK, day - DAY) if each in self.filled]
        habit = [lag for lag in lags if lag is not None and lag <= CORRECTED]
        usual = sorted(habit)[len(habit) // 2] if habit else timedelta()
        return self.terms.wait + (usual if usual > self.terms.wait else timedelta())

    def _rewritten(self, told: DayRows) -> bool:
        """Whether older days were written in the same hour: then the table was made anew, or much of it corrected."""
        return any(told.written_at and abs(told.written_at - each) < HOUR for each in self._rewrites)

    @cached_property
    def _rewrites(self) -> list[datetime]:
        """When days were written that nobody waited for any more, and the very first."""
        lags = ((each, self._lag(each)) for each in self.filled.values())
        return [
            each.written_at
            for each, lag in lags
            if each.written_at and lag and (lag > CORRECTED or each.day == self.first)
        ]

    def _lag(self, told: DayRows) -> timedelta | None:
        return None if told.written_at is None else told.written_at - self._end(told.day)

    def _end(self, day: date) -> datetime:
        return midnight(day + DAY, self.terms.zone)

    def _due(self, day: date) -> datetime:
        return self._end(day) + self.terms.wait


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + number * DAY
