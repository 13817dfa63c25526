"""How long a table may wait: working days, holidays, and places in the month."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta

from apps.rules.learned.waits import Waits

HOUR = timedelta(hours=1)


def days(start: date, count: int, kept: Callable[[date], bool]) -> list[date]:
    return [day for each in range(count) if kept(day := start + timedelta(days=each))]


def loads(on: Iterable[date], hour: int = 6) -> list[datetime]:
    return [datetime(day.year, day.month, day.day, hour, each * 7 % 11, tzinfo=UTC) for each, day in enumerate(on)]


def told(at: list[datetime], until: datetime, country: str = "", check: timedelta = HOUR) -> list[datetime]:
    """When it became alarmed, looking once per `check`."""
    waits, found, now = Waits(int(check.total_seconds()), country), [], at[0]
    seen: datetime | None = None
    left = list(at)
    while now < until:
        while left and left[0] <= now:
            seen = left.pop(0)
        was = waits.alarmed
        if waits.update(int(now.timestamp()), int(seen.timestamp()) if seen else None) and not was:
            found.append(now)
        now += check
    return found


def working(day: date) -> bool:
    return day.weekday() < 5


def test_a_load_that_is_missed_on_monday_is_told_on_monday_though_mondays_off_were_waited_for() -> None:
    memorial_day, missed = date(2026, 5, 25), date(2026, 6, 8)
    on = days(date(2026, 3, 2), 110, lambda day: working(day) and day not in (memorial_day, missed))
    found = told(loads(on), datetime(2026, 6, 12, tzinfo=UTC), "US")
    assert [each.date() for each in found] == [missed]
    assert found[0].hour < 10


def test_on_a_day_that_few_businesses_keep_the_load_is_missed() -> None:
    columbus_day = date(2026, 10, 12)
    on = days(date(2026, 7, 6), 110, lambda day: working(day) and day not in (columbus_day, date(2026, 9, 7)))
    assert [each.date() for each in told(loads(on), datetime(2026, 10, 15, tzinfo=UTC), "US")] == [columbus_day]


def test_a_late_load_on_a_saturday_does_not_make_it_a_working_day() -> None:
    on = loads(days(date(2026, 3, 2), 100, working))
    late = on.index(next(each for each in on if each.date() == date(2026, 5, 8)))
    on[late] += timedelta(hours=23)
    found = told(on, datetime(2026, 6, 8, tzinfo=UTC))
    assert [each.date() for each in found] == [date(2026, 5, 8)]


def test_a_table_that_turns_out_to_be_loaded_on_weekends_is_expected_then() -> None:
    on = days(date(2026, 3, 2), 60, lambda day: day != date(2026, 4, 18))
    assert [each.date() for each in told(loads(on), datetime(2026, 4, 25, tzinfo=UTC))] == [date(2026, 4, 18)]


def second_working_days(months: int) -> list[date]:
    firsts = [date(2024 + each // 12, each % 12 + 1, 1) for each in range(months)]
    return [days(first, 10, working)[1] for first in firsts]


def test_a_load_on_each_months_second_working_day_is_missed_on_that_day() -> None:
    on = [day for day in second_working_days(20) if (day.year, day.month) != (2025, 6)]
    found = told(loads(on), datetime(2025, 7, 1, tzinfo=UTC), check=12 * HOUR)
    assert [each.date() - timedelta(days=1) for each in found] == [date(2025, 6, 3)]


def test_a_load_on_the_same_day_of_each_month_is_missed_on_that_day() -> None:
    on = [date(2024 + each // 12, each % 12 + 1, 5) for each in range(16) if each != 14]
    found = told(loads(on), datetime(2025, 4, 1, tzinfo=UTC), check=12 * HOUR)
    assert [each.date() - timedelta(days=1) for each in found] == [date(2025, 3, 5)]
