"""On which days a table is loaded, as its past shows: every day, on some weekdays, on a day of the month, or neither.

Pure. A pattern is believed when it was kept on most of its days and hardly broken on the others.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from itertools import pairwise

from apps.common.records import record
from apps.rules.calendars import DAY_GROUPS, DAYS
from apps.rules.suggest.history import History

FEWEST_DAYS = 3  # with rows, to speak of a pattern at all
TWO_WEEKS = 14  # whole days that show each weekday twice
KEPT, BROKEN = 0.6, 0.2  # share of a weekday's days with rows from which it is expected; up to which it rests
ALL_KEPT = 0.85  # share of all expected days with rows, without which there is no calendar
FEWEST_MONTHS = 3
EVERY_MONTH = timedelta(days=27)
NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@record
class DayPattern:
    """The days on which rows are expected: `weekdays` (as the schedule names them), or `month_day`; neither: they come
    irregularly. `share`: of the expected days that had rows, in percent."""

    weekdays: tuple[str, ...] = ()
    month_day: int = 0
    share: float = 0.0
    days: int = 0

    @property
    def daily(self) -> bool:
        return len(self.weekdays) == len(DAYS)

    @property
    def setting(self) -> str | list[str]:
        """As the setting `days` is written."""
        groups = {days: name for name, days in DAY_GROUPS.items()}
        return groups.get(self.weekdays) or list(self.weekdays)

    @property
    def cron(self) -> str:
        """The field of a cron line for these weekdays."""
        if self.daily:
            return "*"
        numbers = [DAYS.index(day) + 1 for day in self.weekdays]
        if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
            return f"{numbers[0]}-{numbers[-1]}"
        return ",".join(str(number % 7) for number in numbers)

    @property
    def words(self) -> str:
        """`weekdays`, `Mondays and Fridays`, `days`: to follow "on 96 % of"."""
        if self.daily:
            return "days"
        if self.weekdays == DAY_GROUPS["weekdays"]:
            return "weekdays"
        names = [f"{NAMES[DAYS.index(day)]}s" for day in self.weekdays]
        return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

    def expects(self, day: date) -> bool:
        return DAYS[day.weekday()] in self.weekdays


def day_pattern(history: History) -> DayPattern | None:
    """None: too little is known to tell."""
    loaded = sorted(history.days)
    if len(loaded) < FEWEST_DAYS or len(history.whole_days) < 2:
        return None
    if found := _monthly(loaded):
        return found
    counts = history.counts
    weekdays = _weekdays(counts)
    if not weekdays:
        return DayPattern(days=len(counts))
    pattern = DayPattern(weekdays)
    expected = [rows for day, rows in counts if pattern.expects(day)]
    share = 100 * sum(rows > 0 for rows in expected) / len(expected)
    if share < 100 * ALL_KEPT:
        return DayPattern(days=len(counts))
    return DayPattern(weekdays, share=share, days=len(expected))


def _monthly(loaded: Sequence[date]) -> DayPattern | None:
    same = {day.day for day in loaded}
    apart = [after - before for before, after in pairwise(loaded)]
    if len(loaded) < FEWEST_MONTHS or len(same) > 1 or min(apart) < EVERY_MONTH or max(same) > 28:
        return None
    months = round((loaded[-1] - loaded[0]) / timedelta(days=30.4)) + 1
    return DayPattern(month_day=min(same), share=100 * len(loaded) / months, days=months)


def _weekdays(counts: Collection[tuple[date, int]]) -> tuple[str, ...]:
    """The weekdays that are expected to have rows; none where that cannot be told of each of them. Within the first two
    weeks only a table that missed no day is believed to be loaded daily."""
    if len(counts) < TWO_WEEKS:
        return DAYS if counts and all(rows for _, rows in counts) and len(counts) >= 7 else ()
    shares = []
    for weekday in range(7):
        rows = [rows for day, rows in counts if day.weekday() == weekday]
        shares.append(sum(count > 0 for count in rows) / len(rows))
    if any(BROKEN < share < KEPT for share in shares):
        return ()
    return tuple(name for name, share in zip(DAYS, shares, strict=True) if share >= KEPT)
