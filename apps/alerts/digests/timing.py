"""When a digest is due: pure, in the person's own time zone, also in the nights when clocks change.

A time that such a night skips is as much later as the clocks jump; one that comes twice counts the first time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from apps.common.records import record

DAY = timedelta(days=1)
WEEK = 7


@record
class Schedule:
    """Every day at `at`, or with a `weekday` (0 is Monday) on that day of the week."""

    at: time
    zone: str
    weekday: int | None = None

    def after(self, moment: datetime) -> datetime:
        """The first due time after `moment`."""
        return next(due for due in self._around(moment, 1) if due > moment)

    def before(self, moment: datetime) -> datetime:
        """The last due time before `moment`."""
        return next(due for due in self._around(moment, -1) if due < moment)

    def _around(self, moment: datetime, step: int) -> Iterator[datetime]:
        """The due times in the direction of `step`, from a day on the other side of `moment`."""
        today = moment.astimezone(ZoneInfo(self.zone)).date()
        days = (today + step * number * DAY for number in range(-1, 2 * WEEK))
        return (self._on(day) for day in days if self.weekday in (None, day.weekday()))

    def _on(self, day: date) -> datetime:
        return datetime.combine(day, self.at, ZoneInfo(self.zone)).astimezone(UTC)
