"""What to watch of a table: the rules that fit what is known of it, with limits that do not alert on day one.

Pure. How many changes were noticed tells their mean distance, not the pauses between them. So a rhythm is believed only
when the watch has seen the pauses of its kind (a full day, or a full week), and limits leave room beyond it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple

from apps.common.durations import compact
from apps.connections.services import Column
from apps.rules.suggest.candidates import DAY, HOUR, Candidate, Rhythm
from apps.rules.suggest.signs import words_of

WEEK = 7 * DAY
FEWEST_CHANGES = 3  # to speak of a distance between changes
EARLY = 0.9  # a change every 65 minutes is one every hour, with some looks that came late
SPARE = 1.5  # a limit is at least this many times the present wait: no rule begins with an alert
FEWEST_ROWS = 10_000  # below, the rows of a day differ by chance as much as by trouble


class Wait(NamedTuple):
    """How often a change is expected, as YAML writes it; how long that is at the least; and how late it may be."""

    every: str
    length: timedelta
    tolerance: timedelta

    @property
    def limit(self) -> timedelta:
        return self.length + self.tolerance


UNKNOWN = Wait("1d", DAY, 2 * DAY)  # wide enough for a weekend
# By the mean distance between changes. What changes some times a day mostly rests at nights and weekends.
WAITS = (
    (HOUR, Wait("1h", HOUR, 2 * HOUR)), (2 * HOUR, Wait("2h", 2 * HOUR, 4 * HOUR)), (19 * HOUR, UNKNOWN),
    (DAY, Wait("1d", DAY, 6 * HOUR)), (2 * DAY, Wait("2d", 2 * DAY, 2 * DAY)), (WEEK, Wait("1w", WEEK, DAY)),
    (2 * WEEK, Wait("2w", 2 * WEEK, 3 * DAY)), (31 * DAY, Wait("1mo", 28 * DAY, 3 * DAY)),
    (timedelta.max, Wait("3mo", 89 * DAY, WEEK)),
)  # fmt: skip
BY_LIMIT = sorted((wait for _, wait in WAITS), key=lambda wait: wait.limit)
# A column by whose days new rows are counted: names that tell of arriving come first; those that tell of what changes
# later or lies ahead are never used.
ARRIVING = (
    "created", "inserted", "ingested", "loaded", "received", "occurred", "placed", "ordered", "event", "timestamp",
    "ts", "time", "date",
)  # fmt: skip
NOT_ARRIVING = frozenset({
    "updated", "modified", "changed", "deleted", "removed", "expire", "expired", "expiry", "expiration", "due", "until",
    "valid", "effective", "birth", "born", "dob", "end", "ended", "start", "begin", "scheduled", "planned", "next",
    "last", "closed", "cancelled", "canceled", "archived", "trial", "renewal", "renew", "seen", "login", "to", "from",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Proposal:
    """A rule for one table: its kind, its settings as YAML writes them, and why these."""

    kind: str
    why: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Store:
    """What matters of the data store. `tells_changes`: without a column. `reading_costs`: then rows are counted only by
    a column that the table is stored by."""

    tells_changes: bool = True
    reading_costs: bool = False


def propose(table: Candidate, rhythm: Rhythm, columns: Sequence[Column], store: Store) -> list[Proposal]:
    """The rules that fit the table and that it has not yet."""
    found = (
        _freshness(table, rhythm) if store.tells_changes else None,
        _volume(table, rhythm, columns, store.reading_costs),
        Proposal("schema", "Whoever reads the table relies on its columns."),
    )
    return [each for each in found if each is not None and each.kind not in table.watched_by]


def _freshness(table: Candidate, rhythm: Rhythm) -> Proposal | None:
    """By the data store's metadata, which cost nothing; only a column could tell when a view changes."""
    if table.is_view or rhythm.dormant:
        return None
    wait, why = _expected(rhythm)
    if rhythm.age is not None and wait.limit < SPARE * rhythm.age:
        wait = next((each for each in BY_LIMIT if each.limit >= SPARE * rhythm.age), BY_LIMIT[-1])
        why = f"{why} The limit leaves room for the present wait."
    return Proposal("freshness", why, {"every": wait.every, "tolerance": compact(wait.tolerance)})


def _expected(rhythm: Rhythm) -> tuple[Wait, str]:
    """The wait that fits the rhythm, and why."""
    if rhythm.span is None or rhythm.changes < FEWEST_CHANGES:
        return UNKNOWN, "How often it changes is not known yet, so the limit is wide."
    gap = EARLY * rhythm.span / rhythm.changes
    wait = next(each for longest, each in WAITS if gap <= longest)
    if rhythm.span < (DAY if wait.length < DAY else WEEK):
        return UNKNOWN, "It was not watched for long enough to know its nights and weekends, so the limit is wide."
    advice = " If it rests at night or at weekends, widen the limit." if wait.length < DAY else ""
    return wait, f"It {rhythm.words}.{advice}"


def _volume(table: Candidate, rhythm: Rhythm, columns: Sequence[Column], reading_costs: bool) -> Proposal | None:
    """Rows per day, by a column that tells when they arrived."""
    column = arrival_column(columns)
    small = table.rows is not None and table.rows < FEWEST_ROWS
    quiet = rhythm.dormant or (rhythm.age is not None and rhythm.age > WEEK)
    if column is None or small or quiet or (reading_costs and not column.partition):
        return None
    why = f"Column {column.name} tells when rows arrive; the limits are wide until you know how days differ."
    return Proposal("volume", why, {"column": column.name, "per": "1d", "drop": "50%", "spike": "200%"})


def arrival_column(columns: Collection[Column]) -> Column | None:
    """The column that tells when a row arrived. None: no column does."""
    ranked = [(_arrival_place(column), place, column) for place, column in enumerate(columns) if column.time]
    usable = [(rank, place, column) for rank, place, column in ranked if rank is not None]
    return min(usable, key=lambda each: each[:2])[2] if usable else None


def _arrival_place(column: Column) -> int | None:
    words = words_of(column.name)
    if NOT_ARRIVING & set(words):
        return None
    if column.partition:
        return -1
    return next((place for place, word in enumerate(ARRIVING) if word in words), len(ARRIVING))
