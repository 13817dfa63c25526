"""What a freshness rule expects, decided and in words: a change at least every so often, or one by a clock time."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from cronsim import CronSim

from apps.common.durations import limit_words
from apps.common.records import record
from apps.common.walltime import first_instant
from apps.rules.calendars import DAYS, EVERY_DAY, MONTH_DAYS, DaySet
from apps.rules.schedule import DAY_MINUTES, Interval, Slots, clock_text, look_distance

MOMENT = timedelta(seconds=1)
ONE_DAY = timedelta(days=1)
MOST_WAIT = timedelta(days=4_000)
DAY_NAMES = dict(zip(DAYS, ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), strict=True))


class Expectation(Protocol):
    """Decides from `changed`, the last moment at which a change happened or may have happened unseen."""

    def late(self, changed: datetime, now: datetime) -> bool:
        """Whether a change is overdue."""

    def allowed(self, changed: datetime) -> timedelta | None:
        """How long the wait since `changed` may last; None when a clock says it."""

    def deadline(self, now: datetime) -> datetime | None:
        """The clock time that passed last; None when there is none."""

    def next_look(self, changed: datetime, now: datetime) -> datetime | None:
        """When a change may become overdue next."""

    @property
    def look_every(self) -> timedelta:
        """How often to look."""

    @property
    def words(self) -> str:
        """What makes it alert, to follow "Alerts if main.orders "."""


@record
class Waiting:
    """A change at least every `interval`. The wait may last exactly interval and tolerance: later is late. Days that
    are not among `days` do not count."""

    interval: Interval
    tolerance: timedelta
    zone: ZoneInfo
    days: DaySet = EVERY_DAY

    def late(self, changed: datetime, now: datetime) -> bool:
        return now > self._end(changed)

    def allowed(self, changed: datetime) -> timedelta:
        return self._end(changed) - changed

    def deadline(self, now: datetime) -> None:
        return None

    def next_look(self, changed: datetime, now: datetime) -> datetime | None:
        end = self._end(changed)
        return None if now > end else end + MOMENT

    @property
    def look_every(self) -> timedelta:
        return look_distance(min(self.tolerance / 2, self.interval.length / 4))

    @property
    def words(self) -> str:
        wait, every = limit_words(self.interval.length + self.tolerance), limit_words(self.interval.length)
        if self.interval.months:
            count = self.interval.months
            every = "month" if count == 1 else f"{count} months"
            wait = "a calendar month" if count == 1 else f"{count} calendar months"
            wait += f" and {limit_words(self.tolerance)}" if self.tolerance else ""
        more = f"; {_rest_words(self.days)} do not count" if not self.days.is_every_day else ""
        return (
            f"has not changed for more than {wait} (expected every {every}, {_tolerance_words(self.tolerance)}{more})"
        )

    def _end(self, changed: datetime) -> datetime:
        end = self.interval.after(changed, self.zone) + self.tolerance
        if self.days.is_every_day:
            return end
        # Each day of rest that the wait runs into makes it a day longer, by the clocks of the rule.
        local, day = end.astimezone(self.zone), changed.astimezone(self.zone).date() + ONE_DAY
        while day <= local.date() and day - changed.date() < MOST_WAIT:
            local += ONE_DAY if day not in self.days else timedelta()
            day += ONE_DAY
        return first_instant(local.replace(tzinfo=None), self.zone)


@record
class Anchored:
    """A change in every slot. It is late from the slot's due time and the tolerance on."""

    slots: Slots
    tolerance: timedelta
    describe: Callable[[], str]  # asked only where a sentence is wanted; most checks want none

    def late(self, changed: datetime, now: datetime) -> bool:
        return changed < self.slots.latest(now - self.tolerance).start

    def allowed(self, changed: datetime) -> None:
        return None

    def deadline(self, now: datetime) -> datetime:
        return self.slots.latest(now - self.tolerance).due + self.tolerance

    def next_look(self, changed: datetime, now: datetime) -> datetime:
        return self.slots.following(now - self.tolerance).due + self.tolerance

    @property
    def look_every(self) -> timedelta:
        return look_distance(self.tolerance / 2)

    @property
    def words(self) -> str:
        return self.describe()


def day_slot_words(minutes: int, days: DaySet, tolerance: timedelta, zone: ZoneInfo) -> str:
    """The words of an expectation `by` a time of day."""
    names = MONTH_DAYS.get(days.month_day) or _day_words(days.weekdays)
    window = _window_words(0, timedelta(minutes=minutes) + tolerance, f"{names}{_holiday_words(days)}")
    return f"has no change {window} ({zone.key} time; due by {clock_text(minutes)}, {_tolerance_words(tolerance)})"


def cron_words(line: str, tolerance: timedelta, zone: ZoneInfo, on: DaySet = EVERY_DAY) -> str:
    """The words of an expectation by cron: with clock times for a simple line, else with the line itself."""
    fields = CronSim(line, datetime(2024, 1, 1, tzinfo=UTC))
    days = _cron_day_words(fields)
    if not days or len(fields.minutes) > 1 or len(fields.hours) > 1:
        wait = limit_words(tolerance)
        times = f'a time of the cron schedule "{line}"{_holiday_words(on)}'
        return f"has no change within {wait} after {times} ({zone.key} time)"
    minutes = min(fields.hours) * 60 + min(fields.minutes)
    window = _window_words(minutes, timedelta(minutes=minutes) + tolerance, f"{days}{_holiday_words(on)}")
    return f"has no change {window} ({zone.key} time; due at {clock_text(minutes)}, {_tolerance_words(tolerance)})"


def _holiday_words(days: DaySet) -> str:
    return f" (but public holidays of {days.country})" if days.country else ""


def _rest_words(days: DaySet) -> str:
    off = [day for day in DAYS if day not in days.weekdays]
    names = " and ".join(f"{DAY_NAMES[day]}s" for day in off) if len(off) < 3 else ", ".join(off)
    parts = [names] if off else []
    return " and ".join([*parts, *([f"public holidays of {days.country}"] if days.country else [])])


def _cron_day_words(fields: CronSim) -> str:
    any_day, any_weekday = len(fields.days) == 31, len({day for day in fields.weekdays if day != 7}) == 7
    if len(fields.months) < 12 or not (any_day or any_weekday):
        return ""
    if any_day:
        plain = {day for day in fields.weekdays if isinstance(day, int)}
        return _day_words({DAYS[(day - 1) % 7] for day in plain}) if len(plain) == len(fields.weekdays) else ""
    if len(fields.days) > 1:
        return ""
    (day,) = fields.days
    known = {1: "the first day of the month", CronSim.LAST: "the last day of the month"}
    return known.get(day) or (f"day {day} of the month" if day > 0 else "")


def _day_words(days: Collection[str]) -> str:
    if set(days) == set(DAYS):
        return "any day"
    names = [DAY_NAMES[day] for day in DAYS if day in days]
    indexes = [DAYS.index(day) for day in DAYS if day in days]
    if len(indexes) > 2 and indexes[-1] - indexes[0] == len(indexes) - 1:
        return f"any day from {names[0]} to {names[-1]}"
    return f"any {', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else f"any {names[0]}"


def _window_words(start: int, end: timedelta, days: str) -> str:
    """From a minute of the day to `end` after that day's midnight."""
    later, rest = divmod(end, timedelta(days=1))
    clock = clock_text(rest // timedelta(minutes=1))
    if seconds := rest.seconds % 60:
        clock += f":{seconds:02}"
    if end <= timedelta(minutes=DAY_MINUTES):
        return f"between {clock_text(start)} and {clock_text(DAY_MINUTES) if later else clock} on {days}"
    after = "the next day" if later == 1 else f"{later} days later"
    return f"between {clock_text(start)} on {days} and {clock} {after}"


def _tolerance_words(tolerance: timedelta) -> str:
    return f"{limit_words(tolerance)} tolerance" if tolerance else "no tolerance"
