"""Reading tables: what the rules of a batch want to know, in few statements.

All wants of one table share one SELECT; a hundred tables share one statement. A statement that fails is taken apart, so
that one bad table does not hide the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from apps.connections.services import BATCH, Column, Engine, QueryFailed, TableName
from apps.rules.kinds.contract import CountBuckets, CountRows, ListColumns, Newest, NewestTime, Want
from apps.rules.statements import TimeColumn, bucket_select, future_select, scalar_select, union

Wants = Mapping[TableName, Sequence[Want]]


@dataclass(slots=True)
class Answers:
    """What was read, by table; for a table that could not be read, the reason as a sentence."""

    values: dict[TableName, dict[Want, Any]] = field(default_factory=dict)
    problems: dict[TableName, str] = field(default_factory=dict)

    def add(self, table: TableName, want: Want, value: Any) -> None:
        self.values.setdefault(table, {})[want] = value


@dataclass(frozen=True, slots=True)
class Scanner:
    """Reads tables through an open engine. `zone`: how times without a zone are meant. `still_mine` is called before
    each statement, so that a long batch keeps its lease.
    """

    engine: Engine
    zone: ZoneInfo
    now: datetime
    still_mine: Callable[[], None]

    def read(self, wants: Wants) -> Answers:
        """Answer all wants. Two metadata statements at most, then one statement per hundred tables and shape."""
        answers = Answers()
        if not wants:
            return answers
        columns = self.engine.columns(list(wants))
        for table, table_wants in wants.items():
            if ListColumns() in table_wants:
                answers.add(table, ListColumns(), tuple(columns.get(table, ())))
        times = {table: {column.name: column for column in columns.get(table, ())} for table in wants}
        self._read_scalars(wants, times, answers)
        self._read_buckets(wants, times, answers)
        return answers

    def _read_scalars(self, wants: Wants, columns: Mapping[TableName, Mapping[str, Column]], answers: Answers) -> None:
        shapes: dict[tuple[type, ...], list[tuple[TableName, tuple[Want, ...]]]] = {}
        for table, table_wants in wants.items():
            scalars = tuple(dict.fromkeys(w for w in table_wants if isinstance(w, CountRows | NewestTime)))
            if scalars and self._columns_usable(table, scalars, columns[table], answers):
                shapes.setdefault(tuple(map(type, scalars)), []).append((table, scalars))
        newest_ahead: list[tuple[TableName, NewestTime]] = []

        def select(index: int, job: tuple[TableName, tuple[Want, ...]]) -> str:
            table, scalars = job
            parts = [self._column(columns[table], w.column) if isinstance(w, NewestTime) else None for w in scalars]
            return scalar_select(self.engine.sql, index, table, parts)

        def keep(job: tuple[TableName, tuple[Want, ...]], rows: Sequence[tuple[Any, ...]]) -> None:
            table, scalars = job
            for want, value in zip(scalars, rows[0][1:], strict=True):
                if isinstance(want, CountRows):
                    answers.add(table, want, int(value))
                elif isinstance(want, NewestTime):
                    at = self._column(columns[table], want.column).read(value)
                    answers.add(table, want, Newest(at))
                    if at is not None and at > self.now:
                        newest_ahead.append((table, want))

        # Tables of one shape share statements: the columns of a UNION must be of one type.
        for jobs in shapes.values():
            self._in_batches(jobs, select, keep, answers)
        self._read_future(newest_ahead, columns, answers)

    def _read_future(
        self,
        jobs: list[tuple[TableName, NewestTime]],
        columns: Mapping[TableName, Mapping[str, Column]],
        answers: Answers,
    ) -> None:
        """Second look at tables whose newest time lies in the future: leave those rows out, and count them."""

        def select(index: int, job: tuple[TableName, NewestTime]) -> str:
            table, want = job
            return future_select(self.engine.sql, index, table, self._column(columns[table], want.column), self.now)

        def keep(job: tuple[TableName, NewestTime], rows: Sequence[tuple[Any, ...]]) -> None:
            table, want = job
            column = self._column(columns[table], want.column)
            _, newest, future_rows, future_newest = rows[0]
            answers.add(table, want, Newest(column.read(newest), None, int(future_rows), column.read(future_newest)))

        self._in_batches(jobs, select, keep, answers)

    def _read_buckets(self, wants: Wants, columns: Mapping[TableName, Mapping[str, Column]], answers: Answers) -> None:
        jobs = [
            (table, want)
            for table, table_wants in wants.items()
            for want in dict.fromkeys(w for w in table_wants if isinstance(w, CountBuckets))
            if self._columns_usable(table, (want,), columns[table], answers)
        ]

        def select(index: int, job: tuple[TableName, CountBuckets]) -> str:
            table, want = job
            column = self._column(columns[table], want.column)
            return bucket_select(self.engine.sql, index, table, column, want.seconds, want.start, self.now)

        def keep(job: tuple[TableName, CountBuckets], rows: Sequence[tuple[Any, ...]]) -> None:
            table, want = job
            column, counts = self._column(columns[table], want.column), dict[datetime, int]()
            for _, bucket, count in rows:
                start = column.read(float(bucket) * want.seconds)
                if start is not None:
                    counts[start] = counts.get(start, 0) + int(count)
            answers.add(table, want, counts)

        self._in_batches(jobs, select, keep, answers)

    def _in_batches(
        self,
        jobs: Sequence[tuple[TableName, Any]],
        select: Callable[[int, Any], str],
        keep: Callable[[Any, Sequence[tuple[Any, ...]]], None],
        answers: Answers,
    ) -> None:
        for start in range(0, len(jobs), BATCH):
            batch = jobs[start : start + BATCH]
            try:
                self._run(batch, select, keep)
            except QueryFailed:
                for job in batch:
                    try:
                        self._run([job], select, keep)
                    except QueryFailed as error:
                        answers.problems[job[0]] = str(error)

    def _run(
        self,
        batch: Sequence[Any],
        select: Callable[[int, Any], str],
        keep: Callable[[Any, Sequence[tuple[Any, ...]]], None],
    ) -> None:
        self.still_mine()
        rows = self.engine.query(union([select(index, job) for index, job in enumerate(batch)]))
        by_job: dict[int, list[tuple[Any, ...]]] = {}
        for row in rows:
            by_job.setdefault(row[0], []).append(row)
        for index, job in enumerate(batch):
            keep(job, by_job.get(index, []))

    def _column(self, columns: Mapping[str, Column], name: str) -> TimeColumn:
        return TimeColumn(columns[name].name, columns[name].time, self.zone)

    def _columns_usable(
        self, table: TableName, wants: Sequence[Want], columns: Mapping[str, Column], answers: Answers
    ) -> bool:
        for want in wants:
            if isinstance(want, CountRows | ListColumns):
                continue
            column = columns.get(want.column)
            if column is None:
                answers.problems[table] = f"The column {want.column} is no longer in {table}."
            elif not column.time:
                answers.problems[table] = f"The column {want.column} of {table} holds {column.type}, which is no time."
        return table not in answers.problems
