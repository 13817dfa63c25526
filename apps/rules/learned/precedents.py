"""Deviations of earlier months on the same day of the month: month's end is always like that."""

from __future__ import annotations

from datetime import UTC, date, datetime

from apps.rules.learned.calendar import places_in_month

NOTABLE = 0.2
ALIKE = 0.45
KEPT = 60
SOONEST, LATEST = 24, 70  # days between like days of two months, or of every second


class Precedents:
    def __init__(self) -> None:
        self._seen: list[tuple[date, float]] = []

    def note(self, at: int, off: float) -> None:
        """Remember how far a day was off, as a logarithm."""
        if abs(off) > NOTABLE:
            self._seen = [*self._seen, (datetime.fromtimestamp(at, UTC).date(), off)][-KEPT:]

    def explain(self, day: date, off: float) -> bool:
        """Whether the day that corresponds to `day` was as far off in an earlier month (a rise) or in two (a drop)."""
        places = places_in_month(day)
        months = set()
        for then, was in reversed(self._seen):
            days = (day - then).days
            if days > LATEST:
                break
            alike = was * off > 0 and abs(was - off) < ALIKE and abs(was) > NOTABLE + 0.05
            if days >= SOONEST and alike and places & places_in_month(then):
                months.add((then.year, then.month))
        return len(months) >= (1 if off > 0 else 2)
