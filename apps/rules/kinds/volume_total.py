"""Volume by the table's total rows, beside the total at the last good check.

Where the data store tells the number of rows by itself, nothing is counted as long as that number can be relied on: an
exact one always, an estimate only to say that all is well. What an estimate makes look wrong, one real count decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from apps.connections.services import EVENT_WORDS, Event, Trust
from apps.rules.kinds.contract import CountRows, Judgement, Known, Reading, Subject, VerdictName, Want
from apps.rules.kinds.counted import Counted
from apps.rules.limits import Limits, count_words

COUNTED = "row count"
EVENTS = (Event.REPLACED, Event.EMPTIED, Event.RENEWED)  # those that explain another number of rows


@dataclass(frozen=True, slots=True)
class Total:
    """Remembers the last number of rows, and the last good one: that stays while breached, so that the breach does too;
    and what had happened to the table when the breach began."""

    limits: Limits

    @property
    def check_every(self) -> timedelta:
        return timedelta(hours=1)

    def wants(self, subject: Subject, known: Known, now: datetime) -> Sequence[CountRows]:
        return () if _remembered(known) or self._told(known) else (CountRows(),)

    def judge(
        self, subject: Subject, known: Known, answers: Mapping[Want, Any], now: datetime, *, accepted: bool
    ) -> Judgement:
        counted = self._counted(known, answers)
        verdict = counted.verdict(accepted=accepted)
        breached = verdict == "breached"
        event = _event(known, counted.rows) if breached else None
        remark = EVENT_WORDS[event] if event else ""
        return counted.judgement(
            verdict,
            {
                "rows": counted.rows,
                "good": known.memory.get("good") if breached else counted.rows,
                "source": counted.source,
                "trust": str(counted.trust),
                "event": event,
            },
            now,
            reason=f"{_reason(verdict, counted, subject)} {remark}".strip(),
            readings=(Reading("row_count", now, float(counted.rows)),)
            if counted.rows != known.memory.get("rows")
            else (),
            remark=remark,
        )

    def sentence(self, subject: Subject, memory: Mapping[str, Any]) -> str:
        absolute, good = self.limits.absolute.words, memory.get("good")
        if not self.limits.relative:
            return f"Alerts if {subject} has {absolute}."
        then = f" ({good:,} then: {self.limits.shares_of(Fraction(good)).edge_words})" if good else ""
        beside = f", or {absolute}" if absolute else ""
        return f"Alerts if {subject} has {self.limits.outside_words} than at the last good check{then}{beside}."

    def _counted(self, known: Known, answers: Mapping[Want, Any]) -> Counted:
        """The best number of rows there is: counted just now, remembered and unchanged since, or told by the store."""
        if CountRows() in answers:
            return self._rows(known, int(answers[CountRows()]), COUNTED, Trust.EXACT)
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
    has = f"{subject.table} has {count_words(counted.rows)}"
    if verdict == "breached":
        return f"{has}{counted.breach_words}"
    if verdict == "learning":
        return f"{has}; the next check compares with this count."
    return f"{has}; a person closed the incident, so this is the new normal." if counted.side else ""
