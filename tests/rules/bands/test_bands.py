"""From counts, totals and loads to what the learned limits say of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from apps.rules.bands.arrivals import arrivals_band
from apps.rules.bands.band import Band, reading_as_json, recall_reading
from apps.rules.bands.marks import NO_MARKS, Mark, Marks
from apps.rules.bands.totals import totals_band
from apps.rules.bands.waits import waits_band
from tests.rules.kinds.watching import local, utc

UTC_ZONE, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")
NOW = utc("2026-03-04 00:00")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def per_day(*rows: int, marks: Marks = NO_MARKS, holidays: str = "", shown: int = 0) -> Band:
    """The band of as many days as given, the last of which is the third of March."""
    counts = {NOW - DAY * (len(rows) - place): float(count) for place, count in enumerate(rows)}
    return arrivals_band(counts, per="1d", zone=UTC_ZONE, holidays=holidays, marks=marks, shown=shown)


def steady(days: int) -> list[int]:
    return [1000 + 10 * (place % 5) for place in range(days)]


def test_a_young_table_is_learning() -> None:
    reading = per_day(*steady(5)).reading
    assert reading
    assert (reading.learning, reading.alarmed) == ("learning, 5 of 14", False)


def test_a_tenth_of_the_rows_is_unusual_and_has_its_numbers() -> None:
    reading = per_day(*steady(40), 100).reading
    assert reading
    assert reading.alarmed
    assert reading.low
    assert 100 < reading.low < 1000 < (reading.expected or 0) < (reading.high or 0)


def test_a_time_that_a_person_excused_is_not_judged_and_teaches_nothing() -> None:
    third = Marks((Mark("expected", NOW - DAY, NOW),))
    reading = per_day(*steady(40), 100, marks=third).reading
    assert reading
    assert not reading.alarmed
    taught = per_day(*steady(40)).reading
    assert taught
    assert reading.expected == pytest.approx(taught.expected, rel=0.01)


def test_a_new_normal_begins_the_learning_anew() -> None:
    marks = Marks((Mark("new_normal", NOW - 4 * DAY, NOW),))
    reading = per_day(*steady(40), 5000, 5000, 5000, 5000, marks=marks).reading
    assert reading
    assert reading.learning == "learning, 4 of 14"


def test_each_period_has_the_limits_that_held_when_it_came() -> None:
    band = per_day(*steady(40), 100, 1000, shown=30)
    assert len(band.edges) == 30
    assert band.edges[-2].alarmed
    assert not any(edge.alarmed for edge in band.edges[:-2])
    assert band.edges[-1].at == NOW - DAY


@pytest.mark.parametrize("night", ["2026-03-29", "2026-10-25"])
def test_hours_keep_their_place_in_the_day_when_the_clocks_change(night: str) -> None:
    """Rows come from 08:00 to 18:00 by the clocks of Berlin; neither change of the clocks is unusual."""
    begin = local(f"{night} 00:00", "Europe/Berlin") - 40 * DAY
    hours = [begin + HOUR * place for place in range(46 * 24)]
    counts = {hour: 200.0 if 8 <= hour.astimezone(BERLIN).hour < 18 else 0.0 for hour in hours}
    band = arrivals_band(counts, per="1h", zone=BERLIN, holidays="", marks=NO_MARKS, shown=5 * 24)
    assert not any(edge.alarmed for edge in band.edges)


@pytest.mark.parametrize(("holidays", "alarmed"), [("", True), ("DE", False), ("DE-BE", False), ("DE-BY", False)])
def test_a_holiday_is_no_failure(holidays: str, alarmed: bool) -> None:
    """Thursday, 1 January 2026: a table that is filled on working days."""
    begin = utc("2025-10-01 00:00")
    days = [begin + DAY * place for place in range(93)]
    counts = {day: (30.0 if day.weekday() > 4 else 1000.0) for day in days}
    counts[utc("2026-01-01 00:00")] = 30.0
    for day in ("2025-12-24", "2025-12-25", "2025-12-26", "2025-12-31"):
        counts[utc(f"{day} 00:00")] = 1000.0
    band = arrivals_band(counts, per="1d", zone=UTC_ZONE, holidays=holidays, marks=NO_MARKS)
    assert band.reading
    assert band.reading.alarmed is alarmed


def test_a_holiday_of_the_region_alone_is_left_out() -> None:
    """6 January 2026 is a holiday in Bavaria, and not in Berlin."""
    days = [utc("2026-01-06 00:00") - DAY * back for back in range(60)]
    counts = {day: (20.0 if day == days[0] else 1000.0) for day in days}
    alarmed = {}
    for place in ("DE-BY", "DE-BE"):
        band = arrivals_band(counts, per="1d", zone=UTC_ZONE, holidays=place, marks=NO_MARKS)
        alarmed[place] = band.reading.alarmed if band.reading else None
    assert alarmed == {"DE-BY": False, "DE-BE": True}


def totals(*seen: float, marks: Marks = NO_MARKS) -> Band:
    times = [NOW - DAY * (len(seen) - 1 - place) for place in range(len(seen))]
    return totals_band(list(zip(times, seen, strict=True)), zone=UTC_ZONE, holidays="", marks=marks, now=NOW)


def test_a_total_that_halves_is_unusual() -> None:
    reading = totals(*[10_000 + 50 * day for day in range(30)], 5_700).reading
    assert reading
    assert reading.alarmed
    assert "fewer than expected" in reading.reason


def test_a_total_is_compared_with_the_same_time_of_the_day_before() -> None:
    """All rows of a day come at noon: at eleven nothing is missing."""
    loads: list[tuple[datetime, float]] = [
        (NOW - DAY * back + 12 * HOUR, 10_000.0 - 100 * back) for back in range(30, 0, -1)
    ]
    band = totals_band(loads, zone=UTC_ZONE, holidays="", marks=NO_MARKS, now=NOW + 11 * HOUR)
    assert band.reading
    assert not band.reading.alarmed


def test_a_load_may_take_as_long_as_loads_have_taken() -> None:
    loads = [NOW - DAY * back for back in range(30, -1, -1)]
    band = waits_band(loads, zone=UTC_ZONE, holidays="", marks=NO_MARKS, check=timedelta(minutes=10))
    assert band.reading
    assert band.reading.expected == DAY.total_seconds()
    assert DAY.total_seconds() < (band.edges[-1].high or 0) < 1.2 * DAY.total_seconds()


def test_a_wait_that_a_person_excused_makes_no_wait_longer() -> None:
    loads = [NOW - DAY * back for back in range(10, -1, -1) if back not in (4, 5, 6)]
    gap = Marks((Mark("false_alarm", NOW - 6 * DAY, NOW - 4 * DAY),))
    limits = [
        waits_band(loads, zone=UTC_ZONE, holidays="", marks=marks, check=timedelta(minutes=10)).edges[-1].high or 0.0
        for marks in (NO_MARKS, gap)
    ]
    assert limits[0] > 4 * DAY.total_seconds()
    assert limits[1] < 2 * DAY.total_seconds()


def test_a_reading_survives_being_remembered() -> None:
    reading = per_day(*steady(40)).reading
    assert reading
    assert recall_reading(reading_as_json(reading)) == reading
    assert recall_reading(None) is None
