"""Days as a picture: where each stands, and what is written beside them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from apps.rules.days.completeness import Completeness, DayRows, DayState, Terms, judge_days
from apps.rules.days.picture import LEFT, SIGNS, STEP, TOP, Picture, picture_of

ZONE = ZoneInfo("UTC")
DAY = timedelta(days=1)


def picture(last: date, days: int) -> Picture:
    now = datetime(last.year, last.month, last.day, 12, tzinfo=UTC)
    rows = [DayRows(last - number * DAY, 10) for number in range(days)]
    return picture_of(judge_days(rows, now=now, terms=Terms(ZONE), count=days), ZONE)


def test_a_week_is_a_column_and_a_weekday_a_row() -> None:
    cells = {cell.day.day: (cell.x, cell.y) for cell in picture(date(2026, 11, 21), 9).cells}
    friday, monday, saturday = date(2026, 11, 13), date(2026, 11, 16), date(2026, 11, 21)
    assert cells[friday] == (LEFT, TOP + 4 * STEP)
    assert cells[monday] == (LEFT + STEP, TOP)
    assert cells[saturday] == (LEFT + STEP, TOP + 5 * STEP)


def test_a_month_is_named_over_the_week_of_its_first_day() -> None:
    months = picture(date(2026, 11, 21), 90).months
    assert [name for _, name in months] == ["Sep", "Oct", "Nov"]  # August ends in the first of its weeks
    november = next(cell.x for cell in picture(date(2026, 11, 21), 90).cells if cell.day.day == date(2026, 11, 1))
    assert months[-1] == (november, "Nov")


def test_the_legend_counts_the_states_that_occur() -> None:
    keys = picture(date(2026, 11, 21), 9).keys
    assert [(key.state, key.count, key.label) for key in keys] == [
        (DayState.PRESENT, 8, "present"), (DayState.OPEN, 1, "not over yet"),
    ]  # fmt: skip


def test_every_state_has_a_sign_of_its_own() -> None:
    assert set(SIGNS) == set(DayState)
    assert len(set(SIGNS.values())) == len(SIGNS)


def test_without_days_there_is_a_sentence() -> None:
    found = picture_of(Completeness(), ZONE)
    assert (found.cells, found.summary) == ((), "No row has a time up to now, so there are no days to show.")


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 400))
def test_no_two_days_share_a_place_and_all_are_within_the_picture(last: date, days: int) -> None:
    found = picture(last, days)
    assert len({(cell.x, cell.y) for cell in found.cells}) == len(found.cells) == days
    assert all(cell.x + found.size <= found.width and cell.y + found.size <= found.height for cell in found.cells)
    columns = [x for x, _ in found.months]
    assert columns == sorted(set(columns))
