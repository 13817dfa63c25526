"""Drives a kind of rule from check to check as the runner does, against a table that is a value."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from apps.connections.services import Column, Dialect, TableName, Trust
from apps.rules.kinds.contract import Judgement, Kind, Known, Subject
from apps.rules.kinds.wants import CountBuckets, CountRows, ListColumns, Newest, NewestTime, Number, Select, Want
from apps.rules.shaping.making import make_kind as shaped

ORDERS = TableName("main", "orders")
COLUMNS = (
    Column("id", "BIGINT"),
    Column("created_at", "TIMESTAMP", "naive"),
    Column("updated_at", "TIMESTAMP WITH TIME ZONE", "aware"),
    Column("day", "DATE", "date"),
    Column("status", "VARCHAR"),
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def utc(text: str) -> datetime:
    """`2026-03-04 02:00` as a moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(text: str, zone: str, fold: int = 0) -> datetime:
    """A moment that the clocks of `zone` show as `text`, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def make_kind(kind: str, **settings: Any) -> Kind:
    return shaped(kind, settings)


def make_subject(zone: str = "UTC", *, is_view: bool = False, sql: Dialect | None = None) -> Subject:
    return Subject("shop", ORDERS, ZoneInfo(zone), is_view, sql=sql)


@dataclass
class Contents:
    """A table: how many rows carry which time (None: no time), its columns, and what else is told of it."""

    rows: dict[datetime | None, int] = field(default_factory=dict)
    columns: Sequence[Column] = COLUMNS
    told: Mapping[str, Any] = field(default_factory=dict)  # the answers to numbers and selects, by their type

    def answer(self, want: Want, now: datetime) -> Any:
        times = {at: count for at, count in self.rows.items() if at is not None}
        match want:
            case CountRows():
                return sum(self.rows.values())
            case ListColumns():
                return tuple(self.columns)
            case NewestTime():
                ahead = [at for at in times if at > now]
                past = max((at for at in times if at <= now), default=None)
                return Newest(past, sum(self.rows.values()), sum(times[at] for at in ahead), max(ahead, default=None))
            case CountBuckets(_, seconds, start):
                buckets: dict[datetime, int] = {}
                for at, count in times.items():
                    if start <= at <= now:
                        begin = at - (at - EPOCH) % timedelta(seconds=seconds)
                        buckets[begin] = buckets.get(begin, 0) + count
                return buckets
            case Number() | Select() if type(want).__name__ in self.told:
                return self.told[type(want).__name__]
            case Number() | Select():
                return want.nothing


@dataclass
class Watching:
    """One rule on one table. Its memory passes through JSON between checks, as it does in the database."""

    kind: Kind
    subject: Subject = field(default_factory=make_subject)
    memory: Mapping[str, Any] = field(default_factory=dict)
    asked: Sequence[Want] = ()

    def check(
        self,
        now: datetime,
        contents: Contents | None = None,
        *,
        changed_at: datetime | None = None,
        watched_since: datetime | None = None,
        unwritten: bool = False,
        accepted: bool = False,
        **told: Any,
    ) -> Judgement:
        """`told`: what else is known of the table."""
        known = Known(self.memory, unwritten, changed_at, watched_since, "write counters", Trust.ESTIMATE, **told)
        self.asked = self.kind.wants(self.subject, known, now)
        table = contents or Contents()
        answers = {want: table.answer(want, now) for want in self.asked}
        more = self.kind.wants_more(self.subject, known, answers, now)
        answers |= {want: table.answer(want, now) for want in more}
        judgement = self.kind.judge(self.subject, known, answers, now, accepted=accepted)
        self.memory = json.loads(json.dumps(judgement.memory))
        return judgement

    def judge_with(self, answers: Mapping[Want, Any], now: datetime) -> Judgement:
        """Judge what was asked and answered at another time."""
        return self.kind.judge(self.subject, Known(self.memory), answers, now, accepted=False)

    @property
    def sentence(self) -> str:
        return self.kind.sentence(self.subject, self.memory)


def watch(kind: str, *, zone: str = "UTC", **settings: Any) -> Watching:
    return Watching(make_kind(kind, **settings), make_subject(zone))


def daily(**settings: Any) -> Watching:
    """A rule on the rows of a day."""
    return watch("volume", column="created_at", **settings)


def days(*rows: int, last: datetime) -> Contents:
    """A table with rows at one moment of as many days as given; the last number is of the day of `last`."""
    return Contents({last - timedelta(days=back): count for back, count in enumerate(reversed(rows)) if count})


def usual(yesterday: int, mean: int = 1000, *, last: datetime) -> Contents:
    """Forty usual days and another one."""
    return days(*[mean] * 40, yesterday, last=last)
