"""A kind with something put around it: what it does not change, it hands through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from apps.connections.services import Column, TableName
from apps.rules.bands.band import Band
from apps.rules.bands.marks import Marks
from apps.rules.kinds.contract import Judgement, Kind, Known, Line, Past, Subject
from apps.rules.kinds.wants import Want


class Wrapped(Kind):
    """`inner` is the kind that does the work."""

    def __init__(self, inner: Kind) -> None:
        super().__init__(inner.settings)
        self.inner = inner
        # Declared per class by kinds, and told by this instance for the kind inside.
        self.unit, self.label, self.tells = inner.unit, inner.label, inner.tells  # type: ignore[misc]
        self.own_statements = inner.own_statements  # type: ignore[misc]

    @property
    def check_every(self) -> timedelta:
        return self.inner.check_every

    @property
    def counts_days_by(self) -> str | None:
        return self.inner.counts_days_by

    @property
    def looks_back(self) -> timedelta:
        return self.inner.looks_back

    @property
    def other_connection(self) -> str:
        return self.inner.other_connection

    def refuse(self, subject: Subject, columns: Sequence[Column], *, tells_changes: bool) -> None:
        self.inner.refuse(subject, columns, tells_changes=tells_changes)

    def refuse_sql(self, subject: Subject) -> None:
        self.inner.refuse_sql(subject)

    def refuse_other_sql(self, dialect: str) -> None:
        self.inner.refuse_other_sql(dialect)

    def wants_past(self, memory: Mapping[str, Any]) -> Past | None:
        return self.inner.wants_past(memory)

    def also_reads(self, subject: Subject) -> Sequence[TableName]:
        return self.inner.also_reads(subject)

    def refuse_others(
        self, subject: Subject, columns: Sequence[Column], others: Mapping[TableName, Sequence[Column]]
    ) -> None:
        self.inner.refuse_others(subject, columns, others)

    @property
    def learns_from(self) -> Past | None:
        return self.inner.learns_from

    def band(
        self, subject: Subject, past: Sequence[tuple[datetime, float]], marks: Marks, now: datetime, *, shown: int
    ) -> Band:
        return self.inner.band(subject, past, marks, now, shown=shown)

    def lines(
        self, subject: Subject, past: Sequence[tuple[datetime, float]], marks: Marks, *, replaced: bool
    ) -> Mapping[datetime, Line]:
        return self.inner.lines(subject, past, marks, replaced=replaced)

    def wants(self, subject: Subject, known: Known, now: datetime) -> Sequence[Want]:
        return self.inner.wants(subject, known, now)

    def wants_more(self, subject: Subject, known: Known, answers: Mapping[Want, Any], now: datetime) -> Sequence[Want]:
        return self.inner.wants_more(subject, known, answers, now)

    def judge(
        self, subject: Subject, known: Known, answers: Mapping[Want, Any], now: datetime, *, accepted: bool
    ) -> Judgement:
        return self.inner.judge(subject, known, answers, now, accepted=accepted)

    def rehearsed(self) -> Kind:
        return type(self)(self.inner.rehearsed())

    def sentence(self, subject: Subject, memory: Mapping[str, Any]) -> str:
        return self.inner.sentence(subject, memory)
