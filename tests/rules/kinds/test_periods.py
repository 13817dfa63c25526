"""Local hours and days: no row is lost or counted twice when buckets are folded, whatever the clocks do."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.rules.periods import LENGTHS, Per, bucket_seconds, earlier, fold, next_start, period_start, starts
from tests.rules.kinds.watching import local, utc

ZONES = ("Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Santiago", "America/Havana")
pers = st.sampled_from(list(LENGTHS))
zones = st.sampled_from(ZONES).map(ZoneInfo)
year = st.integers(0, 365 * 24 * 60).map(lambda minutes: utc("2026-01-01 00:00") + timedelta(minutes=minutes))


@given(pers, zones, year)
def test_every_moment_lies_in_one_period(per: Per, zone: ZoneInfo, moment: datetime) -> None:
    start = period_start(moment, per, zone)
    end = next_start(start, per, zone)
    assert start <= moment < end
    assert period_start(start, per, zone) == start
    assert period_start(end - timedelta(seconds=1), per, zone) == start
    assert earlier(end, 1, per, zone) == start


@given(pers, zones, st.dictionaries(year, st.integers(1, 1000), max_size=30))
def test_folding_keeps_every_row_in_its_period(per: Per, zone: ZoneInfo, rows: dict[datetime, int]) -> None:
    first, until = utc("2026-01-01 00:00"), utc("2027-01-02 00:00")
    seconds = bucket_seconds(first, until, zone)
    buckets: dict[datetime, int] = {}
    for moment, count in rows.items():
        begin = moment - timedelta(seconds=moment.timestamp() % seconds)
        buckets[begin] = buckets.get(begin, 0) + count
    expected: dict[datetime, int] = {}
    for moment, count in rows.items():
        start = period_start(moment, per, zone)
        expected[start] = expected.get(start, 0) + count
    assert fold(buckets, per, zone) == expected


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2026-03-28", 24),
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("America/Santiago", "2026-09-06", 23),
    ],
)
def test_a_day_is_as_long_as_the_clocks_make_it(zone: str, day: str, hours: float) -> None:
    start = period_start(local(f"{day} 12:00", zone), "1d", ZoneInfo(zone))
    assert next_start(start, "1d", ZoneInfo(zone)) - start == timedelta(hours=hours)


def test_an_hour_that_the_clocks_show_twice_is_two_hours() -> None:
    zone = ZoneInfo("Europe/Berlin")
    night = list(starts(local("2026-10-25 00:00", zone.key), local("2026-10-25 04:00", zone.key), "1h", zone))
    assert [f"{start.astimezone(zone):%H:%M}" for start in night] == ["00:00", "01:00", "02:00", "02:00", "03:00"]


def test_where_clocks_shift_by_half_an_hour_one_hour_is_longer() -> None:
    zone = ZoneInfo("Australia/Lord_Howe")
    night = list(starts(local("2026-04-05 00:00", zone.key), local("2026-04-05 03:00", zone.key), "1h", zone))
    assert [f"{start.astimezone(zone):%H:%M}" for start in night] == ["00:00", "01:00", "02:00"]
    assert night[2] - night[1] == timedelta(minutes=90)
    assert period_start(local("2026-04-05 01:45", zone.key, fold=1), "1h", zone) == night[1]


@pytest.mark.parametrize(("zone", "seconds"), [("UTC", 3600), ("Europe/Berlin", 3600), ("Asia/Kathmandu", 900)])
def test_buckets_are_hours_where_offsets_are_whole_hours(zone: str, seconds: int) -> None:
    assert bucket_seconds(utc("2026-03-01 00:00"), utc("2026-04-01 00:00"), ZoneInfo(zone)) == seconds


def test_a_zone_that_leaves_whole_hours_within_the_window_gets_quarters() -> None:
    zone = ZoneInfo("Australia/Lord_Howe")  # +11 in summer, +10:30 in winter
    assert bucket_seconds(utc("2026-01-01 00:00"), utc("2026-02-01 00:00"), zone) == 3600
    assert bucket_seconds(utc("2026-01-01 00:00"), utc("2026-02-01 00:00"), zone, ZoneInfo("Asia/Kathmandu")) == 900
    assert bucket_seconds(utc("2026-03-25 00:00"), utc("2026-04-05 12:00"), zone) == 900
