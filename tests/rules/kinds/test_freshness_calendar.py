"""Freshness on working days, public holidays and days of the month, as the clocks of a place show them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.kinds.watching import Contents, local, watch

BERLIN = "Europe/Berlin"


def verdict(changed: str, now: str, **settings: Any) -> str:
    rule = watch("freshness", zone=BERLIN, column="updated_at", **settings)
    return rule.check(local(now, BERLIN), Contents({local(changed, BERLIN): 1})).verdict


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-04-03 09:00", "ok"),  # Good Friday
        ("2026-04-06 09:00", "ok"),  # Easter Monday
        ("2026-04-07 07:00", "ok"),
        ("2026-04-07 07:11", "breached"),
    ],
)
def test_by_seven_on_working_days_of_germany(now: str, expected: str) -> None:
    assert verdict("2026-04-02 06:30", now, by="07:00", days="weekdays", holidays="DE") == expected


@pytest.mark.parametrize(("place", "expected"), [("DE-BY", "ok"), ("DE-BE", "breached")])
def test_a_region_has_holidays_of_its_own(place: str, expected: str) -> None:
    corpus_christi = "2026-06-04 09:00"
    assert verdict("2026-06-03 06:30", corpus_christi, by="07:00", days="weekdays", holidays=place) == expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-03-08 12:00", "ok"),
        ("2026-03-09 09:00", "ok"),
        ("2026-03-09 10:10", "ok"),
        ("2026-03-09 10:11", "breached"),
    ],
)
def test_weekends_do_not_count_in_a_wait(now: str, expected: str) -> None:
    friday_evening = "2026-03-06 18:00"
    assert verdict(friday_evening, now, every="16h", tolerance="10m", days="weekdays") == expected


@pytest.mark.parametrize(("now", "expected"), [("2026-04-07 08:00", "ok"), ("2026-04-07 08:01", "breached")])
def test_a_wait_over_easter_is_longer_by_its_days_of_rest(now: str, expected: str) -> None:
    settings = {"every": "1d", "tolerance": "2h", "days": "weekdays", "holidays": "DE"}
    assert verdict("2026-04-02 06:00", now, **settings) == expected


@pytest.mark.parametrize(("now", "expected"), [("2026-03-30 09:00", "ok"), ("2026-03-30 09:01", "breached")])
def test_a_day_of_rest_with_23_hours_moves_a_wait_to_the_same_time_of_day(now: str, expected: str) -> None:
    # A day and two hours from Friday at 06:00 end on Saturday at 08:00; the two days of rest lead to Monday.
    settings = {"every": "1d", "tolerance": "3h", "days": "weekdays"}
    assert verdict("2026-03-27 06:00", now, **settings) == expected


@pytest.mark.parametrize(
    ("days", "before", "due"),
    [
        ("first_of_month", "2026-07-31", "2026-08-01"),  # a Saturday
        ("first_workday_of_month", "2026-07-31", "2026-08-03"),
        ("last_of_month", "2026-04-30", "2026-05-31"),  # a Sunday
        ("last_workday_of_month", "2026-04-30", "2026-05-29"),
    ],
)
def test_a_day_of_the_month(days: str, before: str, due: str) -> None:
    settings = {"by": "12:00", "days": days, "tolerance": "1h"}
    assert verdict(f"{due} 00:00", f"{due} 13:01", **settings) == "ok"
    assert (
        verdict("2026-04-30 23:59" if due < "2026-06" else "2026-07-31 23:59", f"{due} 13:00", **settings) == "breached"
    )


def test_the_first_working_day_leaves_holidays_out() -> None:
    settings = {"by": "09:00", "days": "first_workday_of_month", "holidays": "DE", "tolerance": "0m"}
    assert verdict("2025-12-01 08:00", "2026-01-01 12:00", **settings) == "ok"
    assert verdict("2025-12-01 08:00", "2026-01-02 09:01", **settings) == "breached"


def test_the_month_of_28_days_has_a_last_day() -> None:
    settings = {"by": "20:00", "days": "last_of_month", "tolerance": "1h"}
    assert verdict("2026-02-27 12:00", "2026-02-28 21:01", **settings) == "breached"
    assert verdict("2026-02-28 12:00", "2026-02-28 21:01", **settings) == "ok"


def test_a_cron_line_rests_on_holidays() -> None:
    settings = {"cron": "0 2 * * 1-5", "tolerance": "4h", "holidays": "DE"}
    assert verdict("2026-04-02 02:30", "2026-04-06 12:00", **settings) == "ok"
    assert verdict("2026-04-02 02:30", "2026-04-07 06:01", **settings) == "breached"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"by": "07:00", "days": "weekdays", "holidays": "DE"},
            "between 00:00 and 07:10 on any day from Monday to Friday (but public holidays of DE)",
        ),
        ({"by": "07:00", "days": "first_workday_of_month"}, "on the first working day of the month"),
        ({"every": "1h", "days": "weekdays"}, "10 min tolerance; Saturdays and Sundays do not count)"),
        ({"every": "1h", "holidays": "DE"}, "10 min tolerance; public holidays of DE do not count)"),
        ({"cron": "0 2 * * *", "tolerance": "4h", "holidays": "DE"}, "on any day (but public holidays of DE)"),
    ],
)
def test_the_sentence_names_the_calendar(settings: dict[str, Any], words: str) -> None:
    assert words in watch("freshness", zone=BERLIN, column="updated_at", **settings).sentence


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"by": "07:00", "holidays": "XX"}, "'XX' is no country"),
        ({"by": "07:00", "holidays": "DE-XX"}, "'XX' is no region of DE"),
        ({"every": "1h", "days": "first_of_month"}, "a day of the month needs a time of day"),
        ({"cron": "0 2 * * *", "tolerance": "1h", "days": "weekdays"}, "a cron line says by itself"),
        ({"by": "07:00", "days": "someday"}, "are not days"),
    ],
)
def test_calendars_that_make_no_sense_are_refused(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(Exception, match=f"(?i){problem}"):
        watch("freshness", column="updated_at", **settings)
