"""The rhythm, the tolerance and the calendar that a table's own past shows, with the reason in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.durations import parse_duration
from apps.rules.kinds import KINDS
from apps.rules.suggest.history import History, loads_of
from apps.rules.suggest.rhythms import Rhythmic, rhythm_of

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 21)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def past(moments: Iterable[datetime], *, closer: int = 14, dated: bool = False) -> History:
    """The history of a column, as reading it back would give it."""
    known = sorted(moment for moment in moments if moment < NOW)
    days: dict[date, int] = {}
    for moment in known:
        local = moment.astimezone(BERLIN).date()
        days[local] = days.get(local, 0) + 10
    since = datetime.combine(TODAY - closer * DAY, time(), BERLIN).astimezone(UTC)
    minutes = {moment.replace(second=0): 10 for moment in known if moment >= since and not dated}
    return History(BERLIN, NOW, TODAY - 100 * DAY, days, since, minutes, "created_at", "column created_at", dated)


def every(minutes: int, days: int, *, but: Callable[[datetime], bool] = lambda _: False) -> list[datetime]:
    """Loads at even steps by the clocks of Berlin, each three minutes long."""
    found = []
    start = datetime.combine(TODAY - days * DAY, time(), BERLIN).astimezone(UTC)
    while start < NOW:
        if not but(start.astimezone(BERLIN)):
            found += [start + second * MINUTE for second in range(3)]
        start += minutes * MINUTE
    return found


def nightly(days: int, *, on: Callable[[date], bool] = lambda _: True) -> list[datetime]:
    """One load a night, between 02:05 and 02:35."""
    loaded = [TODAY - number * DAY for number in range(days) if on(TODAY - number * DAY)]
    return [
        datetime.combine(day, time(2, 5), BERLIN).astimezone(UTC) + (day.toordinal() * 7 % 31) * MINUTE
        for day in loaded
    ]


def found(history: History) -> Rhythmic:
    rhythm = rhythm_of(history)
    assert rhythm is not None
    return rhythm


def test_fourteen_days_of_loads_every_quarter_of_an_hour_propose_15_and_10_min_and_say_why() -> None:
    late = [moment + 7 * MINUTE if (moment.day, moment.hour) == (17, 20) else moment for moment in every(15, 14)]
    rhythm = found(past(late))
    assert rhythm.settings == {"every": "15m", "tolerance": "10m"}
    assert rhythm.why == "15-minute loads on 100 % of days; the longest gap was 22 min."


@pytest.mark.parametrize(
    ("loads", "settings"),
    [
        (every(30, 20), {"every": "30m", "tolerance": "10m"}),
        (every(60, 20), {"every": "1h", "tolerance": "10m"}),
        (every(120, 20), {"every": "2h", "tolerance": "10m"}),
        (every(7, 20), {"every": "10m", "tolerance": "10m"}),
        (every(15, 40, but=lambda t: t.weekday() > 4 or not 8 <= t.hour < 18),
         {"cron": "*/15 8-17 * * 1-5", "tolerance": "25m"}),
        (every(60, 40, but=lambda t: t.weekday() > 4), {"cron": "0 * * * 1-5", "tolerance": "70m"}),
        (every(60, 40, but=lambda t: not 6 <= t.hour < 22), {"cron": "0 6-21 * * *", "tolerance": "70m"}),
        (nightly(60), {"by": "02:45", "tolerance": "30m"}),
        (nightly(90, on=lambda day: day.weekday() < 5), {"by": "02:30", "tolerance": "30m", "days": "weekdays"}),
        (nightly(90, on=lambda day: day.weekday() in (0, 3)),
         {"by": "02:45", "tolerance": "30m", "days": ["mon", "thu"]}),
        (nightly(100, on=lambda day: day.day == 1), {"cron": "0 0 1 * *", "tolerance": "12h"}),
        (nightly(100, on=lambda day: day.day == 15), {"cron": "0 0 15 * *", "tolerance": "12h"}),
    ],
)  # fmt: skip
def test_the_calendar_follows_the_days_and_hours_of_the_loads(loads: list[datetime], settings: dict[str, Any]) -> None:
    closer = 14 if len({moment.date() for moment in loads}) > 30 else 100
    assert found(past(loads, closer=closer)).settings == settings


def test_a_night_without_a_load_is_told_and_not_made_room_for() -> None:
    outage = every(15, 30, but=lambda local: local.day == 18 and 3 <= local.hour < 6)
    rhythm = found(past(outage))
    assert rhythm.settings == {"every": "15m", "tolerance": "10m"}
    assert rhythm.why.endswith("but for one of 3 h 15 min, which would have alerted.")


def test_days_without_a_load_count_against_the_rhythm() -> None:
    rhythm = found(past(every(15, 28, but=lambda local: local.day in (10, 16))))
    assert rhythm.why.startswith("15-minute loads on 86 % of days;")


def test_a_nightly_load_says_when_it_mostly_came_and_when_at_the_latest() -> None:
    why = found(past(nightly(60))).why
    assert why == "One load on 100 % of days, mostly at 02:21; the latest came at 02:35 (Europe/Berlin)."


def test_rows_that_come_all_the_time_are_limited_by_their_longest_pause() -> None:
    rows = [NOW - number * MINUTE for number in range(20 * 1440) if number % 97 or number % 2]
    rhythm = found(past(rows))
    assert rhythm.settings == {"every": "5m", "tolerance": "10m"}
    assert "at no even step" in rhythm.why


def test_a_column_of_dates_does_not_tell_the_hour() -> None:
    rhythm = found(past(nightly(60), dated=True))
    assert rhythm.settings == {"every": "1d", "tolerance": "2d"}
    assert rhythm.why.endswith("The column holds days, so the hour is not known.")


@pytest.mark.parametrize("loads", [[], every(15, 1), nightly(2), nightly(1)], ids=["none", "a day", "two", "one"])
def test_of_a_short_past_nothing_is_made_up(loads: list[datetime]) -> None:
    assert rhythm_of(past(loads)) is None


def test_the_change_of_the_clocks_is_no_gap() -> None:
    loads = [moment - 26 * DAY for moment in every(30, 14)]
    now = NOW - 26 * DAY
    history = past(loads)
    days = {day: rows for day, rows in history.days.items() if day < now.date()}
    since = datetime.combine(now.date() - 14 * DAY, time(), BERLIN).astimezone(UTC)
    minutes = {moment: 1 for moment in loads if moment >= since}
    rhythm = found(History(BERLIN, now, now.date() - 100 * DAY, days, since, minutes, "created_at"))
    assert "the longest gap was 30 min." in rhythm.why


def test_minutes_that_follow_each_other_are_one_load() -> None:
    minutes = [NOW + number * MINUTE for number in (0, 1, 3, 15, 16, 40)]
    assert loads_of(minutes) == [minutes[0], minutes[3], minutes[5]]


@given(st.lists(st.integers(1, 14 * 1440), min_size=60, max_size=400, unique=True))
def test_a_proposal_is_always_one_that_the_kind_accepts_and_that_the_past_mostly_keeps(ages: list[int]) -> None:
    moments = [NOW - age * MINUTE for age in ages]
    rhythm = rhythm_of(past(moments))
    if rhythm is None:
        return
    KINDS["freshness"].Settings.model_validate(dict(rhythm.settings))
    assert rhythm.why.endswith(".")
    if "every" in rhythm.settings:
        limit = parse_duration(rhythm.settings["every"]) + parse_duration(rhythm.settings["tolerance"])
        gaps = [after - before for before, after in pairwise(sorted(moments))]
        assert sum(gap > limit for gap in gaps) <= len(gaps) * 0.15
