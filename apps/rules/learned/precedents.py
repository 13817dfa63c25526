"""What excuses a day that is off: the like day of earlier months was so too, or rises come and go in this table."""

from __future__ import annotations

from datetime import UTC, date, datetime

from apps.rules.learned.calendar import places_in_month, turns_month

NOTABLE = 0.2
ALIKE = 0.45
KEPT = 60
SOONEST, LATEST = 24, 100  # days between like days of two months, or of some: holidays hide one or two month's ends
ONE_MONTH = 31
HABIT, HABIT_DAYS = 2, 120  # so many rises that came and went within so many days excuse the next
LESS = 0.2  # a rise may be so much larger than those before it, as a logarithm


class Precedents:
    """`habits`: whether rises that come and go excuse the next."""

    def __init__(self, *, habits: bool = True) -> None:
        self._habits = habits
        self._since: date | None = None
        self._seen: list[tuple[date, float]] = []
        self._rises: list[tuple[date, float]] = []
        self._excused: date | None = None

    def note(self, at: int, off: float) -> None:
        """Remember how far a day was off, as a logarithm."""
        day = datetime.fromtimestamp(at, UTC).date()
        self._since = self._since or day
        if abs(off) > NOTABLE:
            self._seen = [*self._seen, (day, off)][-KEPT:]

    def passed(self, at: int, off: float) -> None:
        """Remember that a rise by `off` at its highest was alarming, and is over."""
        self._rises = [*self._rises, (datetime.fromtimestamp(at, UTC).date(), off)][-KEPT:]

    def explain(self, day: date, off: float) -> bool:
        """Whether there is reason to expect that `day` is so far off. Two days in a row are never a habit."""
        if self._monthly(day, off):
            return True
        if not self._habits or off <= 0 or (self._excused and (day - self._excused).days < 2):
            return False
        alike = [was for then, was in self._rises if (day - then).days < HABIT_DAYS and was > off - LESS]
        if len(alike) < HABIT:
            return False
        self._excused = day
        self._rises = [*self._rises, (day, off)][-KEPT:]
        return True

    def _monthly(self, day: date, off: float) -> bool:
        """Whether the day that corresponds to `day` was as far off in an earlier month (a rise) or in two (a drop). The
        first month's end that a table shows is no news: most that rise there do so each month."""
        places = places_in_month(day)
        if off > 0 and turns_month(places) and self._since and (day - self._since).days < ONE_MONTH:
            return True
        months = set()
        for then, was in reversed(self._seen):
            days = (day - then).days
            if days > LATEST:
                break
            alike = was * off > 0 and abs(was - off) < ALIKE and abs(was) > NOTABLE + 0.05
            if days >= SOONEST and alike and places & places_in_month(then):
                months.add((then.year, then.month))
        return len(months) >= (1 if off > 0 else 2)
