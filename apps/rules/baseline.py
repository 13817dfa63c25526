"""How many rows arrived in the closed periods of the past, and what is normal among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from apps.common.records import record
from apps.rules.bands.marks import NO_MARKS, Marks
from apps.rules.periods import LENGTHS, Per, earlier, fold, next_start, period_start, starts

FEWEST = 3  # periods of history without which a mean says nothing
LATE_PERIODS = 2  # closed periods that are read again, because rows arrive late
Against = Literal["mean", "weekday", "hour_of_week"]


@record
class Calendar:
    """The periods of one rule: hours or days of a zone, how many of them are the baseline, and how far back they are
    remembered at least (`reach`)."""

    per: Per
    zone: ZoneInfo
    baseline: timedelta
    reach: timedelta = timedelta()

    @property
    def count(self) -> int:
        return self.baseline // LENGTHS[self.per]

    def current(self, moment: datetime) -> datetime:
        """The start of the period that is still open."""
        return period_start(moment, self.per, self.zone)

    def following(self, start: datetime) -> datetime:
        return next_start(start, self.per, self.zone)

    def earlier(self, start: datetime, count: int) -> datetime:
        return earlier(start, count, self.per, self.zone)

    def starts(self, first: datetime, until: datetime) -> Iterator[datetime]:
        return starts(first, until, self.per, self.zone)

    def read_again_from(self, known_until: datetime, until: datetime) -> datetime:
        """From where to read to know everything up to `until`, when it was known up to `known_until`."""
        return max(self.earlier(known_until, LATE_PERIODS), self.oldest(until))

    def oldest(self, until: datetime) -> datetime:
        """Where history begins for judging the period that ends at `until`: with one period more than the baseline,
        which shows whether the first of the baseline is a whole one.
        """
        return self.earlier(until, max(self.count, self.reach // LENGTHS[self.per]) + 2)

    def alike(self, start: datetime, other: datetime, against: Against) -> bool:
        """Whether two periods may be compared: any two, those of the same weekday, or of its same hour as well."""
        one, two = start.astimezone(self.zone), other.astimezone(self.zone)
        same_hour = against != "hour_of_week" or one.hour == two.hour
        return against == "mean" or (one.weekday() == two.weekday() and same_hour)


class Standing(NamedTuple):
    """How the period from `start` to `until` stands: its rows, and the sum and number of those that it is held against.

    It is all that a repeated verdict needs, so that nothing is added up again until the next period closes.
    """

    start: datetime
    until: datetime
    rows: int
    total: int
    sample: int

    @property
    def mean(self) -> Fraction | None:
        """What is normal; None while there are too few periods to tell."""
        return Fraction(self.total, self.sample) if self.sample >= FEWEST else None

    def as_json(self) -> list[int]:
        return [_epoch(self.start), _epoch(self.until), self.rows, self.total, self.sample]


@record
class History:
    """The rows of each closed period before `until`; periods without rows are left out.

    `first` is the first period that had any. Rows began somewhere within it, so it is not part of what is normal.
    """

    calendar: Calendar
    until: datetime
    counts: Mapping[datetime, int]
    first: datetime | None

    def rows(self, start: datetime) -> int:
        """The rows of the period that begins at `start`."""
        return self.counts.get(start, 0)

    def standing(self, against: Against = "mean", marks: Marks = NO_MARKS) -> Standing:
        """How the last closed period stands beside the whole periods of the baseline that are like it; those without
        rows count, those that `marks` leave out do not."""
        calendar, judged = self.calendar, self.calendar.earlier(self.until, 1)
        sample: list[int] = []
        if self.first is not None:
            begin = max(calendar.following(self.first), calendar.earlier(judged, calendar.count))
            sample = [
                self.rows(start)
                for start in calendar.starts(begin, judged)
                if (against == "mean" or calendar.alike(start, judged, against))
                and (not marks.marks or marks.teaches(start, calendar.following(start)))
            ]
        return Standing(judged, self.until, self.rows(judged), sum(sample), len(sample))

    def whole(self) -> dict[datetime, float]:
        """The rows of all whole periods since rows began."""
        if self.first is None:
            return {}
        begin = self.calendar.following(self.first)
        return {start: float(self.rows(start)) for start in self.calendar.starts(begin, self.until)}

    def same(self, most: int) -> int:
        """How many of the last periods, `most` at most, have exactly as many rows as the last one."""
        start = self.calendar.earlier(self.until, 1)
        rows, count = self.rows(start), 0
        while count < most and self.rows(start) == rows:
            start, count = self.calendar.earlier(start, 1), count + 1
        return count

    def as_json(self) -> dict[str, Any]:
        """As memory keeps it: epochs and rows."""
        return {
            "until": _epoch(self.until),
            "first": None if self.first is None else _epoch(self.first),
            "counts": [[_epoch(start), rows] for start, rows in sorted(self.counts.items())],
        }


def read_history(
    calendar: Calendar, before: History | None, buckets: Mapping[datetime, int], since: datetime, until: datetime
) -> History:
    """History up to `until`: what was known before `since`, and from there what was read just now."""
    counts = {start: rows for start, rows in before.counts.items() if start < since} if before else {}
    folded = fold(buckets, calendar.per, calendar.zone)
    counts |= {start: rows for start, rows in folded.items() if since <= start < until and rows}
    known_first = before.first if before and before.first and before.first < since else None
    first = known_first or min(counts, default=None)
    oldest = calendar.oldest(until)
    return History(calendar, until, {start: rows for start, rows in counts.items() if start >= oldest}, first)


def recall_history(calendar: Calendar, values: Mapping[str, Any]) -> History:
    """The history that `as_json` wrote."""
    first = values["first"]
    return History(
        calendar,
        until=_moment(values["until"]),
        counts={_moment(start): rows for start, rows in values["counts"]},
        first=None if first is None else _moment(first),
    )


def recall_standing(values: Sequence[int]) -> Standing:
    """The standing that `as_json` wrote."""
    start, until, rows, total, sample = values
    return Standing(_moment(start), _moment(until), rows, total, sample)


def _epoch(moment: datetime) -> int:
    return int(moment.timestamp())


def _moment(epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)
