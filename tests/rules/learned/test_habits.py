"""What a table does now and again is learned as its habit, and no failure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from tests.rules.learned.series import DAY, HOUR, MONDAY, alarmed, daily, hourly

START = datetime.fromtimestamp(MONDAY, UTC)


def opened(answers: list[int]) -> list[int]:
    return [at for at in answers if at - 1 not in answers]


def test_rows_that_were_missing_and_come_all_at_once_alarm_though_neither_would_alone() -> None:
    calm = np.tile([5.0, 4.0, 6.0, 5.0, 3.0, 6.0, 5.0], 16)
    lack, excess, both = calm.copy(), calm.copy(), calm.copy()
    lack[82] = both[82] = 0
    excess[83] = both[83] = calm[82] + calm[83] + 4
    assert alarmed(lack, DAY) == []
    assert alarmed(excess, DAY) == []
    assert alarmed(both, DAY)[0] == 83


def test_the_third_rise_that_comes_and_goes_is_no_news_but_a_larger_one_is() -> None:
    rows = daily(180)
    rows[[60, 81, 95, 110]] *= 3
    rows[132] *= 9
    assert opened(alarmed(rows, DAY)) == [60, 81, 132]


def test_a_rise_that_stays_is_no_habit() -> None:
    rows = daily(180)
    rows[[60, 81]] *= 3
    rows[95:] *= 2.8
    assert opened(alarmed(rows, DAY)) == [60, 81, 96]


def test_the_third_silence_that_lasts_no_longer_is_no_news_but_a_longer_one_is() -> None:
    rows = np.round(daily(180, size=40) * np.random.default_rng(7).lognormal(0, 0.9, 180)) + 1
    for begin, days in ((40, 5), (60, 5), (82, 5), (104, 16)):
        rows[begin : begin + days] = 0
    first, second, third = opened(alarmed(rows, DAY))
    assert 40 <= first < 45
    assert 60 <= second < 65
    assert 109 <= third < 120


def test_the_first_months_end_that_a_young_table_shows_is_no_news() -> None:
    january, february = ((datetime(2026, *each, tzinfo=UTC) - START).days for each in ((1, 30), (2, 27)))
    young, older = daily(60), daily(60)
    young[january] *= 2.5
    older[february] *= 2.5
    assert alarmed(young, DAY) == []
    assert alarmed(older, DAY) == [february]


def test_a_months_end_is_known_again_when_a_holiday_hid_the_one_before() -> None:
    rows = daily(200)
    ends = [datetime(2026, month, day, tzinfo=UTC) - START for month, day in ((3, 31), (6, 30))]
    rows[[each.days for each in ends]] *= 2.5
    assert alarmed(rows, DAY) == [ends[0] // timedelta(days=1)]


def test_an_alert_over_doubled_office_hours_lasts_through_the_night() -> None:
    rows = hourly(60)
    hours = np.arange(len(rows)) % 24
    rows[(hours < 8) | (hours > 17)] = 0
    doubled = slice(24 * 43 + 10, 24 * 44 + 18)
    rows[doubled] *= 2.2
    found = alarmed(rows, HOUR)
    assert len(opened(found)) == 1
    assert set(range(24 * 43 + 12, 24 * 44 + 18)) <= set(found)
