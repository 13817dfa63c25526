"""A digest comes at its local time, also in the nights when clocks change, on both halves of the earth."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from apps.alerts.digests.timing import Schedule

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Sydney", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "due"),
    [("2026-11-21T06:59", "2026-11-21T07:00"), ("2026-11-21T07:00", "2026-11-22T07:00"),
     ("2026-11-21T23:30", "2026-11-22T07:00")],
)  # fmt: skip
def test_a_daily_one_comes_at_its_local_time(now: str, due: str) -> None:
    assert Schedule(time(8), "Europe/Berlin").after(at(now)) == at(due)


def test_a_weekly_one_comes_on_its_day() -> None:
    monday = Schedule(time(8), "UTC", weekday=0)
    assert monday.after(at("2026-11-21T12:00")) == at("2026-11-23T08:00")
    assert monday.after(at("2026-11-23T08:00")) == at("2026-11-30T08:00")
    assert monday.before(at("2026-11-23T08:00")) == at("2026-11-16T08:00")


def test_a_time_that_the_night_skips_comes_an_hour_later() -> None:
    assert Schedule(time(2, 30), "Europe/Berlin").after(at("2026-03-28T12:00")) == at("2026-03-29T01:30")


def test_a_time_that_comes_twice_counts_once() -> None:
    schedule = Schedule(time(2, 30), "Europe/Berlin")
    first = schedule.after(at("2026-10-24T12:00"))
    assert first == at("2026-10-25T00:30")
    assert schedule.after(first) == at("2026-10-26T01:30")


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("hour", [0, 2, 8, 23])
def test_a_year_has_one_for_each_local_day(zone: str, hour: int) -> None:
    schedule = Schedule(time(hour, 30), zone)
    moment = at("2026-01-01T00:00")
    days = []
    while moment < at("2027-01-01T00:00"):
        moment = schedule.after(moment)
        days.append(moment.astimezone(ZoneInfo(zone)).date())
    assert all(later - day == timedelta(days=1) for day, later in itertools.pairwise(days))


@pytest.mark.parametrize("zone", ZONES)
def test_before_and_after_meet(zone: str) -> None:
    schedule = Schedule(time(2, 30), zone)
    moment = at("2026-01-01T00:00")
    for _ in range(370):
        due = schedule.after(moment)
        assert schedule.before(due + timedelta(seconds=1)) == due
        moment = due
