"""What a kind of rule must offer. A kind says what it wants to know, judges what was found, and writes the sentence
that says when it alerts. Everything here is pure: `now` and all values are passed in.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal, NamedTuple
from zoneinfo import ZoneInfo

from apps.common.plugins import Driver, Settings
from apps.connections.services import Column, Event, TableName, Trust

UTC_ZONE = ZoneInfo("UTC")
VerdictName = Literal["ok", "breached", "unknown", "learning"]


# Wants are keys of answers. They are no named tuples, since two of those without fields would be equal.
@dataclass(frozen=True, slots=True)
class CountRows:
    """Wants the number of rows. The answer is an int."""


@dataclass(frozen=True, slots=True)
class NewestTime:
    """Wants the newest time in a column that does not lie in the future. The answer is a `Newest`.

    `since` is a hint where to begin to look, such as the newest time that was seen before; it is no part of the want.
    """

    column: str
    since: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class CountBuckets:
    """Wants the rows per bucket of `seconds`, from `start` on. The answer is {bucket start (aware): rows}.

    Rows with a time before `start`, after now, or without one are not counted.
    """

    column: str
    seconds: int
    start: datetime


@dataclass(frozen=True, slots=True)
class ListColumns:
    """Wants the columns. The answer is a tuple of `Column`."""


Want = CountRows | NewestTime | CountBuckets | ListColumns


class Newest(NamedTuple):
    """The newest time that is not in the future (None: no such row), and what was left out."""

    at: datetime | None
    rows: int | None = None
    future_rows: int = 0
    future_newest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """The table a rule looks at, and the rule's own zone: days and clock times are meant in it."""

    connection: str
    table: TableName
    zone: ZoneInfo
    is_view: bool = False
    store_zone: ZoneInfo = UTC_ZONE  # in which times without a zone are meant
    words: str = ""  # for a rule with patterns: "any table that matches sales.*"

    def __str__(self) -> str:
        """The table as sentences name it."""
        return self.words or str(self.table)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a table before anything is read.

    `unwritten`: the store proves that nothing was written since `memory` was filled. `changed_at`: when a change was
    last noticed; `watched_since`: since when none would have been missed (both None: the store cannot tell). `rows`:
    how many the store says there are (None: it does not say); a hint is never judged by. `marks_columns`: what is
    unwritten has its columns of then, too. `event`: what happened since
    the check before, where it is more than rows that were written.
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


@dataclass(frozen=True, slots=True)
class Reading:
    """An observation to keep: see the model of that name."""

    measure: Literal["changed", "rows_arrived", "row_count"]
    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """The outcome of one check. `low` and `high` are the limits that `measured` was held against.

    `facts` are plain JSON values about the breach, for the incident's texts. `next_look_at`: a moment at which the
    verdict may change although nothing happens, such as the end of an allowed wait.
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


class Kind(Driver):
    """A kind of rule. Instances hold one rule's settings."""

    unit: ClassVar[Literal["seconds", "rows", "columns"]]
    tells: ClassVar[str]  # what it notices, in one line, for the page that offers the kinds
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

    @abstractmethod
    def refuse(self, subject: Subject, columns: Sequence[Column], *, tells_changes: bool) -> None:
        """Raise InvalidInput (naming the field) when the rule cannot work on this table.

        `tells_changes`: the store tells without a column when this table was written.
        """

    @abstractmethod
    def wants(self, subject: Subject, known: Known, now: datetime) -> Sequence[Want]:
        """What must be read for this check; nothing when what is known is enough."""

    @abstractmethod
    def judge(
        self, subject: Subject, known: Known, answers: Mapping[Want, Any], now: datetime, *, accepted: bool
    ) -> Judgement:
        """Judge. `accepted`: a person closed the incident of the present breach, so what is there is the new normal."""

    @abstractmethod
    def sentence(self, subject: Subject, memory: Mapping[str, Any]) -> str:
        """When the rule alerts, in one sentence with its numbers. The only place where that sentence is written."""
