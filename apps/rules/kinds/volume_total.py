"""Volume by the table's total rows, beside the total at the last good check.

Where the data store tells the number of rows by itself, nothing is counted as long as that number can be relied on: an
exact one always, an estimate only to say that all is well. What an estimate makes look wrong, one real count decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from apps.common.durations import limit_words
from apps.common.records import record
from apps.connections.services import EVENT_WORDS, Event, Trust
from apps.rules.bands.band import Band, reading_as_json, recall_reading
from apps.rules.bands.marks import Marks
from apps.rules.bands.totals import REACH, totals_band
from apps.rules.kinds.contract import Judgement, Known, Past, Reading, Subject, VerdictName
from apps.rules.kinds.counted import Counted, learned_edges, learned_words
from apps.rules.kinds.learning import ALERTING, replaces
from apps.rules.kinds.moments import from_iso, iso
from apps.rules.kinds.volume_settings import VolumeSettings
from apps.rules.kinds.wants import CountRows, Want
from apps.rules.limits import Limits, count_words

COUNTED = "row count"
ROWS = CountRows()
EVENTS = (Event.REPLACED, Event.EMPTIED, Event.RENEWED)  # those that explain another number of rows


@record
class Total:
    """Remembers the last number of rows, and since when it is that, where this may not last; the last good one: that
    stays while breached, so that the breach does too; what had happened to the table when the breach began; and, where
    what is learned alerts, the totals of the last weeks."""

    settings: VolumeSettings

    @property
    def limits(self) -> Limits:
        return self.settings.limits

    @property
    def learns_from(self) -> Past:
        return Past("row_count", REACH)

    def band(
        self, subject: Subject, past: Sequence[tuple[datetime, float]], marks: Marks, now: datetime, *, shown: int
    ) -> Band:
        return totals_band(past, zone=subject.zone, holidays=self.settings.holidays or "", marks=marks, now=now)

    def wants_past(self, memory: Mapping[str, Any]) -> Past | None:
        """A total cannot be read back: what was stored of it is what there is to learn from."""
        learns = self.settings.learned in ALERTING and "totals" not in memory
        return self.learns_from if learns else None

    @property
    def check_every(self) -> timedelta:
        return timedelta(hours=1)

    def wants(self, subject: Subject, known: Known, now: datetime) -> Sequence[CountRows]:
        return () if _remembered(known) or self._told(known) else (ROWS,)

    def judge(
        self, subject: Subject, known: Known, answers: Mapping[Want, Any], now: datetime, *, accepted: bool
    ) -> Judgement:
        moved = known.marks.anew is not None and iso(known.marks.anew) != known.memory.get("anew")
        accepted = accepted or moved  # a person said that what is there is the new normal
        counted, extra = self._with_history(subject, known, self._counted(known, answers), now, accepted)
        alarmed = counted.learned is not None and counted.learned.alarmed
        if alarmed and (accepted or known.memory.get("hushed")):
            extra["hushed"] = True
        verdict = counted.verdict(accepted=accepted)
        breached = verdict == "breached"
        event = _event(known, counted.rows) if breached else None
        remark = EVENT_WORDS[event] if event else ""
        memory = {
            "rows": counted.rows,
            "good": known.memory.get("good") if breached and counted.side else counted.rows,
            "source": counted.source,
            "trust": str(counted.trust),
            "event": event,
            **extra,
        }
        return counted.judgement(
            verdict,
            memory,
            now,
            reason=f"{_reason(verdict, counted, subject)} {remark}".strip(),
            readings=(Reading("row_count", now, float(counted.rows)),)
            if counted.rows != known.memory.get("rows")
            else (),
            next_look_at=now - counted.same + counted.flat if counted.flat and counted.same < counted.flat else None,
            remark=remark,
            alarmed=alarmed and not extra.get("hushed", False),
        )

    def sentence(self, subject: Subject, memory: Mapping[str, Any]) -> str:
        learned, flat = recall_reading(memory.get("learned")), self.settings.flat
        lasting = f" It also alerts if its number of rows does not change for {limit_words(flat)}." if flat else ""
        if learned and replaces(self.settings.learned, learned):
            absolute = self.limits.absolute.words
            beside = f", or {absolute}" if absolute else ""
            edges = learned_edges(learned)
            return f"Alerts if {subject} has unusually few or many rows, by its own history: {edges}{beside}.{lasting}"
        main = self._declared(subject, memory.get("good"))
        if not main and flat:
            main, lasting = f"Alerts if the number of rows of {subject} does not change for {limit_words(flat)}.", ""
        return main + lasting + learned_words(self.settings.learned, learned)

    def _declared(self, subject: Subject, good: int | None) -> str:
        absolute = self.limits.absolute.words
        if not self.limits.relative:
            return f"Alerts if {subject} has {absolute}." if absolute else ""
        then = f" ({good:,} then: {self.limits.shares_of(Fraction(good)).edge_words})" if good else ""
        beside = f", or {absolute}" if absolute else ""
        return f"Alerts if {subject} has {self.limits.outside_words} than at the last good check{then}{beside}."

    def _with_history(
        self, subject: Subject, known: Known, counted: Counted, now: datetime, accepted: bool
    ) -> tuple[Counted, dict[str, Any]]:
        """What time tells of the total beside the last good one, and what to remember for it."""
        settings, memory = self.settings, known.memory
        extra: dict[str, Any] = {} if known.marks.anew is None else {"anew": iso(known.marks.anew)}
        if settings.flat is not None:
            kept = memory.get("same_since") if memory.get("rows") == counted.rows else None
            since = now if accepted else from_iso(kept) or now
            extra["same_since"] = iso(since)
            counted = replace(counted, same=now - since, flat=settings.flat)
        if settings.learned in ALERTING:
            totals = _totals(known, counted.rows, now)
            seen = [(datetime.fromtimestamp(at, UTC), float(rows)) for at, rows in totals]
            reading = self.band(subject, seen, known.marks, now, shown=0).reading
            extra["totals"] = totals
            if reading:
                extra["learned"] = reading_as_json(reading)
            counted = replace(counted, how=settings.learned, learned=reading)
        return counted, extra

    def _counted(self, known: Known, answers: Mapping[Want, Any]) -> Counted:
        """The best number of rows there is: counted just now, remembered and unchanged since, or told by the store."""
        if ROWS in answers:
            return self._rows(known, int(answers[ROWS]), COUNTED, Trust.EXACT)
        memory = known.memory
        if _remembered(known):
            trust = Trust(memory.get("trust", Trust.EXACT))
            return self._rows(known, int(memory["rows"]), memory.get("source", COUNTED), trust)
        told = self._told(known)
        if told is None:
            raise LookupError("Nothing is known of the number of rows, and nothing was counted.")
        return told

    def _told(self, known: Known) -> Counted | None:
        """The rows that the store tells, where they can be relied on."""
        if known.rows is None or known.rows_trust is Trust.HINT:
            return None
        told = self._rows(known, known.rows, known.rows_source, known.rows_trust)
        well = told.normal is not None and not told.side
        return told if well or known.rows_trust is Trust.EXACT else None

    def _rows(self, known: Known, rows: int, source: str, trust: Trust) -> Counted:
        good: int | None = known.memory.get("good")
        return Counted(
            rows=rows,
            normal=None if good is None else Fraction(good),
            limits=self.limits,
            source=source,
            normal_words="the last good count",
            trust=trust,
        )


def _totals(known: Known, rows: int, now: datetime) -> list[list[int]]:
    """The last total of each hour of the last weeks, in order."""
    kept = known.memory.get("totals") or [[int(at.timestamp()), int(value)] for at, value in known.past]
    hours = {at // 3600: [at, total] for at, total in kept if at >= (now - REACH).timestamp()}
    last = max(hours.values(), default=None)
    if last is None or last[1] != rows:  # a total holds until the next
        hours[int(now.timestamp()) // 3600] = [int(now.timestamp()), rows]
    return [hours[hour] for hour in sorted(hours)]


def _remembered(known: Known) -> bool:
    return known.unwritten and "rows" in known.memory


def _event(known: Known, rows: int) -> Event | None:
    """What happened when the breach began, or just now."""
    event = Event.EMPTIED if known.event is Event.RENEWED and rows == 0 else known.event
    if event in EVENTS:
        return event
    before = known.memory.get("event")
    return Event(before) if before else None


def _reason(verdict: VerdictName, counted: Counted, subject: Subject) -> str:
    fault = counted.fault
    if verdict == "ok" and not fault:
        return ""
    has = f"{subject.table} has {count_words(counted.rows)}"
    if fault == "flat":
        has += f", exactly as many as for {limit_words(counted.same)}"
    if verdict == "breached":
        return f"{has}{counted.breach_words}"
    if verdict == "learning":
        return f"{has}; the next check compares with this count."
    return f"{has}; a person accepted it, so this is the new normal."
