"""Quiet hours end when the person's own clocks say so."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from apps.alerts.silences.quiet import QuietHours, quiet_until

BERLIN, SYDNEY, CHICAGO = ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Sydney"), ZoneInfo("America/Chicago")


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-11-20T21:59", None),
        ("2026-11-20T22:00", "2026-11-21T07:00"),
        ("2026-11-21T03:00", "2026-11-21T07:00"),
        ("2026-11-21T07:00", None),
    ],
)
@pytest.mark.parametrize("zone", [BERLIN, SYDNEY, CHICAGO], ids=str)
def test_a_quiet_night_ends_in_the_morning(zone: ZoneInfo, now: str, end: str | None) -> None:
    hours = QuietHours(zone, time(22), time(7))
    assert quiet_until(hours, at(now, zone)) == (at(end, zone) if end else None)


def test_hours_within_a_day_are_quiet_too() -> None:
    hours = QuietHours(BERLIN, time(12), time(13))
    assert quiet_until(hours, at("2026-11-20T12:30")) == at("2026-11-20T13:00")
    assert quiet_until(hours, at("2026-11-20T11:30")) is None


def test_a_night_a_weekend_and_a_night_are_one_quiet_time() -> None:
    hours = QuietHours(BERLIN, time(22), time(7), weekends=True)
    assert quiet_until(hours, at("2026-11-20T23:00")) == at("2026-11-23T07:00")


def test_without_hours_nothing_is_quiet() -> None:
    assert quiet_until(QuietHours(BERLIN), at("2026-11-21T03:00")) is None
    assert quiet_until(QuietHours(BERLIN, time(7), time(7)), at("2026-11-21T03:00")) is None


@pytest.mark.parametrize(("zone", "night"), [(BERLIN, "2026-10-25"), (SYDNEY, "2026-04-05")])
@pytest.mark.parametrize("fold", [0, 1])
def test_where_the_clocks_are_put_back_quiet_ends_after_now(zone: ZoneInfo, night: str, fold: int) -> None:
    hours = QuietHours(zone, time(22), time(2, 30))
    moment = datetime.fromisoformat(f"{night}T02:10").replace(tzinfo=zone, fold=fold)
    end = quiet_until(hours, moment)
    assert end is not None
    assert end.timestamp() - moment.timestamp() == 20 * 60


@pytest.mark.parametrize(("zone", "night"), [(BERLIN, "2026-03-29"), (SYDNEY, "2026-10-04")])
def test_an_end_that_the_clocks_skip_comes_right_after_the_gap(zone: ZoneInfo, night: str) -> None:
    end = quiet_until(QuietHours(zone, time(22), time(2, 30)), at(f"{night}T01:00", zone))
    assert end is not None
    assert (end.astimezone(zone).hour, end.astimezone(zone).minute) == (3, 0)
