"""Rows that arrived, judged again for each period of a past that is known as a whole. The decisions are those of
`Arrivals`; only how a period stands is not added up anew from all that was before it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from itertools import accumulate
from typing import Any

from apps.common.records import record
from apps.rules.bands.band import Band, Edge
from apps.rules.bands.marks import NO_MARKS, Marks
from apps.rules.baseline import Against, Calendar, History, Standing
from apps.rules.kinds.contract import Judgement, Known, Reading, Subject
from apps.rules.kinds.volume_arrivals import SETTLE, Arrivals, Memory
from apps.rules.kinds.wants import CountBuckets, Want
from apps.rules.learned.reading import Reading as Learned
from apps.rules.periods import fold

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, eq=False)
class Counts(Mapping[datetime, int]):
    """The rows of the buckets from `since` to `now`, as a check would have read them; `whole` are those of all the past
    up to `until`."""

    whole: Mapping[datetime, int]
    since: datetime
    now: datetime
    until: datetime

    @cached_property
    def _read(self) -> Mapping[datetime, int]:
        return {start: rows for start, rows in self.whole.items() if self.since <= start <= self.now}

    def __getitem__(self, start: datetime) -> int:
        return self._read[start]

    def __iter__(self) -> Iterator[datetime]:
        return iter(self._read)

    def __len__(self) -> int:
        return len(self._read)


NOTHING = Counts({}, BEGINNING, BEGINNING, BEGINNING)


class Ledger:
    """The rows of all periods of a past, added up so that any stretch of them is known at once."""

    def __init__(self, calendar: Calendar, known: Counts) -> None:
        self.calendar = calendar
        self.buckets = known.whole
        self.counts = {start: rows for start, rows in fold(known.whole, calendar.per, calendar.zone).items() if rows}
        self.starts = list(calendar.starts(min(self.counts), known.until)) if self.counts else []
        self.learned: dict[datetime | None, Mapping[datetime, Learned]] = {}  # by since when the normal is a new one
        self._begins = sorted(known.whole)
        self._sums: dict[object, tuple[list[datetime], list[int]]] = {}

    def first_from(self, oldest: datetime) -> datetime | None:
        """The first period from `oldest` on that had rows."""
        later = self.starts[bisect_left(self.starts, oldest) :]
        return next((start for start in later if start in self.counts), None)

    def read(self, since: datetime, now: datetime) -> dict[datetime, int]:
        """The rows of the buckets that begin from `since` to `now`."""
        some = self._begins[bisect_left(self._begins, since) : bisect_right(self._begins, now)]
        return {start: self.buckets[start] for start in some}

    def sample(self, begin: datetime, judged: datetime, against: Against, marks: Marks) -> tuple[int, int]:
        """The rows of the periods from `begin` until just before `judged` that are like it and teach, and their number.
        A rule asks `against` the same all the time, and leaves out the same."""
        if not self._sums:
            self._sums = self._sum(against, marks)
        begin = max(begin, marks.anew or begin)
        starts, sums = self._sums.get(self._sort(judged, against), ([], [0]))
        first, last = bisect_left(starts, min(begin, judged)), bisect_left(starts, judged)
        return sums[last] - sums[first], last - first

    def _sum(self, against: Against, marks: Marks) -> dict[object, tuple[list[datetime], list[int]]]:
        sorts: dict[object, list[datetime]] = {}
        for start in self.starts:
            if marks.leaves_out(start, self.calendar.following(start)):
                continue
            sorts.setdefault(self._sort(start, against), []).append(start)
        counts = self.counts
        return {
            sort: (starts, [0, *accumulate(counts.get(start, 0) for start in starts)]) for sort, starts in sorts.items()
        }

    def _sort(self, start: datetime, against: Against) -> object:
        """The same for periods that are alike."""
        if against == "mean":
            return None
        local = start.astimezone(self.calendar.zone)
        return local.weekday(), local.hour if against == "hour_of_week" else None


class LastPeriod(dict[datetime, float]):
    """The rows of the last period; those before it are in the ledger."""

    def __init__(self, start: datetime, rows: int, ledger: Ledger) -> None:
        super().__init__({start: float(rows)})
        self.start, self.ledger = start, ledger


@record
class LedgerHistory(History):
    """History of which a ledger knows the sums."""

    ledger: Ledger

    def standing(self, against: Against = "mean", marks: Marks = NO_MARKS) -> Standing:
        judged = self.calendar.earlier(self.until, 1)
        if self.first is None:
            return History.standing(self, against, marks)
        begin = max(self.calendar.following(self.first), self.calendar.earlier(judged, self.calendar.count))
        return Standing(judged, self.until, self.rows(judged), *self.ledger.sample(begin, judged, against, marks))

    def whole(self) -> dict[datetime, float]:
        judged = self.calendar.earlier(self.until, 1)
        begun = self.first is not None and judged > self.first
        return LastPeriod(judged, self.rows(judged), self.ledger) if begun else {}

    def as_json(self) -> dict[str, Any]:
        """When rows began, and no more: a walk stores nothing."""
        return {"first": self.first}


@record
class RehearsedArrivals(Arrivals):
    """Is told all of the past with every answer, and looks no further than a check would have. What is learned is
    learned in one go from the beginning of that past; a real check learns from the weeks before it alone."""

    ledgers: dict[int, Ledger] = field(default_factory=dict, compare=False)

    def wants(self, subject: Subject, known: Known, now: datetime) -> Sequence[CountBuckets]:
        return (CountBuckets(self.column, 0, BEGINNING),)

    def judge(
        self, subject: Subject, known: Known, answers: Mapping[Want, Any], now: datetime, *, accepted: bool
    ) -> Judgement:
        found = Arrivals.judge(self, subject, known, answers, now, accepted=accepted)
        if found.verdict != "breached" or found.judged is None:
            return found
        # Nothing that came late makes it good again: in a known past all rows are there from the first.
        next_look_at = self._calendar(subject).following(self._calendar(subject).following(found.judged)) + SETTLE
        return replace(found, next_look_at=next_look_at)

    def _read(
        self, subject: Subject, known: Known, answers: Mapping[Want, Any], now: datetime
    ) -> tuple[Memory, Sequence[Reading]]:
        told = answers[CountBuckets(self.column, 0, BEGINNING)]
        calendar = self._calendar(subject)
        ledger = self._ledger(calendar, told if isinstance(told, Counts) else NOTHING)
        until = calendar.current(now - SETTLE)
        kept = known.memory.get("history")
        first = (kept["first"] if kept else None) or ledger.first_from(calendar.oldest(until))
        history = LedgerHistory(
            calendar, until, ledger.counts, first if first is not None and first < until else None, ledger
        )
        counts_at = self._counts_at(history, ledger.read(until, now), known, now)
        if counts_at is not None:
            history = replace(history, until=calendar.earlier(until, 1))
        return self._remember(subject, known, history, counts_at), ()

    def _ledger(self, calendar: Calendar, told: Counts) -> Ledger:
        if id(told.whole) not in self.ledgers:  # a ledger holds on to what it was made of, so no other has this id
            self.ledgers[id(told.whole)] = Ledger(calendar, told)
        return self.ledgers[id(told.whole)]

    def _band(self, subject: Subject, counts: Mapping[datetime, float], marks: Marks, shown: int) -> Band:
        if not isinstance(counts, LastPeriod):
            return Arrivals._band(self, subject, counts, marks, shown)
        ledger = counts.ledger
        if marks.anew not in ledger.learned:
            whole = {start: float(ledger.counts.get(start, 0)) for start in ledger.starts[1:]}
            shown = sum(start >= counts.start for start in whole)  # a walk goes forward
            edges = Arrivals._band(self, subject, whole, marks, shown).edges
            ledger.learned[marks.anew] = {edge.at: _reading(edge) for edge in edges}
        return Band(ledger.learned[marks.anew].get(counts.start))


def _reading(edge: Edge) -> Learned:
    """Without edges, too little was known."""
    known = 1 if edge.low is not None or edge.high is not None else 0
    return Learned(edge.alarmed, None, edge.low, edge.high, "", known, 1)
