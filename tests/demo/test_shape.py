from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from apps.demo.shape import HOUR, JITTER, Shape

ORIGIN = datetime(2026, 7, 16, 15, tzinfo=UTC)
SHAPE = Shape(origin=ORIGIN, seed=1)
DAY = timedelta(days=1)


def orders(since: datetime, until: datetime, shape: Shape = SHAPE) -> int:
    return sum(hour.orders for hour in shape.plan(since=since, until=until))


def test_a_plan_asked_for_in_pieces_is_the_same_plan() -> None:
    whole = SHAPE.plan(since=ORIGIN, until=ORIGIN + 10 * DAY)
    pieces = [SHAPE.plan(since=ORIGIN + day * DAY, until=ORIGIN + (day + 1) * DAY) for day in range(10)]
    assert whole == [hour for piece in pieces for hour in piece]


@pytest.mark.parametrize(
    ("since", "until", "hours"),
    [
        (timedelta(), timedelta(), 0),
        (timedelta(), HOUR, 1),
        (timedelta(minutes=59), timedelta(minutes=61), 2),
        (timedelta(minutes=10), timedelta(minutes=20), 1),
        (HOUR, timedelta(), 0),
    ],
)
def test_a_plan_has_every_hour_that_it_touches(since: timedelta, until: timedelta, hours: int) -> None:
    plan = SHAPE.plan(since=ORIGIN + since, until=ORIGIN + until)
    assert len(plan) == hours
    assert all(hour.start.minute == 0 for hour in plan)


def test_chance_moves_an_hour_by_its_jitter_and_a_rounding_at_most() -> None:
    for hour in SHAPE.plan(since=ORIGIN, until=ORIGIN + 30 * DAY):
        assert abs(hour.orders - SHAPE.expected(hour.start)) <= JITTER * SHAPE.expected(hour.start) + 1


def test_the_evening_is_more_than_ten_times_as_busy_as_the_night() -> None:
    midnight = ORIGIN.replace(hour=0)
    assert SHAPE.expected(midnight.replace(hour=19)) > 10 * SHAPE.expected(midnight.replace(hour=3))


def test_a_friday_is_busier_than_a_sunday() -> None:
    friday = datetime(2026, 7, 24, tzinfo=UTC)
    assert orders(friday, friday + DAY) > 1.15 * orders(friday + 2 * DAY, friday + 3 * DAY)


def test_no_weekday_alone_breaks_a_volume_rule_of_thirty_per_cent() -> None:
    days = [orders(ORIGIN.replace(hour=0) + day * DAY, ORIGIN.replace(hour=0) + (day + 1) * DAY) for day in range(90)]
    for today in range(30, 90):
        mean = sum(days[today - 30 : today]) / 30
        assert 0.75 * mean < days[today] < 1.5 * mean


def test_after_ninety_days_the_shop_is_two_fifths_busier() -> None:
    week = 7 * DAY
    first = orders(ORIGIN, ORIGIN + week)
    later = orders(ORIGIN + 13 * week, ORIGIN + 14 * week)
    assert 1.33 < later / first < 1.47


def test_another_seed_gives_other_chance_of_the_same_size() -> None:
    other = Shape(origin=ORIGIN, seed=2)
    until = ORIGIN + 30 * DAY
    assert SHAPE.plan(since=ORIGIN, until=until) != other.plan(since=ORIGIN, until=until)
    assert orders(ORIGIN, until, other) == pytest.approx(orders(ORIGIN, until), rel=0.02)
