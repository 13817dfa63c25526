"""Missing hours in the night in which clocks are set back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from tests.rules.kinds.watching import Contents, local, make_subject, watch

BERLIN = "Europe/Berlin"
MIDNIGHT = local("2026-10-25 00:00", BERLIN)
HOURS = [MIDNIGHT + timedelta(hours=hour) for hour in range(-24, 12)]


def missing(*empty: int) -> float | None:
    """How many hours are missing when those so long after midnight have no rows."""
    rule = watch("completeness", zone=BERLIN, column="created_at", per="1h", back="12h", settle="0m")
    rule.subject = replace(make_subject(BERLIN), store_zone=ZoneInfo(BERLIN))
    gone = {MIDNIGHT + timedelta(hours=hour) for hour in empty}
    rows = Contents({hour: 4 for hour in HOURS if hour not in gone})
    return rule.check(MIDNIGHT + timedelta(hours=9), rows).measured


def test_the_second_of_two_equal_hours_is_not_missed_since_its_rows_stand_in_the_first() -> None:
    assert missing(3) == 0


def test_when_both_of_them_are_empty_both_are_missing() -> None:
    assert missing(2, 3) == 2


def test_any_other_hour_of_that_night_is_missed() -> None:
    assert missing(1, 4) == 2
