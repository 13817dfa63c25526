"""Slots of clocks and calendars, anywhere in the world."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apps.rules.calendars import DAYS, EVERY_DAY, DaySet
from apps.rules.schedule import CronSlots, DaySlots, Slots, check_cron, look_distance
from tests.rules.kinds.watching import local, utc

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Santiago")
LINES = ("0 2 * * *", "30 2 * * *", "15 1 * * 0", "0 0 1 * *", "*/20 1-3 * * *", "45 * * * *", "30 23 L * *")
zones = st.sampled_from(ZONES).map(ZoneInfo)
moments = st.integers(0, 3 * 365 * 24 * 60).map(lambda minutes: utc("2025-01-01 00:00") + timedelta(minutes=minutes))
cron_slots = st.builds(CronSlots, st.sampled_from(LINES), zones)
day_sets = st.builds(DaySet, st.frozensets(st.sampled_from(DAYS), min_size=1))
day_slots = st.builds(DaySlots, st.integers(0, 1440), day_sets, zones)


@given(cron_slots | day_slots, moments)
def test_latest_and_following_meet_at_the_moment(slots: Slots, moment: datetime) -> None:
    latest, following = slots.latest(moment), slots.following(moment)
    assert latest.due <= moment < following.due
    assert slots.following(latest.due) == following
    assert slots.latest(following.due - timedelta(seconds=1)) == latest
    assert latest.start <= latest.due


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("zone", ZONES)
def test_backwards_finds_the_same_slots_as_forwards_through_a_year(line: str, zone: str) -> None:
    slots = CronSlots(line, ZoneInfo(zone))
    forwards: list[datetime] = []
    moment = utc("2026-03-01 00:00")
    while len(forwards) < 60:
        moment = slots.following(moment).due
        forwards.append(moment)
    backwards = [forwards[-1]]
    while len(backwards) < 60:
        backwards.append(slots.latest(backwards[-1] - timedelta(microseconds=1)).due)
    assert backwards[::-1] == forwards


@pytest.mark.parametrize(
    ("zone", "now", "fold", "due"),
    [
        ("Europe/Berlin", "2026-03-29 12:00", 0, "2026-03-29 03:00"),  # skipped
        ("America/New_York", "2026-03-08 12:00", 0, "2026-03-08 03:00"),
        ("Australia/Sydney", "2026-10-04 12:00", 0, "2026-10-04 03:00"),
        ("Europe/Berlin", "2026-10-25 02:10", 1, "2026-10-25 02:30"),  # shown twice, counted the first time
        ("Europe/Berlin", "2026-10-25 02:40", 1, "2026-10-25 02:30"),
        ("Australia/Sydney", "2026-04-05 02:40", 1, "2026-04-05 02:30"),
    ],
)
def test_half_past_two_in_both_hemispheres(zone: str, now: str, fold: int, due: str) -> None:
    half_past_two = (CronSlots("30 2 * * *", ZoneInfo(zone)), DaySlots(150, EVERY_DAY, ZoneInfo(zone)))
    moment = local(now, zone, fold)
    assert [slots.latest(moment).due for slots in half_past_two] == [local(due, zone)] * 2


def test_a_day_that_has_no_midnight_begins_with_its_first_instant() -> None:
    zone = "America/Santiago"  # on 2026-09-06 the clocks go from 23:59 to 01:00
    slot = DaySlots(8 * 60, EVERY_DAY, ZoneInfo(zone)).latest(local("2026-09-06 09:00", zone))
    assert slot == (local("2026-09-06 01:00", zone), local("2026-09-06 08:00", zone))


@given(st.text(alphabet="0123456789*/-,#LW MONJAN", max_size=25))
@example("0 0 30 2 *")
@example("0 0 29 2 1#5")
@example("* * * * 1#1/2")
def test_whatever_is_written_as_cron_is_refused_in_words_or_has_slots(text: str) -> None:
    try:
        line = check_cron(text)
    except ValueError:
        return
    assert CronSlots(line, ZoneInfo("UTC")).latest(utc("2026-03-04 12:00")).due <= utc("2026-03-04 12:00")


@given(st.timedeltas(min_value=timedelta(), max_value=timedelta(days=400)))
def test_looks_divide_the_hour(wish: timedelta) -> None:
    distance = look_distance(wish)
    assert timedelta(hours=1) % distance == timedelta()
    assert timedelta(minutes=1) <= distance <= max(wish, timedelta(minutes=1))
