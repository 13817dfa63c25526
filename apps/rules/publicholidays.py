"""Public holidays, by the law of a country or one of its regions, as the package `holidays` knows them."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import holidays

from apps.common.errors import near


def is_public_holiday(day: date, place: str) -> bool:
    """`place`: an ISO 3166 code such as DE, or with a region DE-BY. A place that is not known has none."""
    return day in _of(place, day.year)


def check_place(place: str) -> None:
    """Raise ValueError, with the nearest known ones, for a place that is not known."""
    country, _, region = place.partition("-")
    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known:
        raise ValueError(f"{country!r} is no country whose holidays are known; write a code such as DE or US")
    if region and region not in known[country]:
        hint = near(region, known[country]) or f"Known: {', '.join(known[country]) or 'none'}."
        raise ValueError(f"{region!r} is no region of {country} whose holidays are known. {hint}")


@lru_cache(maxsize=256)
def _of(place: str, year: int) -> frozenset[date]:
    country, _, region = place.partition("-")
    try:
        return frozenset(holidays.country_holidays(country, subdiv=region or None, years=[year]))
    except NotImplementedError:
        return frozenset()
