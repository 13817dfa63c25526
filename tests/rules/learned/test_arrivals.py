"""What learned limits say of rows per hour and per day."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.rules.learned.arrivals import Arrivals
from tests.rules.learned.series import DAY, HOUR, alarmed, daily, hourly, times

NOON = 24 * 42 + 12  # of the first Monday after six weeks


def test_a_table_that_is_as_ever_never_alarms() -> None:
    assert alarmed(hourly(60), HOUR) == []
    assert alarmed(daily(200), DAY) == []


def test_an_outage_is_told_by_its_second_hour_and_is_over_soon_after_the_rows_are_back() -> None:
    rows = hourly(60)
    rows[NOON : NOON + 6] = 0
    found = alarmed(rows, HOUR)
    assert NOON <= found[0] <= NOON + 1
    assert found[-1] <= NOON + 8


def test_a_doubled_load_is_told_by_its_second_hour() -> None:
    rows = hourly(60)
    rows[NOON : NOON + 5] *= 2
    assert NOON <= alarmed(rows, HOUR)[0] <= NOON + 1


def test_a_day_without_rows_is_told_on_that_day_alone() -> None:
    rows = daily(100)
    rows[80] = 0
    assert alarmed(rows, DAY) == [80]


def test_a_quiet_sunday_is_no_outage() -> None:
    assert alarmed(hourly(60, sunday=0.02), HOUR) == []
    assert alarmed(daily(150, sunday=0.0), DAY) == []


def test_a_day_like_sunday_in_midweek_is_one() -> None:
    rows = daily(100, sunday=0.1)
    rows[72] = rows[69]
    assert alarmed(rows, DAY) == [72]


def test_a_public_holiday_may_be_as_quiet_as_a_sunday() -> None:
    start = int(datetime(2026, 2, 2, tzinfo=UTC).timestamp())
    christmas = (datetime(2026, 12, 25, tzinfo=UTC) - datetime(2026, 2, 2, tzinfo=UTC)).days
    rows = daily(christmas + 10, sunday=0.2)
    rows[christmas] = 200
    assert christmas in alarmed(rows, DAY, start=start)
    assert christmas not in alarmed(rows, DAY, "DE", start=start)


def test_a_country_that_nobody_knows_has_no_holidays() -> None:
    assert alarmed(daily(60), DAY, "XX") == []


def test_a_level_that_stays_is_told_once_and_accepted() -> None:
    rows = daily(160)
    rows[80:] *= 2.5
    found = alarmed(rows, DAY)
    assert found[0] == 80
    assert len(found) < 10


def test_what_was_alarming_is_not_learned() -> None:
    rows = daily(100)
    rows[70:74] = 100
    rows[84:88] = 100
    found = alarmed(rows, DAY)
    assert {70, 71, 72, 73, 84, 85, 86, 87} <= set(found)


def test_a_peak_on_the_first_of_each_month_is_news_but_once() -> None:
    start = datetime(2026, 1, 5, tzinfo=UTC)
    rows = daily(200)
    firsts = [(datetime(2026, month, 1, tzinfo=UTC) - start).days for month in range(3, 8)]
    rows[firsts] *= 3
    found = set(alarmed(rows, DAY))
    assert not found & set(firsts[1:])


@pytest.mark.parametrize("value", [0.0, 7.0, 1e15])
def test_a_constant_series_is_calm(value: float) -> None:
    assert alarmed(np.full(24 * 40, value), HOUR) == []
    assert alarmed(np.full(120, value), DAY) == []


def test_a_constant_series_that_ends_alarms() -> None:
    rows = np.full(100, 50.0)
    rows[90:] = 0
    assert alarmed(rows, DAY)[0] in {90, 91}


def test_two_points_say_nothing() -> None:
    limits = Arrivals(DAY)
    assert limits.replay(times(2, DAY), [5, 0]) == [False, False]
    assert limits.reading().learning == "learning, 2 of 14"


def test_missing_points_are_no_failure() -> None:
    rows = hourly(60)
    rows[NOON : NOON + 10] = math.nan
    answers = Arrivals(HOUR).replay(times(len(rows), HOUR), [None if math.isnan(row) else row for row in rows])
    assert not any(answers)


def test_negative_numbers_count_as_nothing() -> None:
    rows = daily(100)
    rows[80] = -50
    assert alarmed(rows, DAY) == [80]


def test_a_table_that_doubles_within_three_months_is_calm() -> None:
    growth = 2 ** (np.arange(24 * 90) / (24 * 90))
    assert alarmed(np.round(hourly(90) * growth), HOUR) == []


def test_a_series_of_weeks_or_months_is_judged_too() -> None:
    rows = np.full(60, 500.0)
    rows[50] = 0
    assert alarmed(rows, 7 * DAY) == [50]


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 1000), from_hour=st.integers(24 * 15, 24 * 25), hours=st.integers(1, 60),
    factor=st.sampled_from([0.0, 0.3, 1.0, 2.5]), gap=st.integers(0, 24 * 28),
)  # fmt: skip
def test_replaying_a_series_answers_as_feeding_it_point_by_point(
    seed: int, from_hour: int, hours: int, factor: float, gap: int
) -> None:
    rows: list[float | None] = [float(row) for row in hourly(30, size=8, seed=seed)]
    rows[from_hour : from_hour + hours] = [(row or 0) * factor for row in rows[from_hour : from_hour + hours]]
    rows[gap] = None
    at = times(len(rows), HOUR)
    one = Arrivals(HOUR, "DE")
    assert Arrivals(HOUR, "DE").replay(at, rows) == [one.update(*each) for each in zip(at, rows, strict=True)]
