"""What people are told beside whether it is alarmed."""

from __future__ import annotations

import numpy as np

from apps.rules.learned.arrivals import Arrivals
from apps.rules.learned.reading import duration, number
from apps.rules.learned.total import Total
from apps.rules.learned.waits import Waits
from tests.rules.learned.series import DAY, HOUR, MONDAY, daily, hourly, times

WEEKS = 24 * 42


def fed(rows: list[float], seconds: int = HOUR) -> Arrivals:
    limits = Arrivals(seconds)
    limits.replay(times(len(rows), seconds), rows)
    return limits


def test_a_calm_hour_lies_inside_its_band() -> None:
    rows = list(hourly(43)[: WEEKS + 13])
    reading = fed(rows).reading()
    assert reading.low is not None
    assert reading.high is not None
    assert reading.expected is not None
    assert reading.low < reading.expected < reading.high
    assert reading.low < rows[-1] < reading.high
    assert reading.reason.startswith("As usual: ")
    assert not reading.learning


def test_beyond_the_band_it_alarms_and_just_inside_it_does_not() -> None:
    rows = list(daily(100))
    band = fed([*rows, 1000.0], DAY).reading()
    assert band.low is not None
    assert band.high is not None
    answers = [fed([*rows, each], DAY).alarmed for each in (band.low - 3, band.low + 3, band.high - 3, band.high + 3)]
    assert answers == [True, False, False, True]


def test_silence_is_told_in_hours() -> None:
    reading = fed([*hourly(43)[: WEEKS + 12], 0, 0, 0]).reading()
    assert reading.alarmed
    assert reading.reason.startswith("Nothing arrived for 3 hours; 1,")
    assert reading.reason.endswith(" rows are usual by then.")


def test_a_drop_is_told_as_a_share_of_what_is_usual_at_that_time() -> None:
    rows = hourly(43)[: WEEKS + 12]
    rows[-2:] = np.round(rows[-2:] / 4)
    reason = fed(list(rows)).reading().reason
    assert " of what is usual on a Monday at 11:00: " in reason
    assert reason.endswith(" rows expected.")


def test_a_day_is_told_without_the_hour() -> None:
    assert (
        fed([*daily(98), 2000], DAY).reading().reason.startswith("Twice what is usual on a Monday: 2,000 rows in 1 day")
    )


def test_history_that_is_too_short_says_how_much_there_is() -> None:
    reading = fed([5.0] * 12, DAY).reading()
    assert (reading.alarmed, reading.expected, reading.learning) == (False, None, "learning, 12 of 14")
    assert reading.reason == "Still learning: 12 of 14 values are known."


def test_numbers_and_times_are_written_for_people() -> None:
    assert [number(each, "row") for each in (0, 1, 0.44, 1234.4)] == ["0 rows", "1 row", "0.4 rows", "1,234 rows"]
    assert [duration(each) for each in (45, 90, 3600, 5 * 3600, 86_400)] == [
        "45 seconds", "90 seconds", "1 hour", "5 hours", "1 day",
    ]  # fmt: skip


def looked(loads: list[int], until: int) -> Waits:
    """Looked at every hour; each load is seen at the first look after it."""
    waits, last = Waits(HOUR), None
    for at in range(MONDAY, until, HOUR):
        last = max((load for load in loads if load <= at), default=last)
        waits.update(at, last)
    return waits


def test_a_daily_load_that_is_missed_is_told_within_hours() -> None:
    loads = [MONDAY + DAY * each + 6 * HOUR for each in range(40)]
    assert not looked(loads, loads[-1] + 24 * HOUR).alarmed
    late = looked(loads, loads[-1] + 28 * HOUR)
    reading = late.reading()
    assert reading.alarmed
    assert reading.high is not None
    assert reading.high < 27 * HOUR
    assert reading.reason.startswith("The last load was 27 hours ago; at most ")


def test_three_loads_are_too_few_to_know_how_long_to_wait() -> None:
    loads = [MONDAY + DAY * each for each in range(3)]
    assert looked(loads, loads[-1] + 20 * DAY).reading().learning == "learning, 2 of 4"


def totals(rows: list[float]) -> tuple[Total, list[bool]]:
    total = Total(DAY)
    return total, [total.update(*each) for each in zip(times(len(rows), DAY), rows, strict=True)]


def test_a_table_that_only_grows_is_calm() -> None:
    rows = 1e6 + np.cumsum(daily(120, size=2000))
    total, answers = totals(list(rows))
    assert not any(answers)
    assert total.reading().reason.startswith("As usual: ")


def test_a_truncated_table_alarms_at_once_and_is_never_accepted() -> None:
    rows = 1e6 + np.cumsum(daily(120, size=2000))
    rows[100:] = 0
    total, answers = totals(list(rows))
    assert answers == [False] * 100 + [True] * 20
    assert total.reading().reason.startswith("The table has 0 rows, 1,")


def test_a_total_of_few_points_is_still_being_learned() -> None:
    assert totals([5.0, 5.0, 0.0])[0].reading().learning == "learning, 2 of 7"
