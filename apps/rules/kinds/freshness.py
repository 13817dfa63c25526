"""Freshness: a table changes at least every so often, or by a clock time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache, cached_property, partial
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from apps.common.durations import Duration
from apps.common.errors import InvalidInput
from apps.connections.services import Column
from apps.rules.bands.band import NO_BAND, Band
from apps.rules.bands.marks import Marks
from apps.rules.calendars import DAY_GROUPS, DAYS, MONTH_DAYS, check_country, check_days, day_set
from apps.rules.expectation import Anchored, Expectation, Waiting, cron_words, day_slot_words
from apps.rules.kinds.columns import check_time_column, timed_columns
from apps.rules.kinds.contract import Judgement, Kind, Known, Past, Reading, Subject, VerdictName
from apps.rules.kinds.evidence import Evidence, from_column, from_store, is_settled
from apps.rules.kinds.freshness_learned import (
    LOADS,
    freshness_learned_words,
    loads_band,
    wanted_past,
    with_learned,
)
from apps.rules.kinds.freshness_words import (
    event_remark,
    excused_reason,
    late_reason,
    learning_reason,
    unseen_remark,
)
from apps.rules.kinds.learning import Learned
from apps.rules.kinds.moments import from_iso, iso
from apps.rules.kinds.settings import FilterSettings
from apps.rules.kinds.wants import Newest, NewestTime, Scope, Want
from apps.rules.schedule import CronSlots, DaySlots, check_clock, check_cron, clock_minutes, parse_interval


def _check_interval(text: str) -> str:
    parse_interval(text)
    return " ".join(text.split())


Every = Annotated[
    str,
    AfterValidator(_check_interval),
    WithJsonSchema({"type": "string", "examples": ["15m", "30m", "1h", "1d", "1w", "1mo"]}),
]
Cron = Annotated[str, AfterValidator(check_cron), WithJsonSchema({"type": "string", "examples": ["0 2 * * *"]})]
Clock = Annotated[
    str,
    BeforeValidator(check_clock),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,2}:\d\d$", "examples": ["07:00"]}),
]
Days = Annotated[
    str | tuple[str, ...],
    BeforeValidator(check_days),
    WithJsonSchema({"anyOf": [{"enum": [*DAY_GROUPS, *MONTH_DAYS]}, {"type": "array", "items": {"enum": list(DAYS)}}]}),
]
Place = Annotated[
    str,
    AfterValidator(check_country),
    WithJsonSchema({"type": "string", "examples": ["DE", "DE-BY", "US", "GB-ENG"]}),
]


class FreshnessSettings(FilterSettings):
    """When a change is expected, and where it is seen."""

    every: Every | None = Field(None, title="Every", description="How often the table changes: 15m, 1h, 1d, 1w, 1mo.")
    cron: Cron | None = Field(None, title="Cron", description="When its load starts, as five cron fields.")
    by: Clock | None = Field(None, title="By", description='The time of day by which it has changed, such as "07:00".')
    days: Days = Field(
        "daily",
        title="On days",
        description="daily, weekdays or [mon, wed, fri]; with a time of day also first_of_month, last_of_month, "
        "first_workday_of_month or last_workday_of_month.",
    )
    holidays: Place | None = Field(
        None,
        title="Holidays",
        description="A country such as DE, or a region such as DE-BY: on its public holidays no change is expected.",
    )
    tolerance: Duration = Field(
        timedelta(minutes=10),
        title="Tolerance",
        description="How late it may be before you want to hear of it.",
        ge=timedelta(),
        le=timedelta(days=366),
    )
    column: str | None = Field(
        None,
        min_length=1,
        title="Timestamp column",
        description="Its newest time tells when the table changed. Without one, the data store's own metadata tell.",
    )

    each: str | None = Field(
        None,
        min_length=1,
        title="For each value of",
        description="A column such as country: the rule is judged for each of its values, 100 at most.",
    )

    learned: Learned = "beside"

    @property
    def scope(self) -> Scope:
        return Scope(self.where or "", self.each or "")

    @model_validator(mode="after")
    def _one_expectation(self) -> Self:
        if sum(value is not None for value in (self.every, self.cron, self.by)) != 1:
            raise ValueError("say when a change is expected: give exactly one of every, cron or by")
        if self.days != "daily" and self.cron is not None:
            raise ValueError("a cron line says by itself on which days: leave days out")
        if self.days in MONTH_DAYS and self.by is None:
            raise ValueError("a day of the month needs a time of day: give it together with by")
        if self.cron is not None and not self.tolerance:
            raise ValueError("a cron rule needs a tolerance: the time that its load may take, such as 4h")
        return self

    def expectation(self, zone: ZoneInfo) -> Expectation:
        """These settings as decisions, in the rule's zone."""
        days = day_set(self.days, self.holidays)
        if self.every is not None:
            return Waiting(parse_interval(self.every), self.tolerance, zone, days)
        if self.cron is not None:
            words = partial(cron_words, self.cron, self.tolerance, zone, days)
            return Anchored(CronSlots(self.cron, zone, days), self.tolerance, words)
        minutes = clock_minutes(self.by or "")
        words = partial(day_slot_words, minutes, days, self.tolerance, zone)
        return Anchored(DaySlots(minutes, days, zone), self.tolerance, words)


class Freshness(Kind):
    """Remembers the last change, what was read of the column, and since when a breach is excused."""

    label = "Freshness"
    unit = "seconds"
    tells = "The table has not changed for too long, or not by a time of day."
    Settings = FreshnessSettings
    settings: FreshnessSettings

    def __init__(self, settings: FreshnessSettings) -> None:
        super().__init__(settings)
        self.expectation = cache(settings.expectation)  # by zone: a pass holds thousands of tables against it

    @cached_property
    def check_every(self) -> timedelta:
        return self.expectation(ZoneInfo("UTC")).look_every

    def refuse(self, subject: Subject, columns: Sequence[Column], *, tells_changes: bool) -> None:
        if self.settings.column is not None:
            every = parse_interval(self.settings.every).length if self.settings.every else timedelta(days=1)
            finest = timedelta() if self.settings.cron else every  # a date lies before every slot of its own day
            check_time_column(self.settings.column, subject, columns, finest=finest)
            return
        none = "It has no column with times that could tell."
        hint = timed_columns(columns, "Name a timestamp column, such as: {}.", none)
        if subject.is_view:
            message = f"{subject.table} is a view: only a column can tell when its rows changed."
            raise InvalidInput(f"{message} {hint}", field="column")
        if not tells_changes:
            message = f"This data store does not tell when {subject.table} was written."
            raise InvalidInput(f"{message} {hint}", field="column")

    @property
    def learns_from(self) -> Past | None:
        return LOADS

    def band(
        self, subject: Subject, past: Sequence[tuple[datetime, float]], marks: Marks, now: datetime, *, shown: int
    ) -> Band:
        if self.settings.learned == "off":
            return NO_BAND
        return loads_band(subject, past, marks, now, check=self.check_every, holidays=self.settings.holidays or "")

    def wants_past(self, memory: Mapping[str, Any]) -> Past | None:
        return wanted_past(self.settings.learned, memory)

    def wants(self, subject: Subject, known: Known, now: datetime) -> Sequence[Want]:
        column = self.settings.column
        if column is None or (known.unwritten and is_settled(known.memory, column)):
            return ()
        memory = known.memory if known.memory.get("column") == column else {}
        return (NewestTime(column, since=from_iso(memory.get("last_change"))),)

    def judge(
        self, subject: Subject, known: Known, answers: Mapping[Want, Any], now: datetime, *, accepted: bool
    ) -> Judgement:
        evidence = self._evidence(subject, known, answers, now)
        if accepted:
            evidence = evidence.excuse(now)
        changed = evidence.latest_possible
        if changed is None:
            return _unknown(evidence)
        expectation = self.expectation(subject.zone)
        verdict = _verdict(expectation, evidence, changed, now)
        reason = _reason(verdict, expectation, evidence, subject, now)
        allowed = expectation.allowed(changed)
        age = now - (evidence.last_change or changed)
        facts: dict[str, Any] = {"last_change": iso(evidence.last_change)}
        if verdict == "breached":
            facts |= _stale_facts(expectation, evidence, subject, now)
        found = Judgement(
            verdict,
            memory=evidence.memory,
            measured=_seconds(age),
            high=_seconds(allowed),
            source=evidence.source,
            trust=evidence.trust,
            reason=reason,
            facts=facts,
            readings=_readings(evidence),
            next_look_at=expectation.next_look(changed, now),
            basis=_basis(evidence, known),
        )
        return with_learned(
            found, self.settings.learned, subject=subject, known=known, waits_since=changed, check=self.check_every,
            holidays=self.settings.holidays or "", now=now,
        )  # fmt: skip

    def sentence(self, subject: Subject, memory: Mapping[str, Any]) -> str:
        column = self.settings.column
        source = f"column {column}" if column is not None else "the data store's own metadata"
        declared = f"Alerts if {subject} {self.expectation(subject.zone).words}, by {source}."
        return freshness_learned_words(self.settings.learned, memory, subject, declared)

    def _evidence(self, subject: Subject, known: Known, answers: Mapping[Want, Any], now: datetime) -> Evidence:
        column = self.settings.column
        if column is None:
            return from_store(subject, known, now)
        answer: Newest | None = answers.get(NewestTime(column))
        return from_column(column, subject, known.memory, answer, now)


def _unknown(evidence: Evidence) -> Judgement:
    return Judgement("unknown", evidence.memory, source=evidence.source, trust=evidence.trust, reason=evidence.note)


def _stale_facts(expectation: Expectation, evidence: Evidence, subject: Subject, now: datetime) -> dict[str, Any]:
    changed = evidence.latest_possible or now
    return {
        "situation": "stale",
        "age_seconds": _seconds(now - (evidence.last_change or changed)),
        "allowed_seconds": _seconds(expectation.allowed(changed)),
        "deadline": iso(expectation.deadline(now)),
        "reason": f"{unseen_remark(evidence, subject)} {event_remark(evidence, subject, now)}".strip(),
    }


def _seconds(length: timedelta | None) -> float | None:
    return None if length is None else max(0.0, length.total_seconds())


def _verdict(expectation: Expectation, evidence: Evidence, changed: datetime, now: datetime) -> VerdictName:
    if expectation.late(changed, now):
        return "breached"
    seen = [moment for moment in (evidence.last_change, evidence.excused_at) if moment is not None]
    return "ok" if any(moment == changed or not expectation.late(moment, now) for moment in seen) else "learning"


def _reason(verdict: VerdictName, expectation: Expectation, evidence: Evidence, subject: Subject, now: datetime) -> str:
    words = ""
    if verdict == "breached":
        words = late_reason(expectation, evidence, subject, now)
    elif verdict == "learning":
        words = learning_reason(evidence, subject)
    elif evidence.excused_at and evidence.last_change and expectation.late(evidence.last_change, now):
        words = excused_reason(evidence.excused_at, subject)
    told = verdict != "ok" or evidence.event_at == now  # while all is well, once is enough
    remark = event_remark(evidence, subject, now) if told else ""
    return " ".join(part for part in (words, evidence.note, remark) if part)


def _basis(evidence: Evidence, known: Known) -> float | None:
    """The rows of the table, where they are known."""
    rows = evidence.read.get("rows", known.rows)
    return None if rows is None else float(rows)


def _readings(evidence: Evidence) -> Sequence[Reading]:
    last = evidence.last_change
    return (Reading("changed", at=last, value=last.timestamp()),) if last and evidence.moved else ()
