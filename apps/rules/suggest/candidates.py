"""What is known of a table that may be watched: its size, and by what rhythm it changes, as values and in words."""

from __future__ import annotations

from datetime import datetime, timedelta

from apps.common.durations import elapsed_words
from apps.common.records import record
from apps.common.sizes import bytes_words
from apps.connections.services import TableName
from apps.rules.limits import count_words

BYTES_PER_ROW = 100  # only where a store tells bytes and no rows
FEW_ROWS = 10  # a table with less is small by any measure
HOUR, DAY, MONTH = timedelta(hours=1), timedelta(days=1), timedelta(days=30)
DORMANT = 3 * MONTH
ROW_STEPS = ((10**9, "billion"), (10**6, "million"))
RHYTHM_POINTS = ((12.0, 20), (0.8, 15), (0.12, 10), (0.0, 5))  # by changes a day
RECENCY_POINTS = ((DAY, 20), (7 * DAY, 15), (31 * DAY, 8), (DORMANT, 3))  # by the age of the last change
UNKNOWN_RHYTHM, UNKNOWN_RECENCY = 8, 10


@record
class Rhythm:
    """How a table moves. `age`: since its last change (None: none is known). `changes` were noticed in `span`; a span
    of None: the store does not tell changes, or nobody looked yet."""

    age: timedelta | None
    changes: int = 0
    span: timedelta | None = None

    @property
    def counted(self) -> bool:
        """Whether changes were seen often enough, for long enough, to speak of a rhythm."""
        return self.span is not None and self.span >= HOUR and self.changes >= 2

    @property
    def quiet_for(self) -> timedelta | None:
        """For how long the table has certainly not changed; None: that is not known."""
        return self.span if self.age is None else self.age

    @property
    def dormant(self) -> bool:
        return self.quiet_for is not None and self.quiet_for > DORMANT

    @property
    def points(self) -> int:
        if self.counted and self.span is not None:
            per_day = self.changes / (self.span / DAY)
            return next(points for least, points in RHYTHM_POINTS if per_day >= least)
        return 0 if self.age is None and self.span is not None and self.span > DAY else UNKNOWN_RHYTHM

    @property
    def recency_points(self) -> int:
        """That no change was noticed in a short watch says little: then it counts as not known."""
        if self.quiet_for is None:
            return UNKNOWN_RECENCY
        points = next((points for age, points in RECENCY_POINTS if self.quiet_for <= age), 0)
        return points if self.age is not None else min(points, UNKNOWN_RECENCY)

    @property
    def words(self) -> str:
        """`changed 22 times in the last 24 h`, to stand in a sentence; empty when nothing is known."""
        if self.counted and self.span is not None:
            per_day = self.changes / (self.span / DAY)
            if self.span >= 2 * DAY and per_day >= 2:
                return f"changed about {per_day:,.0f} times a day over {_rough(self.span)}"
            return f"changed {self.changes:,} times in the last {_rough(self.span)}"
        if self.age is not None:
            return f"changed {_rough(self.age)} ago" if self.age >= timedelta(seconds=1) else "changed just now"
        if self.span is not None and self.span >= DAY:
            return f"not changed in the {_rough(self.span)} since Midwatch has looked"
        return ""

    @property
    def dormant_words(self) -> str:
        if self.age is None:
            return f"It has not changed in the {_rough(self.span or DAY)} since Midwatch has looked."
        return f"Dormant for {_rough(self.age)}."


@record
class Candidate:
    """What the catalogue knows of a table. None: the store does not tell. `tells_changes`: had the table changed while
    it was looked at, that would have been noticed. `unread`: its columns were asked for and could not be read.
    `watched_by`: the kinds of the rules that it has already."""

    name: TableName
    id: int = 0
    is_view: bool = False
    rows: int | None = None
    bytes: int | None = None
    changed_at: datetime | None = None
    watched_since: datetime | None = None
    changes: int = 0
    tells_changes: bool = False
    gone: bool = False
    unread: bool = False
    comment: str = ""
    watched_by: frozenset[str] = frozenset()

    @property
    def size(self) -> float | None:
        """In rows, for comparing."""
        if self.rows is not None:
            return float(self.rows)
        return None if self.bytes is None else self.bytes / BYTES_PER_ROW

    @property
    def small(self) -> bool:
        """Whether it is known to hold almost nothing."""
        return self.size is not None and self.size < FEW_ROWS

    @property
    def size_words(self) -> str:
        """`4.2 million rows`, or `3.1 GB` where only that is told; empty when neither is."""
        if self.rows is not None:
            return rows_words(self.rows)
        return self.bytes_words

    @property
    def bytes_words(self) -> str:
        """`3.1 GB`; empty when it is not told."""
        return "" if self.bytes is None else bytes_words(self.bytes)

    def rhythm(self, now: datetime) -> Rhythm:
        """By what it moves, as far as looks could tell until now."""
        age = None if self.changed_at is None else max(now - self.changed_at, timedelta())
        watched = self.tells_changes and self.watched_since is not None
        span = max(now - self.watched_since, timedelta()) if watched and self.watched_since else None
        return Rhythm(age, self.changes if span is not None else 0, span)


def rows_words(rows: int) -> str:
    """`12,300 rows`, `4.2 million rows`."""
    for step, word in ROW_STEPS:
        if rows >= step:
            return f"{rows / step:,.1f}".removesuffix(".0") + f" {word} rows"
    return count_words(rows)


def _rough(length: timedelta) -> str:
    """A length as people speak of it: `8 months`, `9 days`, `24 h`, `12 min`."""
    if length >= 2 * MONTH:
        return f"{length // MONTH} months"
    if length >= 2 * DAY:
        return f"{length // DAY} days"
    if length >= HOUR:
        return f"{length // HOUR} h"
    minute = timedelta(minutes=1)
    return elapsed_words(length - length % minute if length >= minute else length)
