"""What a kind of rule must offer. A kind says what it wants to know, judges what was found, and writes the sentence
that says when it alerts. Everything here is pure: `now` and all values are passed in.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal, NamedTuple
from zoneinfo import ZoneInfo

from apps.common.plugins import Driver, Settings
from apps.common.records import record
from apps.connections.services import Column, Dialect, Event, TableName, Trust
from apps.rules.bands.band import NO_BAND, Band
from apps.rules.bands.marks import NO_MARKS, Marks
from apps.rules.kinds.wants import Want

UTC_ZONE = ZoneInfo("UTC")
VerdictName = Literal["ok", "breached", "unknown", "learning"]
Unit = Literal["seconds", "rows", "columns", "percent", "number"]


@record
class Subject:
    """The table a rule looks at, and the rule's own zone: days and clock times are meant in it."""

    connection: str
    table: TableName
    zone: ZoneInfo
    is_view: bool = False
    store_zone: ZoneInfo = UTC_ZONE  # in which times without a zone are meant
    words: str = ""  # for a rule with patterns: "any table that matches sales.*"
    dialect: str = ""  # sqlglot's name of the SQL that a person writes for this store
    sql: Dialect | None = None  # how the store writes what Midwatch asks, and (empty) what it cannot do; at save alone

    def __str__(self) -> str:
        """The table as sentences name it."""
        return self.words or str(self.table)


@record
class Known:
    """What is known of a table before anything is read.

    `unwritten`: the store proves that nothing was written since `memory` was filled. `changed_at`: when a change was
    last noticed; `watched_since`: since when none would have been missed (both None: the store cannot tell). `rows`:
    how many the store says there are (None: it does not say); a hint is never judged by. `marks_columns`: what is
    unwritten has its columns of then, too. `event`: what happened since
    the check before, where it is more than rows that were written. `marks`: what people said of times of this table.
    `past`: the observations that the kind asked for with `wants_past`, in order of time. `was_broken`: the check before
    found a breach, and its memory went when the settings were changed.
    """

    memory: Mapping[str, Any]
    unwritten: bool = False
    changed_at: datetime | None = None
    watched_since: datetime | None = None
    change_source: str = ""
    change_trust: Trust = Trust.HINT
    rows: int | None = None
    rows_source: str = ""
    rows_trust: Trust = Trust.HINT
    marks_columns: bool = False
    event: Event | None = None
    marks: Marks = NO_MARKS
    past: Sequence[tuple[datetime, float]] = ()
    was_broken: bool = False


@record
class Reading:
    """An observation to keep: see the model of that name. `segment`: the value of the column that the rule tells rows
    apart by; empty: all rows."""

    measure: Literal["changed", "rows_arrived", "row_count", "measured"]
    at: datetime
    value: float
    segment: str = ""


Line = tuple[float | None, float | None]  # the lowest and the highest that are fine


class Past(NamedTuple):
    """Observations of this measure that are at most so old."""

    measure: str
    reach: timedelta


@record
class Judgement:
    """The outcome of one check. `low` and `high` are the limits that `measured` was held against.

    `facts` are plain JSON values about the breach, for the incident's texts. `next_look_at`: a moment at which the
    verdict may change although nothing happens, such as the end of an allowed wait. `expected`: what is normal, where
    something is. `basis`: of how many rows `measured` tells. `judged`: when the period that was judged began; None:
    what is there now.
    """

    verdict: VerdictName
    memory: Mapping[str, Any]
    measured: float | None = None
    low: float | None = None
    high: float | None = None
    source: str = ""
    trust: Trust = Trust.EXACT
    reason: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    readings: Sequence[Reading] = ()
    next_look_at: datetime | None = None
    expected: float | None = None
    basis: float | None = None
    judged: datetime | None = None


class Kind(Driver):
    """A kind of rule. Instances hold one rule's settings."""

    unit: ClassVar[Unit]
    tells: ClassVar[str]  # what it notices, in one line, for the page that offers the kinds
    own_statements: ClassVar[bool] = False  # it reads by SELECTs of its own alone, always the same; tried at save
    Settings: ClassVar[type[Settings]]

    def __init__(self, settings: Any) -> None:
        self.settings = settings

    @property
    @abstractmethod
    def check_every(self) -> timedelta:
        """How often to check."""

    @property
    def counts_days_by(self) -> str | None:
        """The column by which it counts the rows of each day, as readings `rows_arrived`. None: it does not."""
        return None

    @property
    def looks_back(self) -> timedelta:
        """How far back it reckons with what was observed: so much stays, whatever the retention says."""
        past = self.wants_past({})
        return past.reach if past else timedelta()

    @property
    def other_connection(self) -> str:
        """The name of another connection of the team that it reads as well; empty: none."""
        return ""

    @abstractmethod
    def refuse(self, subject: Subject, columns: Sequence[Column], *, tells_changes: bool) -> None:
        """Raise InvalidInput (naming the field) when the rule cannot work on this table.

        `tells_changes`: the store tells without a column when this table was written.
        """

    def refuse_sql(self, subject: Subject) -> None:
        """Raise InvalidInput where SQL that a person wrote is not what it may be, or the store's SQL cannot say what
        the rule needs. It asks nobody."""
        return

    def refuse_other_sql(self, dialect: str) -> None:
        """Raise InvalidInput where SQL that a person wrote for the other connection is not what it may be there."""
        return

    def also_reads(self, subject: Subject) -> Sequence[TableName]:
        """The tables of the same connection that it reads besides its own. What is written there counts as a write."""
        return ()

    def refuse_others(
        self, subject: Subject, columns: Sequence[Column], others: Mapping[TableName, Sequence[Column]]
    ) -> None:
        """Raise InvalidInput (naming the field) when the tables that it also reads do not fit. `columns` are those of
        its own table; `others` has every table of the store, and the columns of those that it reads where they are
        known. It is asked only where there are such tables."""
        return

    def wants_past(self, memory: Mapping[str, Any]) -> Past | None:
        """Which stored observations it must know besides its memory; None: none."""
        return None

    @property
    def learns_from(self) -> Past | None:
        """The observations of which limits are learned beside the declared ones. None: nothing is."""
        return None

    def band(
        self, subject: Subject, past: Sequence[tuple[datetime, float]], marks: Marks, now: datetime, *, shown: int
    ) -> Band:
        """What is learned of `past`, the observations of `learns_from` in order of time, for at least the last `shown`
        of them."""
        return NO_BAND

    def lines(
        self, subject: Subject, past: Sequence[tuple[datetime, float]], marks: Marks, *, replaced: bool
    ) -> Mapping[datetime, Line]:
        """The declared limits that hold today for each of `past`, where they are not the same for all. `replaced`: what
        is learned has taken their place, as far as it does."""
        return {}

    @abstractmethod
    def wants(self, subject: Subject, known: Known, now: datetime) -> Sequence[Want]:
        """What must be read for this check; nothing when what is known is enough."""

    def wants_more(self, subject: Subject, known: Known, answers: Mapping[Want, Any], now: datetime) -> Sequence[Want]:
        """What must be read beside, now that `answers` are known, such as some of the rows that break the rule."""
        return ()

    @abstractmethod
    def judge(
        self, subject: Subject, known: Known, answers: Mapping[Want, Any], now: datetime, *, accepted: bool
    ) -> Judgement:
        """Judge. `accepted`: a person closed the incident of the present breach, so what is there is the new normal."""

    def rehearsed(self) -> Kind:
        """The same kind for a walk through a past that is known as a whole: it decides the same, and may be faster."""
        return self

    @abstractmethod
    def sentence(self, subject: Subject, memory: Mapping[str, Any]) -> str:
        """When the rule alerts, in one sentence with its numbers. The only place where that sentence is written."""
