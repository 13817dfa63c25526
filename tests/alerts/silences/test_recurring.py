"""Silences hold by the clocks of their time zone, also in the nights in which clocks are changed."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from apps.alerts.silences.recurring import Window, instant, next_span, open_at

BERLIN, SYDNEY, KATHMANDU = ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Sydney"), ZoneInfo("Asia/Kathmandu")
SUNDAY, FRIDAY = 6, 4


def at(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def sundays(zone: ZoneInfo, begins: time = time(2), minutes: int = 120, **more: datetime) -> Window:
    starts = more.get("starts_at", datetime(2025, 1, 1, tzinfo=UTC))
    return Window(starts, more.get("ends_at"), zone, (SUNDAY,), begins, minutes)


def test_a_single_window_holds_from_its_start_until_its_end() -> None:
    window = Window(at("2026-11-21T02:00", BERLIN), at("2026-11-21T04:00", BERLIN), BERLIN)
    assert open_at(window, at("2026-11-21T01:59", BERLIN)) is None
    span = open_at(window, at("2026-11-21T02:00", BERLIN))
    assert span is not None
    assert span.end == at("2026-11-21T04:00", BERLIN)
    assert open_at(window, at("2026-11-21T04:00", BERLIN)) is None


def test_a_window_without_an_end_holds_on() -> None:
    window = Window(at("2026-11-21T02:00", BERLIN), None, BERLIN)
    span = open_at(window, at("2027-11-21T02:00", BERLIN))
    assert span is not None
    assert span.end is None


@pytest.mark.parametrize("zone", [BERLIN, SYDNEY, KATHMANDU], ids=str)
def test_a_weekly_window_holds_on_its_day_by_its_own_clocks(zone: ZoneInfo) -> None:
    window = sundays(zone)
    assert open_at(window, at("2026-11-22T03:59", zone)) is not None
    assert open_at(window, at("2026-11-22T04:00", zone)) is None
    assert open_at(window, at("2026-11-23T03:00", zone)) is None


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    window = Window(datetime(2025, 1, 1, tzinfo=UTC), None, BERLIN, (FRIDAY,), time(22), 8 * 60)
    assert open_at(window, at("2026-11-21T05:59", BERLIN)) is not None  # Saturday morning
    assert open_at(window, at("2026-11-20T05:59", BERLIN)) is None  # Friday morning


def test_a_window_of_several_days_holds_on_all_of_them() -> None:
    window = Window(datetime(2025, 1, 1, tzinfo=UTC), None, BERLIN, (FRIDAY,), time(18), 62 * 60)
    assert open_at(window, at("2026-11-23T07:59", BERLIN)) is not None  # Monday
    assert open_at(window, at("2026-11-23T08:00", BERLIN)) is None


@pytest.mark.parametrize(
    ("zone", "night", "hours"),
    [
        (BERLIN, "2026-03-29", 1),  # put forward at 02:00
        (BERLIN, "2026-10-25", 3),  # put back at 03:00
        (SYDNEY, "2026-10-04", 1),  # put forward at 02:00
        (SYDNEY, "2026-04-05", 3),  # put back at 03:00
    ],
)
def test_when_clocks_change_the_window_still_ends_as_they_show_it(zone: ZoneInfo, night: str, hours: int) -> None:
    after = instant(datetime.fromisoformat(f"{night}T03:00"), zone)
    span = open_at(sundays(zone), after)
    assert span is not None
    assert span.end is not None
    assert (span.end - span.start).total_seconds() == hours * 3600
    assert span.end.astimezone(zone).hour == 4


@pytest.mark.parametrize(("zone", "night"), [(BERLIN, "2026-03-29"), (SYDNEY, "2026-10-04")])
def test_a_window_in_the_skipped_hour_comes_right_after_it(zone: ZoneInfo, night: str) -> None:
    span = open_at(sundays(zone, time(2), 30), instant(datetime.fromisoformat(f"{night}T03:00"), zone))
    assert span is not None
    assert span.end == instant(datetime.fromisoformat(f"{night}T03:30"), zone)


@pytest.mark.parametrize(("zone", "night"), [(BERLIN, "2026-10-25"), (SYDNEY, "2026-04-05")])
@pytest.mark.parametrize("fold", [0, 1])
def test_the_hour_that_comes_twice_belongs_to_the_window_both_times(zone: ZoneInfo, night: str, fold: int) -> None:
    moment = datetime.fromisoformat(f"{night}T02:15").replace(tzinfo=zone, fold=fold).astimezone(UTC)
    assert open_at(sundays(zone, time(2), 30), moment) is not None


def test_the_next_span_is_the_first_after_now_and_after_the_start() -> None:
    window = sundays(BERLIN, starts_at=at("2026-12-01T00:00", BERLIN))
    span = next_span(window, at("2026-11-21T12:00", BERLIN))
    assert span is not None
    assert span.start == at("2026-12-06T02:00", BERLIN)


def test_a_series_that_has_ended_comes_no_more() -> None:
    window = sundays(BERLIN, ends_at=at("2026-11-22T03:00", BERLIN))
    span = open_at(window, at("2026-11-22T02:30", BERLIN))
    assert span is not None
    assert span.end == at("2026-11-22T03:00", BERLIN)
    assert next_span(window, at("2026-11-22T02:30", BERLIN)) is None
