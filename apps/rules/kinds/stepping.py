"""What rules on steps have in common: how steps are seen, and how those that break the rule are counted and told."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from pydantic import Field

from apps.common.durations import Duration
from apps.common.errors import InvalidInput
from apps.connections.services import Column
from apps.rules.kinds.columns import check_column, check_time_column
from apps.rules.kinds.contract import Judgement, Kind, Known, Reading, Subject, Unit
from apps.rules.kinds.masking import masked
from apps.rules.kinds.settings import FilterSettings
from apps.rules.kinds.steps import MOST_THINGS, LogSteps, Standings, Step, steps_between
from apps.rules.kinds.wants import Select, Want
from apps.rules.limits import count_words

SAMPLES = 5
KEPT = "steps"  # where this stands in the memory
DAY = timedelta(days=1)


class StepSettings(FilterSettings):
    """Which things are followed, and how."""

    key: str = Field(min_length=1, title="Key column", description="Says which thing a row is about, such as order_id.")
    at: str | None = Field(
        None,
        min_length=1,
        title="Time column of a log",
        description="Where each row says how the thing stood at a time. Without one, the table holds one row per "
        "thing, and Midwatch remembers how each of them (5,000 at most) stood at the check before.",
    )
    back: Duration = Field(
        timedelta(days=7), ge=DAY, le=366 * DAY, title="Look back", description="With a log: the steps of so long."
    )
    every: Duration = Field(
        timedelta(hours=1), ge=timedelta(minutes=1), le=DAY, title="Check every", description="How often to look."
    )


class Stepping(Kind):
    """Remembers how things stood (without a log), the bad steps that are open, and those that a person accepted."""

    unit: ClassVar[Unit] = "rows"
    settings: StepSettings

    @property
    @abstractmethod
    def followed(self) -> tuple[str, ...]:
        """The columns whose values are followed."""

    @abstractmethod
    def is_bad(self, step: Step) -> bool:
        """Whether a step breaks the rule."""

    @property
    @abstractmethod
    def fault_words(self) -> str:
        """What the things did, to follow "3 rows of main.orders "."""

    @abstractmethod
    def step_words(self, step: Step) -> str:
        """A bad step, to follow its key: `shipped → draft`."""

    @property
    def check_every(self) -> timedelta:
        return self.settings.every

    def refuse(self, subject: Subject, columns: Sequence[Column], *, tells_changes: bool) -> None:
        check_column(self.settings.key, subject, columns, field="key")
        for name in self.followed:
            check_column(name, subject, columns)
        if self.settings.at is not None:
            try:
                check_time_column(self.settings.at, subject, columns, finest=timedelta())
            except InvalidInput as error:
                error.field = "at"
                raise

    def wants(self, subject: Subject, known: Known, now: datetime) -> Sequence[Want]:
        kept = known.memory.get(KEPT)
        same_day = kept and kept["day"] == _day(now)
        if known.unwritten and kept and (self.settings.at is None or same_day):
            return ()
        return (self._want(now),)

    def judge(
        self, subject: Subject, known: Known, answers: Mapping[Want, Any], now: datetime, *, accepted: bool
    ) -> Judgement:
        kept = known.memory.get(KEPT)
        want = self._want(now)
        if want not in answers and kept is None:
            return Judgement("unknown", known.memory, reason=f"Nothing is known of {subject.table}.")
        standings = None
        if isinstance(want, Standings) and want in answers:
            standings = answers[want]
            if standings is None:
                return Judgement("unknown", known.memory, reason=_too_many(subject))
        bad = self._bad(kept, want, answers, standings)
        excused = set(map(tuple, bad)) if accepted else {tuple(each) for each in (kept or {}).get("excused", [])}
        open_steps = [each for each in bad if tuple(each) not in excused]
        memory = {
            "day": _day(now),
            "bad": bad,
            "excused": sorted(list(each) for each in excused if list(each) in bad),
            "standings": standings if standings is not None else (kept or {}).get("standings"),
        }
        learning = kept is None and self.settings.at is None
        return self._judgement(subject, {KEPT: memory}, open_steps, kept, now, learning=learning)

    def _judgement(
        self, subject: Subject, memory: Mapping[str, Any], bad: list[list[Any]], kept: Mapping[str, Any] | None,
        now: datetime, *, learning: bool,
    ) -> Judgement:  # fmt: skip
        count = sum(each[2] for each in bad)
        samples = [f"{self.settings.key} {masked(self.settings.key, key)}: {words}" for words, key, *_ in bad[:SAMPLES]]
        reason = f"{count_words(count)} of {subject.table} {self.fault_words}: {'; '.join(samples)}." if bad else ""
        if learning:
            reason = "The next check compares with how things stand now."
        facts = {
            "situation": "faulty", "rows": None, "faulty": count, "allowed": 0, "fault": self.fault_words,
            "columns": list(self.followed), "samples": samples, "reason": "",
        }  # fmt: skip
        before = sum(each[2] for each in (kept or {}).get("bad", []))
        return Judgement(
            "breached" if bad else "learning" if learning else "ok",
            memory,
            measured=float(count),
            high=0.0,
            source=f"column {self.settings.at}" if self.settings.at else "compared with the check before",
            reason=reason,
            facts=facts if bad else {},
            readings=(Reading("measured", now, float(count)),) if kept is None or count != before else (),
        )

    def _bad(
        self, kept: Mapping[str, Any] | None, want: Select, answers: Mapping[Want, Any],
        standings: Mapping[str, Any] | None,
    ) -> list[list[Any]]:  # fmt: skip
        """The bad steps that stand, each as [words, key, count, day]. Without a log, one stands until the thing moves
        on."""
        if isinstance(want, LogSteps):
            if want not in answers:
                return list((kept or {}).get("bad", []))
            return [
                [self.step_words(step), step.key, step.things, step.day] for step in answers[want] if self.is_bad(step)
            ]
        before: list[list[Any]] = list((kept or {}).get("bad", []))
        if standings is None or kept is None:
            return before
        steps = steps_between(kept["standings"] or {}, standings)
        moved = {step.key for step in steps}
        still = [each for each in before if each[1] not in moved and each[1] in standings]
        return still + [[self.step_words(step), step.key, 1, 0] for step in steps if self.is_bad(step)]

    def _want(self, now: datetime) -> LogSteps | Standings:
        if self.settings.at is None:
            return Standings(self.settings.key, self.followed)
        return LogSteps(self.settings.key, self.followed, self.settings.at, _midnight(now - self.settings.back))

    @property
    def _how(self) -> str:
        at = self.settings.at
        return f"by the log's column {at}" if at else "between two checks"


def _day(now: datetime) -> str:
    return now.date().isoformat()


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _too_many(subject: Subject) -> str:
    return (
        f"{subject.table} has more than {MOST_THINGS:,} rows to remember. Name the time column of a log, or choose "
        "some rows with a condition."
    )
