"""What to watch of a table: the rules that fit what is known of it, with limits that do not alert on day one.

Pure. How many changes were noticed tells their mean distance, not the pauses between them. So a rhythm is believed only
when the watch has seen the pauses of its kind (a full day, or a full week), and limits leave room beyond it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from apps.common.durations import compact, elapsed_words, parse_duration
from apps.common.records import record
from apps.connections.services import Column
from apps.rules.suggest.amounts import amounts_of
from apps.rules.suggest.candidates import DAY, HOUR, Candidate, Rhythm
from apps.rules.suggest.history import History
from apps.rules.suggest.proposal import Proposal
from apps.rules.suggest.rhythms import Rhythmic, rhythm_of
from apps.rules.suggest.signs import words_of
from apps.rules.suggest.valuerules import TableFacts, value_rules

WEEK = 7 * DAY
FEWEST_CHANGES = 3  # to speak of a distance between changes
EARLY = 0.9  # a change every 65 minutes is one every hour, with some looks that came late
SPARE = 1.5  # a limit is at least this many times the present wait: no rule begins with an alert
LONG_ENOUGH = 28  # days of history, by which limits would have been found if there were any
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


@record
class Store:
    """What matters of the data store. `tells_changes`: without a column. `reading_costs`: then rows are counted only by
    a column that the table is stored by."""

    tells_changes: bool = True
    reading_costs: bool = False


@record
class Evidence:
    """What was read of the table beside the catalogue, where a person asked for it: its history and what its columns
    hold; a text says why that is not known."""

    history: History | str | None = None
    facts: TableFacts | str | None = None


NO_EVIDENCE = Evidence()


def propose(
    table: Candidate, rhythm: Rhythm, columns: Sequence[Column], store: Store, evidence: Evidence = NO_EVIDENCE
) -> list[Proposal]:
    """The rules that fit the table, of the kinds that it has not yet."""
    history, facts = evidence.history, evidence.facts
    found = [
        _freshness_by(history, store) if isinstance(history, History) else None,
        _volume_by(history, columns, store) if isinstance(history, History) else None,
    ]
    if found[0] is None and store.tells_changes:
        found[0] = _freshness(table, rhythm)
    if found[1] is None and not (isinstance(history, History) and len(history.whole_days) >= LONG_ENOUGH):
        found[1] = _volume(table, rhythm, columns, store.reading_costs)
    if isinstance(history, str):
        found = [each and replace(each, why=f"{each.why} Its history is not known: {history}") for each in found]
    unread = f" What its columns hold is not known: {facts}" if isinstance(facts, str) else ""
    found.append(Proposal("schema", f"Whoever reads the table relies on its columns.{unread}"))
    found += value_rules(facts) if isinstance(facts, TableFacts) else []
    return [each for each in found if each is not None and each.kind not in table.watched_by]


def _freshness_by(history: History, store: Store) -> Proposal | None:
    """By the table's own past. The column is what that was read by; where reading costs money and the store's metadata
    tell as much, they do instead."""
    found = rhythm_of(history)
    if found is None or not (history.column or store.tells_changes):
        return None
    settings = dict(found.settings)
    if history.column and not (store.reading_costs and store.tells_changes):
        settings["column"] = history.column
    return Proposal("freshness", f"{found.why}{_present_words(history, found)}", settings)


def _present_words(history: History, found: Rhythmic) -> str:
    """That the rule would alert at once, where a limit of a wait says so."""
    if "every" not in found.settings or not history.minutes:
        return ""
    limit = sum((parse_duration(found.settings[name]) for name in ("every", "tolerance")), timedelta())
    wait = history.now - max(history.minutes)
    return f" It waits for {elapsed_words(wait)} now, so the rule alerts at once." if wait > limit else ""


def _volume_by(history: History, columns: Sequence[Column], store: Store) -> Proposal | None:
    column = next((each for each in columns if each.name == history.column), None)
    if column is None or (store.reading_costs and not column.partition):
        return None
    found = amounts_of(history)
    return None if found is None else Proposal("volume", found.why, {"column": column.name, **found.settings})


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
