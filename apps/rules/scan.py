"""Reading tables: what the rules of a batch want to know, in few statements.

All wants of one table share one SELECT; a hundred tables share one statement. A statement that fails is taken apart, so
that one bad table does not hide the others, and one bad rule not the others of its table. Where the store bills by the
byte, the tables of a statement belong to the same rules, each statement is limited to what one check of them may cost,
and it is taken apart by halves: that takes free dry runs, not a hundred jobs.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from apps.connections.services import (
    Budget,
    Column,
    Engine,
    FilterNeeded,
    NotPermitted,
    OverBudget,
    QueryFailed,
    QueryTimeout,
    TableMissing,
    TableName,
    TooManyRows,
)
from apps.rules.asks import Ask, Place, Problem, label_of
from apps.rules.costs.spending import Spending
from apps.rules.kinds.wants import MOST_SEGMENTS, CountBuckets, ListColumns, NewestTime, Want, columns_of, needs_columns
from apps.rules.readings import Reading, Row, readings_of
from apps.rules.statements import union

HOPELESS = (QueryTimeout, OverBudget, FilterNeeded, NotPermitted, TableMissing, TooManyRows)  # whatever is asked of it


@dataclass(slots=True)
class Answers:
    """What was read, by place; for a place of which something could not be read, the last reason, and the reason of
    each want where it has one of its own."""

    values: dict[Place, dict[Want, Any]] = field(default_factory=dict)
    problems: dict[Place, Problem] = field(default_factory=dict)
    reasons: dict[tuple[Place, Want], Problem] = field(default_factory=dict)

    def lacking(self, place: Place, wants: Iterable[Want]) -> Problem | None:
        """Why one of these wants has no answer; None when all have."""
        known = self.values.get(place, {})
        missing = [want for want in wants if want not in known]
        own = next((self.reasons[place, want] for want in missing if (place, want) in self.reasons), None)
        return (own or self.problems.get(place)) if missing else None

    def lack(self, place: Place, wants: Iterable[Want], problem: Problem) -> None:
        self.problems[place] = problem
        self.reasons |= {(place, want): problem for want in wants}

    def add(self, place: Place, values: Mapping[Want, Any]) -> None:
        self.values.setdefault(place, {}).update(values)


@dataclass(slots=True)
class Scanner:
    """Reads tables through an open engine. `zone`: how times without a zone are meant. `still_mine` is called before
    each statement, so that a long batch keeps its lease.
    """

    engine: Engine
    zone: ZoneInfo
    now: datetime
    still_mine: Callable[[], None]
    spending: Spending
    answers: Answers = field(default_factory=Answers)
    listed: dict[TableName, Sequence[Column]] = field(default_factory=dict)

    def read(self, asks: Sequence[Ask]) -> Answers:
        """Answer all asks. Two metadata statements at most, then one statement per hundred tables and shape."""
        if self.spending.used_up:
            asks = [kept for ask in asks if (kept := self._without_data(ask)).wants]
        if not asks:
            return self.answers
        listing = dict.fromkeys(ask.table for ask in asks if any(map(needs_columns, ask.wants)))
        unlisted = [table for table in listing if table not in self.listed]
        if unlisted:
            self.listed.update(self._columns(unlisted))
        columns = self.listed
        readings: list[Reading] = []
        for ask in asks:
            if reason := self.engine.unreadable.get(ask.table):  # no columns are not the same as none any more
                self.answers.problems[ask.place] = Problem(reason)
                continue
            own = {column.name: column for column in columns.get(ask.table, ())}
            if ListColumns() in ask.wants:
                self.answers.add(ask.place, {ListColumns(): tuple(own.values())})
            wants = tuple(want for want in ask.wants if self._usable(ask, want, own))
            usable = ask if wants == ask.wants else replace(ask, wants=wants)
            readings += readings_of(usable, own, self.zone, self.now, partitions=self.engine.bills_bytes)
        while readings:
            readings = self._read_all(readings)
        return self.answers

    def _columns(self, tables: Sequence[TableName]) -> Mapping[TableName, Sequence[Column]]:
        with self.spending.counting(self.engine):
            return self.engine.columns(tables)

    def _without_data(self, ask: Ask) -> Ask:
        """What is left of an ask when nothing may be read: the columns, where listing them is not billed."""
        free = not self.spending.tariff.per_listing
        wants = tuple(want for want in ask.wants if free and isinstance(want, ListColumns))
        if len(wants) < len(ask.wants):
            self.answers.problems[ask.place] = self.spending.over
        return Ask(ask.place, ask.payers, wants)

    def _read_all(self, readings: Sequence[Reading]) -> list[Reading]:
        """Read them in batches. Returns what their answers make necessary to read."""
        billed, follow = self.engine.bills_bytes, list[Reading]()
        for group in _grouped(readings, lambda r: (r.shape, r.ask.payers) if billed else r.shape):
            size = 1 if group[0].alone else self.engine.tables_per_statement
            for start in range(0, len(group), size):
                batch = group[start : start + size]
                follow += self._within_budget(batch) if billed else self._one_by_one(batch)
        return follow

    def _one_by_one(self, batch: Sequence[Reading]) -> list[Reading]:
        """All at once; when that fails, each by itself, and then in parts."""
        try:
            return self._run(batch, Budget())
        except QueryFailed as error:
            pieces = _apart(batch[0], error) if len(batch) == 1 else batch
            if not pieces:
                self._give_up(batch[0], Problem(_told(batch[0], error), heavy=batch[0].alone))
            return [after for reading in pieces for after in self._one_by_one([reading])]

    def _within_budget(self, batch: Sequence[Reading]) -> list[Reading]:
        """All at once; when that fails or is too dear, the halves. Nothing is asked once the day is used up."""
        payers, rest = batch[0].ask.payers, self.spending.rest
        if self.spending.used_up:
            return self._put_off(batch)
        own = payers[0].max_bytes  # rules that share a statement have no budget of their own
        try:
            return self._run(batch, Budget(_least(own, rest), label_of(payers)))
        except FilterNeeded as error:
            filtered = _filtered(batch, error.table)
            return self._within_budget(filtered) if filtered else self._halve(batch, error)
        except OverBudget as error:
            per_check = _least(own, self.spending.tariff.per_query)
            day_binds = rest is not None and (per_check is None or rest < per_check)
            return self._put_off(batch) if day_binds else self._halve(batch, error)
        except QueryFailed as error:
            return self._halve(batch, error)

    def _halve(self, batch: Sequence[Reading], error: QueryFailed) -> list[Reading]:
        if len(batch) > 1:
            middle = len(batch) // 2
            return self._within_budget(batch[:middle]) + self._within_budget(batch[middle:])
        if pieces := _apart(batch[0], error):
            return [after for reading in pieces for after in self._within_budget([reading])]
        own, per_query = batch[0].ask.payers[0].max_bytes, self.spending.tariff.per_query
        ours = isinstance(error, OverBudget) and own is not None and own == _least(own, per_query)
        advice = " Raise the rule's most bytes per check, or let it read less." if ours else ""
        self._give_up(batch[0], Problem(f"{_told(batch[0], error)}{advice}", dear=True))
        return []

    def _put_off(self, batch: Sequence[Reading]) -> list[Reading]:
        for reading in batch:
            self._give_up(reading, self.spending.over)
        return []

    def _give_up(self, reading: Reading, problem: Problem) -> None:
        self.answers.lack(reading.ask.place, reading.answering, problem)

    def _run(self, batch: Sequence[Reading], budget: Budget) -> list[Reading]:
        self.still_mine()
        payers = list(dict.fromkeys(payer for reading in batch for payer in reading.ask.payers))
        with self.spending.counting(self.engine, payers):
            rows = self.engine.query(self._statement(batch), max_rows=batch[0].most_rows, budget=budget)
        by_index: dict[int, list[Row]] = {0: list(rows)} if batch[0].alone else {}
        for row in () if batch[0].alone else rows:
            by_index.setdefault(row[0], []).append(row)
        read = [reading.answers(by_index.get(index, [])) for index, reading in enumerate(batch)]
        follow: list[Reading] = []
        for reading, answers in zip(batch, read, strict=True):
            again = reading.again(answers, self.now)
            later = {want for after in again for want in after.answering}
            done = {want: value for want, value in answers.items() if want not in later}
            self.answers.add(reading.ask.place, done)
            follow += again
        return follow

    def _statement(self, batch: Sequence[Reading]) -> str:
        return union([reading.select(self.engine.sql, index, self.now) for index, reading in enumerate(batch)])

    def _usable(self, ask: Ask, want: Want, columns: Mapping[str, Column]) -> bool:
        """Whether the columns that are to be read are there, and hold times where times are wanted."""
        if isinstance(want, ListColumns):
            return True
        for name in columns_of(want):
            if name not in columns:
                self._refuse(ask, want, f"The column {name} is no longer in {ask.table}.")
                return False
        if isinstance(want, NewestTime | CountBuckets) and not columns[want.column].time:
            kind = columns[want.column].type
            self._refuse(ask, want, f"The column {want.column} of {ask.table} holds {kind}, which is no time.")
            return False
        return True

    def _refuse(self, ask: Ask, want: Want, text: str) -> None:
        self.answers.lack(ask.place, (want,), Problem(text, dear=self.engine.bills_bytes))


def _grouped(readings: Iterable[Reading], key: Callable[[Reading], Hashable]) -> list[list[Reading]]:
    groups: dict[Hashable, list[Reading]] = {}
    for reading in readings:
        groups.setdefault(key(reading), []).append(reading)
    return list(groups.values())


def _apart(reading: Reading, error: QueryFailed) -> Sequence[Reading]:
    """The halves of a reading that failed, where one of them may succeed, and costs no more time or money."""
    return () if isinstance(error, HOPELESS) else reading.halves


def _told(reading: Reading, error: QueryFailed) -> str:
    """The reason in words. Rows are too many where a column is told apart by that has far too many values."""
    by = next((want.scope.by for want in reading.answering if not isinstance(want, ListColumns)), "")
    if isinstance(error, TooManyRows) and by:
        return f"Column {by} has far more than {MOST_SEGMENTS} values; choose some of them with a condition."
    return str(error)


def _least(*limits: int | None) -> int | None:
    return min((limit for limit in limits if limit is not None), default=None)


def _filtered(batch: Sequence[Reading], table: str) -> list[Reading]:
    """The batch with a filter for the table that needs one, or for all when none was named. Empty: there is none to
    add."""
    meant = {index for index, reading in enumerate(batch) if table in ("", reading.table.name) and reading.filtered}
    after = [(reading.filtered or reading) if index in meant else reading for index, reading in enumerate(batch)]
    return after if meant else []
