"""Days that are unlike others: public holidays and what lies around them, and places in the month."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import holidays

DAY = timedelta(days=1)
# Days on which business rests in most countries though the law does not say so.
AROUND_NEW_YEAR = {(12, 24), (12, 25), (12, 26), (12, 31), (1, 1)}
# Federal holidays on which offices of the state are closed and most businesses work.
WORKED = ("Columbus Day", "Veterans Day")
MONTH_END = 4  # so many last days of a month are told apart
NEAR = 3  # so many days around a month's first and last business day


def is_holiday(day: date, country: str) -> bool:
    """Whether business rests in `country` (ISO code; empty: no country, no holidays) on that day."""
    return bool(country) and day in _resting(country, day.year)


@lru_cache(maxsize=256)
def _resting(country: str, year: int) -> frozenset[date]:
    try:
        named = holidays.country_holidays(country, years=[year])
    except NotImplementedError:  # a country that the library does not know
        return frozenset()
    public = {day for day, name in named.items() if not (country == "US" and name.startswith(WORKED))}
    bridges = {day + DAY for day in public if day.weekday() == 3}  # the Friday after a holiday on Thursday
    around = {date(year, month, day) for month, day in AROUND_NEW_YEAR}
    return frozenset(public | bridges | around)


@lru_cache(maxsize=4096)
def places_in_month(day: date) -> frozenset[tuple[str, int]]:
    """The ways in which a day comes again next month: its number, and its distance from either end."""
    first = day.replace(day=1)
    last = (first + timedelta(days=32)).replace(day=1) - DAY
    last_business = last - timedelta(days=max(0, last.weekday() - 4))
    first_business = first + timedelta(days=7 - first.weekday() if first.weekday() > 4 else 0)
    places = {("day", day.day)}
    if (last - day).days < MONTH_END:
        places.add(("end", (last - day).days))
    if abs((day - last_business).days) < NEAR:
        places.add(("last business day", (day - last_business).days))
    if abs((day - first_business).days) < NEAR:
        places.add(("first business day", (day - first_business).days))
    return frozenset(places)


def turns_month(places: frozenset[tuple[str, int]]) -> bool:
    """Whether a day with those places is a month's last or first business day, or its last day."""
    return bool(places & {("last business day", 0), ("first business day", 0), ("end", 0)})
