"""The days on which something is expected: weekdays, days of the month, and none of them on a public holiday."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from django.utils.module_loading import import_string

from apps.common.records import record

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_GROUPS = {"daily": DAYS, "weekdays": DAYS[:5]}
MONTH_DAYS = {
    "first_of_month": "the first day of the month",
    "last_of_month": "the last day of the month",
    "first_workday_of_month": "the first working day of the month",
    "last_workday_of_month": "the last working day of the month",
}
ONE = timedelta(days=1)
IS_PUBLIC_HOLIDAY = "apps.rules.publicholidays.is_public_holiday"


@record
class DaySet:
    """Days by their weekday (in the order of the week), or (`month_day`, a key of MONTH_DAYS) one day a month. Public
    holidays of `country` (an ISO code, with a region as in DE-BY; empty: no country) are left out, and are no working
    days of a month."""

    weekdays: tuple[str, ...] = DAYS
    month_day: str = ""
    country: str = ""

    def __contains__(self, day: date) -> bool:
        if self.month_day:
            return day == self._of_month(day)
        return DAYS[day.weekday()] in self.weekdays and not self._rests(day)

    @property
    def is_every_day(self) -> bool:
        return not self.month_day and not self.country and self.weekdays == DAYS

    def _of_month(self, day: date) -> date:
        first = day.replace(day=1)
        last = (first + 32 * ONE).replace(day=1) - ONE
        found, step = (first, ONE) if self.month_day.startswith("first") else (last, -ONE)
        while self.month_day.endswith("workday_of_month") and (found.weekday() > 4 or self._rests(found)):
            found += step
        return found

    def _rests(self, day: date) -> bool:
        # Not at the start: the calendars of all countries take a tenth of a second to load.
        return bool(self.country) and bool(import_string(IS_PUBLIC_HOLIDAY)(day, self.country))


EVERY_DAY = DaySet()


def day_set(days: str | tuple[str, ...], country: str | None = None) -> DaySet:
    """The set of checked `days`, as settings write them."""
    if isinstance(days, tuple):
        return DaySet(days, country=country or "")
    if days in MONTH_DAYS:
        return DaySet(month_day=days, country=country or "")
    return DaySet(DAY_GROUPS[days], country=country or "")


def check_days(value: Any) -> Any:
    """`daily`, `weekdays`, a day of the month, or the names of days, in the order of the week. Raises ValueError."""
    if isinstance(value, str):
        word = value.strip().lower()
        if word in DAY_GROUPS or word in MONTH_DAYS:
            return word
        value = re.split(r"[\s,]+", value.strip())
    named = {str(day).strip().lower() for day in value} if isinstance(value, Collection) else set()
    if not named or not named <= set(DAYS):
        known = f"write daily, weekdays or a list such as [mon, wed, fri]; or one of {', '.join(MONTH_DAYS)}"
        raise ValueError(f"{value!r} are not days; {known}")
    chosen = tuple(day for day in DAYS if day in named)
    return next((group for group, days in DAY_GROUPS.items() if days == chosen), chosen)


def check_country(value: str) -> str:
    """A country with public holidays that are known: DE, or with a region DE-BY. Raises ValueError."""
    code = value.strip().upper()
    import_string("apps.rules.publicholidays.check_place")(code)
    return code
