"""When a change is expected: after an interval, or at slots of a clock and a calendar.

A slot that the clocks skip falls on the first instant after the gap; one that they show twice happens once.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from apps.common.durations import MONTH, parse_duration
from apps.common.records import record
from apps.common.walltime import first_instant, midnight
from apps.rules.calendars import EVERY_DAY, DaySet

SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=1830)
DAY_MINUTES = 1440
INSTANT = timedelta(microseconds=1)
MOST_REST = 2_000  # slots of a cron line that rest in a row: more than the minutes of a day
CLOCK_CHANGE = timedelta(hours=3)  # longer than clocks are ever moved
# Looks happen at round times when their distance divides the hour.
DIVISORS = (60, 30, 20, 15, 12, 10, 6, 5, 4, 3, 2, 1)


@record
class Interval:
    """A wait: a fixed length, or calendar months when `months` is not 0."""

    length: timedelta
    months: int = 0

    def after(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """The end of the wait that begins at `moment`. The 31st counts as the last day of a shorter month."""
        if not self.months:
            return moment.astimezone(UTC) + self.length
        wall = moment.astimezone(zone).replace(tzinfo=None)
        years, month = divmod(wall.month - 1 + self.months, 12)
        year = wall.year + years
        day = min(wall.day, monthrange(year, month + 1)[1])
        return first_instant(wall.replace(year=year, month=month + 1, day=day), zone)


@lru_cache(maxsize=256)
def parse_interval(text: str) -> Interval:
    """Read `15m`, `1d`, `1mo`. Raises ValueError."""
    length = parse_duration(text)
    if not SHORTEST <= length <= LONGEST:
        raise ValueError(f"{text!r} is out of range; write at least 1m and at most 5 years")
    if months := re.fullmatch(r"\s*(\d+)\s*mo\s*", text):
        return Interval(int(months[1]) * MONTH, int(months[1]))
    if "mo" in text:
        raise ValueError(f"{text!r} mixes months with other units; write months alone, such as 1mo")
    return Interval(length)


class Slot(NamedTuple):
    """A change is due by `due`; one from `start` on is in time."""

    start: datetime
    due: datetime


class Slots(Protocol):
    """An endless row of slots."""

    def latest(self, moment: datetime) -> Slot:
        """The last slot that is due at `moment` or before."""

    def following(self, moment: datetime) -> Slot:
        """The first slot that is due after `moment`."""


@record
class CronSlots:
    """The times of a cron line that fall on `days`; a change counts from the slot on."""

    line: str
    zone: ZoneInfo
    days: DaySet = EVERY_DAY

    def latest(self, moment: datetime) -> Slot:
        slot = _latest_cron(self.line, self.zone, moment)
        for _ in range(MOST_REST):
            if self.days.is_every_day or slot.due.astimezone(self.zone).date() in self.days:
                break
            slot = _latest_cron(self.line, self.zone, slot.due - INSTANT)
        return slot

    def following(self, moment: datetime) -> Slot:
        slot = _following_cron(self.line, self.zone, moment)
        for _ in range(MOST_REST):
            if self.days.is_every_day or slot.due.astimezone(self.zone).date() in self.days:
                break
            slot = _following_cron(self.line, self.zone, slot.due)
        return slot


@record
class DaySlots:
    """A time on chosen days, in minutes after midnight (1440 is the day's end); a change counts from midnight on."""

    minutes: int
    days: DaySet
    zone: ZoneInfo

    def latest(self, moment: datetime) -> Slot:
        day = moment.astimezone(self.zone).date()
        while day not in self.days or self._slot(day).due > moment:
            day -= timedelta(days=1)
        return self._slot(day)

    def following(self, moment: datetime) -> Slot:
        day = moment.astimezone(self.zone).date()
        while day not in self.days or self._slot(day).due <= moment:
            day += timedelta(days=1)
        return self._slot(day)

    def _slot(self, day: date) -> Slot:
        wall = datetime.combine(day, time()) + timedelta(minutes=self.minutes)
        return Slot(midnight(day, self.zone), first_instant(wall, self.zone))


# Cronsim counts on the wall clock, which repeats itself where clocks are set back: backwards it has to start beyond any
# such change, and both ways instants are compared.
# Cached, because all rules of a batch with the same line ask for the same moment.
@lru_cache(maxsize=1024)
def _latest_cron(line: str, zone: ZoneInfo, moment: datetime) -> Slot:
    times = CronSim(line, (moment + CLOCK_CHANGE).astimezone(zone), reverse=True)
    due = next(due for due in (time.astimezone(UTC) for time in times) if due <= moment)
    return Slot(due, due)


@lru_cache(maxsize=1024)
def _following_cron(line: str, zone: ZoneInfo, moment: datetime) -> Slot:
    times = CronSim(line, moment.astimezone(zone))
    due = next(due for due in (time.astimezone(UTC) for time in times) if due > moment)
    return Slot(due, due)


def check_cron(text: str) -> str:
    """The cron line with single spaces. Raises ValueError when it is none or never comes."""
    line = " ".join(text.split())
    try:
        if len(line.split()) != 5:
            raise CronSimError("there must be five fields")
        next(CronSim(line, datetime(2024, 1, 1, tzinfo=UTC)))
    except StopIteration as error:
        raise ValueError(f"{text!r} never comes") from error
    except CronSimError as error:
        hint = "write minute, hour, day, month and weekday, such as 0 2 * * *"
        raise ValueError(f"{text!r} is not a cron line ({str(error).lower()}); {hint}") from error
    return line


def check_clock(value: Any) -> Any:
    """A time of day as `07:00`; `24:00` is the day's end. Raises ValueError."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= DAY_MINUTES:
        value = clock_text(value)  # YAML reads an unquoted 17:30 as a number to the base of 60
    match = re.fullmatch(r"\s*(\d{1,2}):(\d\d)\s*", value) if isinstance(value, str) else None
    minutes = int(match[1]) * 60 + int(match[2]) if match and int(match[2]) < 60 else DAY_MINUTES + 1
    if minutes > DAY_MINUTES:
        raise ValueError(f'{value!r} is not a time of day; write it such as "07:00"')
    return clock_text(minutes)


def clock_text(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def clock_minutes(text: str) -> int:
    """The minutes after midnight of a checked time of day."""
    return int(text[:2]) * 60 + int(text[3:])


def look_distance(wish: timedelta) -> timedelta:
    """At most `wish`: whole minutes that divide the hour, from 1 minute to 1 hour."""
    minutes = wish // timedelta(minutes=1)
    return timedelta(minutes=next((divisor for divisor in DIVISORS if divisor <= minutes), 1))
