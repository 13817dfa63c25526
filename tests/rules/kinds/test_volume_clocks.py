"""The rows of an hour in the nights in which clocks are moved, for times that carry no zone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.rules.kinds.watching import Contents, Watching, local, make_subject, watch

BERLIN = "Europe/Berlin"
MIDNIGHT = local("2026-10-25 00:00", BERLIN)
HOURS = [MIDNIGHT + timedelta(hours=hour) for hour in range(-24 * 20, 12)]


def hourly() -> Watching:
    rule = watch("volume", zone=BERLIN, column="created_at", per="1h", drop="30%", spike="30%")
    rule.subject = replace(make_subject(BERLIN), store_zone=ZoneInfo(BERLIN))
    return rule


def stored(hours: int) -> Contents:
    """What a store holds so long after midnight, with 10 rows an hour: those of the second 02:00 stand in the first."""
    first = MIDNIGHT + timedelta(hours=2)
    rows: dict[object, int] = {hour: 10 for hour in HOURS if hour < MIDNIGHT + timedelta(hours=hours)}
    if first + timedelta(hours=1) in rows:
        rows[first] += rows.pop(first + timedelta(hours=1))
    return Contents(rows)  # type: ignore[arg-type]


@pytest.mark.parametrize("hours", range(1, 7))
def test_the_hour_that_clocks_show_twice_is_no_drop_and_no_spike(hours: int) -> None:
    now = MIDNIGHT + timedelta(hours=hours, minutes=20)
    assert hourly().check(now, stored(hours)).verdict == "ok"


def test_checked_hour_by_hour_it_is_fine_all_night() -> None:
    rule = hourly()
    nights = [rule.check(MIDNIGHT + timedelta(hours=hours, minutes=20), stored(hours)) for hours in range(1, 8)]
    assert [(check.verdict, check.measured) for check in nights] == [("ok", 10.0)] * 7


def test_when_nothing_came_in_either_of_the_two_it_is_a_drop() -> None:
    rows = stored(4).rows
    del rows[MIDNIGHT + timedelta(hours=2)]
    assert hourly().check(MIDNIGHT + timedelta(hours=4, minutes=20), Contents(rows)).verdict == "breached"
