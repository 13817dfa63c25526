"""Completeness: no day or hour of the last time is without rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from apps.common.durations import Duration, limit_words
from apps.common.plugins import LABELS
from apps.connections.services import Column
from apps.rules.calendars import MONTH_DAYS, day_set
from apps.rules.kinds.columns import check_time_column
from apps.rules.kinds.contract import Judgement, Kind, Known, Reading, Subject, Unit
from apps.rules.kinds.freshness import Days, Place
from apps.rules.kinds.moments import day_words, from_iso, iso
from apps.rules.kinds.settings import RowSettings
from apps.rules.kinds.wants import CountBuckets, Want
from apps.rules.periods import (
    HOUR,
    LENGTHS,
    PER_WORDS,
    Per,
    bucket_seconds,
    earlier,
    fold,
    next_start,
    period_start,
    starts,
)

KEPT = "gaps"
SHOWN = 10
MOST_PERIODS = 2_400


class CompletenessSettings(RowSettings):
    """Which periods must have rows."""

    column: str = Field(min_length=1, title="Timestamp column", description="The time that a row belongs to.")
    per: Per = Field(
        "1d", title="Per", description="Each of these must have rows.", json_schema_extra={LABELS: {**PER_WORDS}}
    )
    back: Duration = Field(timedelta(days=14), title="Look back", description="How far back periods are looked at.")
    settle: Duration = Field(
        timedelta(hours=3), title="Settle", description="A period is judged so long after its end: rows may come late."
    )
    days: Days = Field("daily", title="On days", description="daily, weekdays or a list: other days may be empty.")
    hours: str | None = Field(
        None,
        pattern=r"^\d{1,2}-\d{1,2}$",
        title="Hours",
        description="With hours: those that must have rows, such as 8-20 (from 08:00 to 20:00).",
    )
    holidays: Place | None = Field(
        None,
        title="Holidays",
        description="A country such as DE, or a region such as DE-BY: its public holidays may be empty.",
    )
    at_most: int = Field(0, ge=0, title="At most", description="So many periods may be missing.")

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if not 1 <= self.back // LENGTHS[self.per] <= MOST_PERIODS:
            raise ValueError(f"look back over 1 to {MOST_PERIODS:,} periods")
        if self.days in MONTH_DAYS:
            raise ValueError("give daily, weekdays or a list of weekdays")
        if self.hours is not None:
            if self.per != "1h":
                raise ValueError("hours belong to a rule by the hour: set per to 1h")
            first, last = map(int, self.hours.split("-"))
            if not 0 <= first < last <= 24:
                raise ValueError("hours are written from-to within a day, such as 8-20")
        return self

    def is_expected(self, start: datetime, zone: ZoneInfo) -> bool:
        """Whether the period that begins at `start` must have rows."""
        local = start.astimezone(zone)
        if local.date() not in day_set(self.days, self.holidays):
            return False
        if self.hours is None:
            return True
        first, last = map(int, self.hours.split("-"))
        return first <= local.hour < last


class CompletenessOfPeriods(Kind):
    """Remembers the missing periods, up to when they were looked for, and those that a person accepted."""

    label = "Completeness"
    unit: ClassVar[Unit] = "number"
    tells = "A day or an hour has no rows, although later ones do or its rows are due."
    Settings = CompletenessSettings
    settings: CompletenessSettings

    @property
    def check_every(self) -> timedelta:
        return timedelta(hours=1) if self.settings.per == "1d" else timedelta(minutes=10)

    def refuse(self, subject: Subject, columns: Sequence[Column], *, tells_changes: bool) -> None:
        check_time_column(self.settings.column, subject, columns, finest=LENGTHS[self.settings.per])

    def wants(self, subject: Subject, known: Known, now: datetime) -> Sequence[Want]:
        kept = known.memory.get(KEPT)
        until = self._until(subject, now)
        if kept and from_iso(kept["until"]) == until and (known.unwritten or not kept["missing"]):
            return ()
        return (self._want(subject, until),)

    def judge(
        self, subject: Subject, known: Known, answers: Mapping[Want, Any], now: datetime, *, accepted: bool
    ) -> Judgement:
        kept: Mapping[str, Any] | None = known.memory.get(KEPT)
        until = self._until(subject, now)
        want = self._want(subject, until)
        if want in answers:
            missing, known_rows = self._missing(subject, want, answers[want], until)
        elif kept is not None:
            missing, known_rows = kept["missing"], kept["rows"]
            until = from_iso(kept["until"]) or until
        else:
            return Judgement("unknown", known.memory, reason=f"Nothing is known of {subject.table}.")
        excused = set(missing) if accepted else set((kept or {}).get("excused", []))
        counted = [start for start in missing if start not in excused]
        gaps = {"until": iso(until), "missing": missing, "rows": known_rows, "excused": sorted(excused & set(missing))}
        return self._judgement(subject, {KEPT: gaps}, counted, known_rows, kept, now)

    def sentence(self, subject: Subject, memory: Mapping[str, Any]) -> str:
        many = self.settings.at_most
        one = "an hour has" if self._hourly else "a day has"
        what = f"more than {many:,} {self._periods}s have" if many else one
        extra = [] if self.settings.days == "daily" else [f"on {self._day_words} alone"]
        extra += [f"from {self.settings.hours} o'clock"] if self.settings.hours else []
        extra += [f"apart from public holidays of {self.settings.holidays}"] if self.settings.holidays else []
        extra += [f"looked at {limit_words(self.settings.settle)} after its end"] if self.settings.settle else []
        return (
            f"Alerts if {what} no rows in {subject} by column {self.settings.column}, within the last "
            f"{limit_words(self.settings.back)} ({', '.join(extra) or 'as soon as it is over'})."
        )

    def _judgement(
        self, subject: Subject, memory: Mapping[str, Any], missing: list[str], rows: int,
        kept: Mapping[str, Any] | None, now: datetime,
    ) -> Judgement:  # fmt: skip
        count, breached = len(missing), len(missing) > self.settings.at_most
        names = [self._name(from_iso(start) or now, subject.zone) for start in missing]
        shown = ", ".join(names[:SHOWN]) + (f" and {count - SHOWN:,} more" if count > SHOWN else "")
        words = f"{count:,} {self._periods}{'s' if count != 1 else ''} of {subject.table}"
        reason = f"{words} {'has' if count == 1 else 'have'} no rows: {shown}." if count else ""
        facts = {
            "situation": "gaps", "missing": names[:SHOWN], "count": count, "periods": self._periods, "reason": "",
        }  # fmt: skip
        return Judgement(
            "breached" if breached else "ok",
            memory,
            measured=float(count),
            high=float(self.settings.at_most),
            source=f"column {self.settings.column}",
            reason=reason,
            facts=facts if breached else {},
            readings=(Reading("measured", now, float(count)),) if kept is None or len(kept["missing"]) != count else (),
            basis=float(rows),
        )

    def _missing(
        self, subject: Subject, want: CountBuckets, counts: Mapping[datetime, int], until: datetime
    ) -> tuple[list[str], int]:
        """The periods without rows, from the first that has some on: before a table began, nothing is missing."""
        rows = fold(counts, self.settings.per, subject.zone)
        first = min((start for start, count in rows.items() if count), default=None)
        # An empty look back is the worst gap of all, so all of it counts.
        begin = next_start(first, self.settings.per, subject.zone) if first is not None else want.start
        empty = [
            iso(start) or ""
            for start in starts(begin, until, self.settings.per, subject.zone)
            if not rows.get(start)
            and self.settings.is_expected(start, subject.zone)
            and not self._stands_in_the_hour_before(subject, start, rows)
        ]
        return empty, sum(rows.values())

    def _stands_in_the_hour_before(self, subject: Subject, start: datetime, rows: Mapping[datetime, int]) -> bool:
        """Whether clocks show this hour for the second time: times without a zone do not tell which of the two is
        meant, so the rows of both are in the first."""
        return self._hourly and start.astimezone(subject.store_zone).fold == 1 and bool(rows.get(start - HOUR))

    def _until(self, subject: Subject, now: datetime) -> datetime:
        """The end of the last period that can be judged."""
        return period_start(now - self.settings.settle, self.settings.per, subject.zone)

    def _want(self, subject: Subject, until: datetime) -> CountBuckets:
        per = self.settings.per
        start = earlier(until, self.settings.back // LENGTHS[per], per, subject.zone)
        return CountBuckets(self.settings.column, bucket_seconds(start, until, subject.zone, subject.store_zone), start)

    def _name(self, start: datetime, zone: ZoneInfo) -> str:
        clock = f", {start.astimezone(zone):%H:%M}" if self._hourly else ""
        return f"{day_words(start, zone)}{clock}"

    @property
    def _hourly(self) -> bool:
        return self.settings.per == "1h"

    @property
    def _periods(self) -> str:
        return "hour" if self._hourly else "day"

    @property
    def _day_words(self) -> str:
        return self.settings.days if isinstance(self.settings.days, str) else ", ".join(self.settings.days)
