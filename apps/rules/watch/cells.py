"""Tables by days: how each day of a table was, by its incidents and by the rows that a rule counted. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from apps.common.durations import elapsed_words
from apps.common.records import record
from apps.common.walltime import midnight
from apps.rules.days.completeness import LABELS, Day, DayState

DAY = timedelta(days=1)


class Mark(StrEnum):
    """How a day is marked. The order is that of trouble: what comes first covers the rest."""

    TROUBLE = "trouble"
    MISSING = "missing"
    SHORT = "short"
    LATE = "late"
    FINE = "fine"
    UNWATCHED = "unwatched"


SIGNS: Mapping[Mark, str] = {
    Mark.TROUBLE: "!",
    Mark.MISSING: "✕",
    Mark.SHORT: "▾",
    Mark.LATE: "…",
    Mark.FINE: "✓",
    Mark.UNWATCHED: "",
}
KEYS: Mapping[Mark, str] = {
    Mark.TROUBLE: "an incident",
    Mark.MISSING: "rows missing",
    Mark.SHORT: "too few rows",
    Mark.LATE: "rows late",
    Mark.FINE: "no trouble",
    Mark.UNWATCHED: "not watched",
}
COUNTED = {DayState.MISSING: Mark.MISSING, DayState.SHORT: Mark.SHORT, DayState.LATE: Mark.LATE}


@record
class Span:
    """An incident of a table: from when to when; `ends` is None while it lasts."""

    begins: datetime
    ends: datetime | None


@record
class Cell:
    """A day of a table. `words` say it in a sentence without the day."""

    day: date
    mark: Mark
    words: str

    @property
    def sign(self) -> str:
        return SIGNS[self.mark]

    @property
    def quiet(self) -> bool:
        return self.mark in (Mark.FINE, Mark.UNWATCHED)


def last_days(now: datetime, zone: ZoneInfo, count: int) -> list[date]:
    """The last `count` days up to today, the oldest first."""
    today = now.astimezone(zone).date()
    return [today - number * DAY for number in range(count - 1, -1, -1)]


def cells_of(
    days: Sequence[date], spans: Iterable[Span], counted: Mapping[date, Day], *, watched_since: datetime | None,
    zone: ZoneInfo, now: datetime,
) -> list[Cell]:  # fmt: skip
    """The cells of a table, one per day of `zone`. `counted`: the days whose rows a rule counted."""
    known = list(spans)
    since = watched_since.astimezone(zone).date() if watched_since else None
    return [_cell(day, known, counted.get(day), since, zone, now) for day in days]


def _cell(
    day: date, spans: Sequence[Span], counted: Day | None, since: date | None, zone: ZoneInfo, now: datetime
) -> Cell:
    begins, ends = midnight(day, zone), min(midnight(day + DAY, zone), now)
    lengths = [_shared(span, begins, ends) for span in spans if span.begins < ends and (span.ends or now) >= begins]
    marks, words = [], []
    if lengths:
        marks.append(Mark.TROUBLE)
        count = "1 incident" if len(lengths) == 1 else f"{len(lengths)} incidents"
        words.append(f"{count}, {elapsed_words(max(lengths))}{' at the longest' if len(lengths) > 1 else ''}")
    if counted and counted.state in COUNTED:
        marks.append(COUNTED[counted.state])
        words.append(f"rows {LABELS[counted.state]}")
    if marks:
        return Cell(day, marks[0], "; ".join(words))
    if counted is None and (since is None or day < since):
        return Cell(day, Mark.UNWATCHED, "not watched")
    return Cell(day, Mark.FINE, "no trouble")


def _shared(span: Span, begins: datetime, ends: datetime) -> timedelta:
    """How much of the day the incident lasted, in whole seconds."""
    length = min(span.ends or ends, ends) - max(span.begins, begins)
    return max(timedelta(seconds=int(length.total_seconds())), timedelta())
