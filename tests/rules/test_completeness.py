"""Which days of a table are present, short, missing, late or empty as expected."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.rules.days.completeness import WAIT, Completeness, DayRows, DayState, Terms, judge_days

BERLIN, UTC_ZONE = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")
DAY = timedelta(days=1)
TODAY = date(2026, 3, 4)  # a Wednesday
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
MONDAY, SATURDAY, SUNDAY = 0, 5, 6
PRESENT, SHORT, MISSING, LATE, EMPTY, OPEN = DayState


def back(number: int) -> date:
    return TODAY - number * DAY


def usual(weeks: int = 8, *, until: int = 1, rest: Iterable[int] = ()) -> dict[date, int]:
    """A thousand rows a day for so many weeks, up to `until` days before today, but none on the weekdays in `rest`."""
    days = [back(number) for number in range(until, weeks * 7 + 1)]
    return {day: 1000 for day in days if day.weekday() not in rest}


def judged(
    rows: dict[date, int], *, now: datetime = NOON, zone: ZoneInfo = UTC_ZONE, wait: timedelta = WAIT, pending: int = 0,
    written: dict[date, datetime] | None = None, count: int = 30,
) -> Completeness:  # fmt: skip
    found = [DayRows(day, number, (written or {}).get(day)) for day, number in rows.items()]
    return judge_days(found, now=now, terms=Terms(zone, wait), count=count, pending=pending)


def states(result: Completeness) -> dict[date, DayState]:
    return {day.day: day.state for day in result.days}


def odd(result: Completeness) -> dict[int, DayState]:
    """The days that are not simply present, by how many days ago they were."""
    return {(TODAY - day).days: state for day, state in states(result).items() if state is not PRESENT}


def test_a_table_with_rows_every_day_is_present_and_today_is_not_over() -> None:
    assert odd(judged(usual())) == {0: OPEN}


def test_a_gap_of_three_days_is_missing_once_later_days_have_rows() -> None:
    rows = usual()
    for number in (5, 6, 7):
        del rows[back(number)]
    result = judged(rows)
    assert odd(result) == {0: OPEN, 5: MISSING, 6: MISSING, 7: MISSING}
    assert result.days[-6].words == "Friday 27 February 2026: no rows, missing. There are rows of later days."


def test_a_day_below_half_of_its_weekdays_median_is_short() -> None:
    rows = usual() | {back(3): 499, back(2): 500}
    result = judged(rows)
    assert odd(result) == {0: OPEN, 3: SHORT}
    assert result.days[-4].words == "Sunday 1 March 2026: 499 rows, short. About 1,000 are usual on a Sunday."


def test_a_small_sunday_is_held_against_sundays() -> None:
    rows = {day: 60 if day.weekday() == SUNDAY else 1000 for day in usual()}
    assert odd(judged(rows | {back(3): 40})) == {0: OPEN}
    assert odd(judged(rows | {back(3): 20})) == {0: OPEN, 3: SHORT}


def test_a_weekday_that_was_empty_in_three_of_four_weeks_is_not_expected() -> None:
    result = judged(usual(rest=[SATURDAY, SUNDAY]))
    weekend = {number for number in range(30) if back(number).weekday() in (SATURDAY, SUNDAY)}
    assert {number for number, state in odd(result).items() if state is EMPTY} == weekend
    assert result.resting == (SATURDAY, SUNDAY)
    assert result.summary(UTC_ZONE) == (
        "30 days from 3 Feb 2026 to 4 Mar 2026 (UTC): none is missing, short or late. "
        "Saturdays and Sundays are usually empty."
    )


@pytest.mark.parametrize(("empty_weeks", "state"), [(3, EMPTY), (2, MISSING)])
def test_three_of_the_last_four_weeks_decide_about_a_weekday(empty_weeks: int, state: DayState) -> None:
    rows = usual()
    for week in range(empty_weeks + 1):
        del rows[back(3 + 7 * week)]
    assert states(judged(rows, count=4))[back(3)] is state


def test_the_first_weekends_of_a_table_are_explained_by_those_that_follow() -> None:
    result = judged(usual(weeks=4, rest=[SATURDAY, SUNDAY]))
    assert result.count(MISSING) == 0
    assert result.days[0].day == min(usual(weeks=4, rest=[SATURDAY, SUNDAY]))


def test_an_outage_of_weeks_does_not_teach_that_weekdays_are_empty() -> None:
    rows = {day: number for day, number in usual(weeks=12).items() if not 8 <= (TODAY - day).days < 43}
    result = judged(rows, count=60)
    assert result.count(MISSING) == 35
    assert result.resting == ()


def test_a_table_that_died_long_ago_is_missing_to_the_end() -> None:
    result = judged(usual(until=40), count=30)
    assert odd(result) == {0: OPEN, 1: LATE} | dict.fromkeys(range(2, 30), MISSING)


def test_days_before_the_first_rows_are_no_days_of_the_table() -> None:
    result = judged({back(2): 7, back(1): 900})
    assert [(day.day, day.state) for day in result.days] == [(back(2), PRESENT), (back(1), PRESENT), (TODAY, OPEN)]


def test_the_first_day_is_not_whole_and_so_no_measure() -> None:
    rows = {back(number): 1000 for number in range(1, 16)} | {back(15): 1}
    assert judged(rows).days[-2].usual is None  # one whole day of that weekday is not enough
    assert judged(rows | {back(22): 1}).days[-2].usual == Fraction(1001, 2)


def test_a_table_without_rows_has_no_days() -> None:
    assert judged({}) == Completeness()
    assert judged({TODAY + DAY: 5}).days == ()


def test_rows_of_the_future_are_left_out() -> None:
    assert odd(judged(usual() | {TODAY + 400 * DAY: 1})) == {0: OPEN}


@pytest.mark.parametrize(
    ("hour", "state"), [(0, OPEN), (11, OPEN), (12, LATE)], ids=["at once", "before the wait is over", "after it"]
)
def test_the_newest_day_is_late_when_its_wait_is_over(hour: int, state: DayState) -> None:
    now = datetime(2026, 3, 4, hour, tzinfo=UTC)
    assert states(judged(usual(until=2), now=now))[back(1)] is state
    assert states(judged(usual() | {back(1): 10}, now=now))[back(1)] is state


def test_a_late_day_is_missing_when_the_next_one_is_due_as_well() -> None:
    result = judged(usual(until=3))
    assert odd(result) == {0: OPEN, 1: LATE, 2: MISSING}


def test_a_late_friday_may_come_until_monday_is_due() -> None:
    friday, rows = back(5), usual(until=6, rest=[SATURDAY, SUNDAY])
    monday_noon, tuesday_noon = (datetime(2026, 3, day, 12, tzinfo=UTC) for day in (2, 3))
    assert states(judged(rows, now=monday_noon))[friday] is LATE
    assert states(judged(rows, now=tuesday_noon))[friday] is MISSING


def test_an_empty_day_is_missing_at_once_when_later_days_have_rows() -> None:
    rows = usual(until=2) | {TODAY: 3}
    assert states(judged(rows, now=NOON - timedelta(hours=11)))[back(1)] is MISSING


def test_a_little_day_is_short_when_later_days_have_rows_and_its_wait_is_over() -> None:
    rows = usual() | {back(1): 10, TODAY: 3}
    assert states(judged(rows, now=NOON - timedelta(hours=11)))[back(1)] is OPEN
    assert states(judged(rows))[back(1)] is SHORT


def test_streamed_rows_that_are_part_of_no_day_yet_may_be_those_of_the_newest() -> None:
    day = judged(usual(until=2), pending=12).days[-2]
    assert (day.state, day.reason) == (OPEN, "12 rows written to the table are not yet part of any day.")
    assert odd(judged(usual(until=3), pending=12)) == {0: OPEN, 1: OPEN, 2: MISSING}


def test_a_holiday_is_not_known_and_so_missing() -> None:
    rows = usual()
    del rows[date(2026, 1, 28)]
    assert states(judged(rows, count=60))[date(2026, 1, 28)] is MISSING


def written(hours: float, *, but: dict[int, float] | None = None) -> dict[date, datetime]:
    """When each day was last written: so many hours after its end in UTC."""
    late = {back(number): length for number, length in (but or {}).items()}
    midnights = {day: datetime(day.year, day.month, day.day, tzinfo=UTC) + DAY for day in usual()}
    return {day: end + timedelta(hours=late.get(day, hours)) for day, end in midnights.items()}


def test_a_day_that_was_written_after_its_wait_was_late() -> None:
    result = judged(usual(), written=written(2, but={4: 12, 5: 13}))
    assert odd(result) == {0: OPEN, 5: LATE}
    assert "last written 13 h after its end" in result.days[-6].words


def test_a_day_that_was_corrected_long_after_was_not_late() -> None:
    assert odd(judged(usual(), written=written(2, but={20: 200}))) == {0: OPEN}


@pytest.mark.parametrize("weeks", [8, 1], ids=["", "that is a week old"])
def test_a_table_that_is_made_anew_each_night_was_not_late(weeks: int) -> None:
    rows = usual(weeks)
    assert odd(judged(rows, written=dict.fromkeys(rows, NOON - timedelta(hours=8)))) == {0: OPEN}


def test_days_that_are_made_up_for_together_after_an_outage_were_late() -> None:
    late = {number: (number - 2) * 24.0 + 26 for number in (3, 4, 5)}  # all of them at one moment
    assert odd(judged(usual(), written=written(2, but=late))) == {0: OPEN, 3: LATE, 4: LATE, 5: LATE}


def test_tables_that_are_written_anew_for_days_are_late_by_their_own_habit() -> None:
    assert odd(judged(usual(), written=written(74, but={9: 85, 10: 87}))) == {0: OPEN, 10: LATE}


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_a_day_ends_when_the_clocks_of_its_zone_say_so(day: date, hours: int) -> None:
    begin = datetime(day.year, day.month, day.day, tzinfo=BERLIN).astimezone(UTC)
    rows = {day - number * DAY: 10 for number in range(1, 60)} | {day: 10}
    before, after = (begin + timedelta(hours=hours, minutes=minute) for minute in (-1, 0))
    assert states(judged(rows, now=before, zone=BERLIN))[day] is OPEN
    assert states(judged(rows, now=after, zone=BERLIN))[day] is PRESENT


ROWS = st.dictionaries(st.integers(-3, 80).map(back), st.integers(0, 5000), max_size=80)
MOMENTS = st.integers(0, 60 * 24 * 5).map(lambda minutes: NOON + timedelta(minutes=minutes))
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"]).map(ZoneInfo)


@given(rows=ROWS, now=MOMENTS, zone=ZONES, count=st.integers(1, 100))
def test_every_day_up_to_today_is_there_once_in_order(
    rows: dict[date, int], now: datetime, zone: ZoneInfo, count: int
) -> None:
    days = [day.day for day in judged(rows, now=now, zone=zone, count=count).days]
    assert len(days) <= count
    assert days == [days[0] + number * DAY for number in range(len(days))] if days else True
    assert not days or days[-1] == now.astimezone(zone).date()


@given(rows=ROWS, now=MOMENTS, zone=ZONES)
def test_a_state_never_contradicts_the_rows(rows: dict[date, int], now: datetime, zone: ZoneInfo) -> None:
    for day in judged(rows, now=now, zone=zone, count=100).days:
        assert day.rows == max(0, rows.get(day.day, 0))
        if day.state in (MISSING, EMPTY):
            assert day.rows == 0
        if day.state in (PRESENT, SHORT):
            assert day.rows > 0
        if day.state is SHORT:
            assert day.usual is not None
            assert day.rows < day.usual / 2


@given(rows=ROWS, now=MOMENTS, later=MOMENTS)
def test_time_alone_never_makes_a_closed_day_better(rows: dict[date, int], now: datetime, later: datetime) -> None:
    rows = {day: number for day, number in rows.items() if day <= TODAY}  # nothing of the future comes into sight
    first, second = (states(judged(rows, now=moment, count=100)) for moment in sorted((now, later)))
    worse = {PRESENT: {PRESENT}, EMPTY: {EMPTY}, MISSING: {MISSING}, SHORT: {SHORT}, LATE: {LATE, MISSING, SHORT}}
    for day, state in second.items():
        if first.get(day, OPEN) is not OPEN:
            assert state in worse[first[day]]


@given(rows=ROWS, now=MOMENTS)
def test_nothing_is_awaited_of_a_day_that_later_rows_have_passed(rows: dict[date, int], now: datetime) -> None:
    result = judged(rows, now=now, count=100)
    newest = max((day.day for day in result.days if day.rows), default=None)
    passed = [day for day in result.days if newest and day.day < newest and not day.rows]
    assert all(day.state in (MISSING, EMPTY) for day in passed)
