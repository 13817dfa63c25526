"""Volume by the table's total rows, beside the total at the last good check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from apps.rules.kinds.contract import CountRows, Judgement, Known, Reading, Subject, VerdictName, Want
from apps.rules.kinds.counted import Counted
from apps.rules.limits import Limits, count_words


@dataclass(frozen=True, slots=True)
class Total:
    """Remembers the last count, and the last good one: that stays while breached, so that the breach does too."""

    limits: Limits

    @property
    def check_every(self) -> timedelta:
        return timedelta(hours=1)

    def wants(self, subject: Subject, known: Known, now: datetime) -> Sequence[CountRows]:
        return () if known.unwritten and "rows" in known.memory else (CountRows(),)

    def judge(
        self, subject: Subject, known: Known, answers: Mapping[Want, Any], now: datetime, *, accepted: bool
    ) -> Judgement:
        before: int | None = known.memory.get("rows")
        rows = int(answers[CountRows()] if CountRows() in answers else known.memory["rows"])
        good: int | None = known.memory.get("good")
        counted = Counted(
            rows=rows,
            normal=None if good is None else Fraction(good),
            limits=self.limits,
            source="row count",
            normal_words="the last good count",
        )
        verdict = counted.verdict(accepted=accepted)
        return counted.judgement(
            verdict,
            {"rows": rows, "good": good if verdict == "breached" else rows},
            now,
            reason=_reason(verdict, counted, subject),
            readings=(Reading("row_count", at=now, value=float(rows)),) if rows != before else (),
        )

    def sentence(self, subject: Subject, memory: Mapping[str, Any]) -> str:
        absolute, good = self.limits.absolute.words, memory.get("good")
        if not self.limits.relative:
            return f"Alerts if {subject} has {absolute}."
        then = f" ({good:,} then: {self.limits.shares_of(Fraction(good)).edge_words})" if good else ""
        beside = f", or {absolute}" if absolute else ""
        return f"Alerts if {subject} has {self.limits.outside_words} than at the last good check{then}{beside}."


def _reason(verdict: VerdictName, counted: Counted, subject: Subject) -> str:
    has = f"{subject.table} has {count_words(counted.rows)}"
    if verdict == "breached":
        return f"{has}{counted.breach_words}"
    if verdict == "learning":
        return f"{has}; the next check compares with this count."
    return f"{has}; a person closed the incident, so this is the new normal." if counted.side else ""
