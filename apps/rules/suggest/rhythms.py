"""By what rhythm a table is loaded, and how late a load may be, as its past shows: the settings of a freshness rule,
with the reason in words.

Pure. Three shapes are told apart: loads in even steps through the day (every 15 min), one load a day (by 02:45), and
all else, of which only the longest pause is known. A rare long pause is taken for a fault of the past: the limit does
not make room for it, and the reason says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import chain, pairwise
from statistics import median_high
from typing import Any

from apps.common.durations import compact, elapsed_words
from apps.common.records import record
from apps.rules.schedule import clock_text
from apps.rules.suggest.daypatterns import DayPattern, day_pattern
from apps.rules.suggest.history import DAY, HOUR, MINUTE, History, between, loads_of, streams

STEPS = tuple(
    minutes * MINUTE for minutes in (5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720)
)  # even steps through a day
LATE = tuple(
    minutes * MINUTE for minutes in (10, 15, 30, 60, 120, 180, 240, 360, 480, 720, 1080, 1440, 2880, 4320, 10080)
)  # tolerances
EVEN = 0.34  # how far a gap may lie from its step
NEARLY = 0.1  # how far a step may lie from the one that people would write
EVEN_SHARE = 0.8  # of the gaps that do not
ROOM = 1.5  # an uneven table may pause this many times its longest pause
FAULTY_DAYS = 0.15  # share of days whose longest pause may be taken for a fault
ONE_LOAD_A_DAY = 2 * HOUR  # what comes within it after the first rows of a day is still the same load
QUARTER = 15
RESTS = 2 * HOUR  # of a night, from which a table rests in it


@record
class Rhythmic:
    """The settings of a freshness rule (without the column), and why."""

    settings: Mapping[str, Any]
    why: str


def rhythm_of(history: History) -> Rhythmic | None:
    """None: the past is too short to tell."""
    pattern = day_pattern(history)
    if pattern is None:
        return None
    if pattern.month_day:
        return _monthly(history, pattern)
    if not pattern.weekdays or history.dated:
        return _by_days(history, pattern)
    expected = {day: minutes for day, minutes in history.by_day.items() if pattern.expects(day)}
    if len(expected) < 3:
        return _by_days(history, pattern)
    step = _step(expected)
    if step is not None:
        return _even(history, pattern, expected, step)
    return _once(history, pattern, expected) or _uneven(history, pattern)


def _step(days: Mapping[date, Sequence[datetime]]) -> timedelta | None:
    """The even step between loads; None: there is none."""
    if sum(streams(minutes) for minutes in days.values()) * 2 > len(days):
        return None
    gaps = [pause for minutes in days.values() for pause in _pauses(loads_of(minutes))]
    if len(gaps) < 2 * len(days):
        return None
    usual = median_high(gaps)
    return usual if sum(_fits(gap, usual) for gap in gaps) >= EVEN_SHARE * len(gaps) else None


def _round(usual: timedelta) -> timedelta:
    """The step that people would write: the one that it nearly is, else the next longer one."""
    return next((step for step in STEPS if step >= (1 - NEARLY) * usual), DAY)


def _fits(gap: timedelta, step: timedelta) -> bool:
    return abs(gap - step) <= EVEN * step


def _even(
    history: History, pattern: DayPattern, days: Mapping[date, Sequence[datetime]], usual: timedelta
) -> Rhythmic | None:
    step, loads = _round(usual), {day: loads_of(minutes) for day, minutes in days.items()}
    hours = _hours(list(loads.values()), step)
    longest, left_out = _longest(_by_day(loads.values()) if hours or not pattern.daily else _through(loads.values()))
    tolerance = next((late for late in LATE if step + late > longest), LATE[-1])
    good = sum(_fits(median_high(_pauses(some) or [timedelta()]), usual) for some in loads.values())
    expected = max(len(loads), sum(pattern.expects(day) for day in history.close_days))
    why = [
        f"{_noun(usual, step)} on {100 * good / expected:.0f} % of {pattern.words}; the longest gap was "
        f"{elapsed_words(longest)}{_fault_words(left_out)}."
    ]
    if hours is None and pattern.daily:
        return Rhythmic({"every": compact(step), "tolerance": compact(tolerance)}, why[0])
    if step > HOUR:
        return None
    first, last = hours or (0, 23)
    minute = "0" if step == HOUR else f"*/{step // MINUTE}"
    span = "*" if (first, last) == (0, 23) else f"{first}-{last}"
    if hours:
        why.append(f"It rests outside {first:02}:00 to {last + 1:02}:00.")
    if not pattern.daily:
        why.append(f"It is loaded on {pattern.words} alone.")
    line = f"{minute} {span} * * {pattern.cron}"
    return Rhythmic({"cron": line, "tolerance": compact(step + tolerance)}, " ".join(why))


def _by_day(days: Iterable[Sequence[datetime]]) -> dict[date, list[timedelta]]:
    """The pauses within each day."""
    return {loads[0].date(): _pauses(loads) for loads in days}


def _through(days: Iterable[Sequence[datetime]]) -> dict[date, list[timedelta]]:
    """All pauses, also those over midnight, by the day on which they ended."""
    found: dict[date, list[timedelta]] = {}
    for before, after in pairwise(sorted(chain.from_iterable(days), key=datetime.timestamp)):
        found.setdefault(after.date(), []).append(between(before, after))
    return found


def _pauses(loads: Sequence[datetime]) -> list[timedelta]:
    return [between(before, after) for before, after in pairwise(loads)]


def _longest(pauses: Mapping[date, Sequence[timedelta]]) -> tuple[timedelta, Sequence[timedelta]]:
    """The longest pause that is no fault, and those that are: on few days, and far longer than on the others."""
    by_length = sorted((max(some) for some in pauses.values() if some), reverse=True)
    for faulty in range(int(FAULTY_DAYS * len(by_length)), 0, -1):
        if by_length[faulty - 1] >= 2 * by_length[faulty]:
            return by_length[faulty], by_length[:faulty]
    return (by_length[0] if by_length else timedelta()), ()


def _fault_words(left_out: Sequence[timedelta]) -> str:
    if not left_out:
        return ""
    if len(left_out) == 1:
        return f", but for one of {elapsed_words(left_out[0])}, which would have alerted"
    return f", but for {len(left_out)} of up to {elapsed_words(left_out[0])}, which would have alerted"


def _hours(loads: Sequence[Sequence[datetime]], step: timedelta) -> tuple[int, int] | None:
    """The first and the last hour of the day with loads at every step; None: they go on around the clock."""
    firsts = sorted(_clock(some[0]) for some in loads)
    lasts = sorted(_clock(some[-1]) for some in loads)
    first, last = firsts[int(0.9 * (len(firsts) - 1))], lasts[int(0.1 * len(lasts))]
    if first + (DAY - last) <= max(3 * step, RESTS):
        return None
    begins = first // HOUR + (0 if first % HOUR <= step else 1)
    ends = last // HOUR - (0 if last % HOUR >= HOUR - step else 1)
    return (begins, ends) if ends > begins else None


def _clock(moment: datetime) -> timedelta:
    return timedelta(hours=moment.hour, minutes=moment.minute)


def _once(history: History, pattern: DayPattern, days: Mapping[date, Sequence[datetime]]) -> Rhythmic | None:
    """One load a day, by a time of day; None: there are more, or they come at any time."""
    single = [minutes for minutes in days.values() if minutes[-1] - minutes[0] <= ONE_LOAD_A_DAY]
    if len(single) < EVEN_SHARE * len(days):
        return None
    firsts = sorted(_clock(minutes[0]) for minutes in days.values())
    usual, latest = median_high(firsts), firsts[int(0.95 * (len(firsts) - 1))]
    due = -(-latest // (QUARTER * MINUTE)) * QUARTER
    if latest - firsts[0] > 12 * HOUR or due > 23 * 60:
        return None
    tolerance = next(late for late in LATE if late >= max(30 * MINUTE, latest - usual, firsts[-1] - latest))
    settings: dict[str, Any] = {"by": clock_text(due), "tolerance": compact(tolerance)}
    if not pattern.daily:
        settings["days"] = pattern.setting
    why = (
        f"One load on {pattern.share:.0f} % of {pattern.words}, mostly at {_at(usual)}; the latest came at "
        f"{_at(firsts[-1])} ({history.zone.key})."
    )
    return Rhythmic(settings, why)


def _at(clock: timedelta) -> str:
    return clock_text(clock // MINUTE)


def _monthly(history: History, pattern: DayPattern) -> Rhythmic:
    clocks = [moment.astimezone(history.zone) for moment in history.minutes]
    first_of_days = {moment.date(): _clock(moment) for moment in sorted(clocks, reverse=True)}
    latest = max(first_of_days.values(), default=timedelta())
    tolerance = next(late for late in LATE if late >= max(12 * HOUR, latest + HOUR))
    which = "first day" if pattern.month_day == 1 else f"day {pattern.month_day}"
    by = f", the latest at {_at(latest)} ({history.zone.key})" if first_of_days else ""
    why = f"Loaded on the {which} of each of the last {pattern.days} months{by}."
    return Rhythmic({"cron": f"0 0 {pattern.month_day} * *", "tolerance": compact(tolerance)}, why)


def _by_days(history: History, pattern: DayPattern) -> Rhythmic:
    """All that is known is the longest wait between two days with rows."""
    loaded = sorted(history.days)
    longest = max((after - before for before, after in pairwise(loaded)), default=DAY)
    days = longest // DAY
    words = f"{days} days" if days > 1 else "a day"
    on = f"Rows on {pattern.share:.0f} % of {pattern.words}" if pattern.weekdays else "Rows on no regular days"
    dated = " The column holds days, so the hour is not known." if history.dated else ""
    tolerance = longest - DAY + (2 * DAY if history.dated or longest > 3 * DAY else DAY)
    return Rhythmic(
        {"every": "1d", "tolerance": compact(tolerance)}, f"{on}; the longest wait between two was {words}.{dated}"
    )


def _uneven(history: History, pattern: DayPattern) -> Rhythmic:
    """Rows that come all the time, or at no even step."""
    pauses = _through([[moment.astimezone(history.zone) for moment in history.minutes]])
    longest, left_out = _longest(pauses)
    every = next((step for step in STEPS if 2 * step >= ROOM * longest), DAY)
    tolerance = next((late for late in LATE if every + late >= ROOM * longest), LATE[-1])
    usual = median_high([pause for some in pauses.values() for pause in some])
    why = (
        f"Rows come about every {elapsed_words(usual)} on {pattern.share:.0f} % of {pattern.words}, at no even step; "
        f"the longest gap was {elapsed_words(longest)}{_fault_words(left_out)}."
    )
    return Rhythmic({"every": compact(every), "tolerance": compact(tolerance)}, why)


def _noun(usual: timedelta, step: timedelta) -> str:
    """`15-minute loads`, `Hourly loads`, `Loads about every 7 min`"""
    if abs(usual - step) > NEARLY * step:
        return f"Loads about every {elapsed_words(usual)}"
    if step == HOUR:
        return "Hourly loads"
    return f"{step // MINUTE}-minute loads" if step < HOUR else f"{step // HOUR}-hour loads"
