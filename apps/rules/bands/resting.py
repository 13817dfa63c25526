"""Public holidays as the learned limits know them: those of a country."""

from __future__ import annotations

from datetime import date

from django.utils.module_loading import import_string

IS_PUBLIC_HOLIDAY = "apps.rules.publicholidays.is_public_holiday"


def country_of(place: str) -> str:
    """The country of a place such as `DE-BY`."""
    return place.partition("-")[0]


def only_regional(day: date, place: str) -> bool:
    """Whether only the region rests that day, not the whole country: too little is known of such days to judge them."""
    if "-" not in place:
        return False
    rests = import_string(IS_PUBLIC_HOLIDAY)
    return bool(rests(day, place)) and not rests(day, country_of(place))
