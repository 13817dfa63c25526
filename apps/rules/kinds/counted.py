"""A number of rows held against its limits: the verdict, the words and the facts that both ways of volume share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from functools import cached_property
from typing import Any

from apps.connections.services import Trust
from apps.rules.kinds.contract import Judgement, Reading, VerdictName
from apps.rules.kinds.moments import iso
from apps.rules.limits import Bounds, Limits, Side, difference_percent, mean_words
from apps.rules.periods import Per

# A breach is looked at again sooner than the rule asks, so that people hear soon when the rows are back.
LOOK_AGAIN = timedelta(minutes=10)


@dataclass(frozen=True)
class Counted:
    """Rows with where they come from, what is normal (None: not known yet), and for rows that arrived their period."""

    rows: int
    normal: Fraction | None
    limits: Limits
    source: str
    normal_words: str
    per: Per | None = None
    start: datetime | None = None
    end: datetime | None = None
    trust: Trust = Trust.EXACT

    @cached_property
    def bounds(self) -> Bounds:
        return self.limits.around(self.normal)

    @property
    def side(self) -> Side | None:
        return self.bounds.side(self.rows)

    def verdict(self, *, accepted: bool) -> VerdictName:
        if self.side and not accepted:
            return "breached"
        return "learning" if self.limits.relative and self.normal is None and not accepted else "ok"

    @property
    def breach_words(self) -> str:
        """`, 35 % below the mean of the last 30 days (1,000); the rule alerts at fewer than 800 rows.`"""
        words = f"the rule alerts at {self.bounds.words}"
        difference = difference_percent(self.rows, self.normal)
        if difference is None or self.normal is None:
            return f"; {words}."
        side = "below" if difference < 0 else "above"
        return f", {abs(difference):,g} % {side} {self.normal_words} ({mean_words(self.normal)}); {words}."

    def judgement(
        self,
        verdict: VerdictName,
        memory: Mapping[str, Any],
        now: datetime,
        *,
        reason: str,
        readings: Sequence[Reading] = (),
        next_look_at: datetime | None = None,
        remark: str = "",
    ) -> Judgement:
        """The outcome, with the facts that a message needs when it is a breach or the end of one. `remark`: what a
        message on a breach says beside the figures."""
        bounds = self.bounds
        facts: dict[str, Any] = {
            "rows": self.rows,
            "period_start": iso(self.start),
            "period_end": iso(self.end),
            "per": self.per,
        }
        if verdict == "breached":
            facts |= self._breach_facts() | {"reason": remark}
            next_look_at = min(now + LOOK_AGAIN, next_look_at or now + LOOK_AGAIN)
        return Judgement(
            verdict,
            memory=memory,
            measured=float(self.rows),
            low=_float(bounds.low),
            high=_float(bounds.high),
            source=self.source,
            trust=self.trust,
            reason=reason,
            facts=facts,
            readings=readings,
            next_look_at=next_look_at,
        )

    def _breach_facts(self) -> dict[str, Any]:
        return {
            "situation": self.side,
            "expected_rows": _float(self.normal),
            "low": _float(self.bounds.low),
            "high": _float(self.bounds.high),
            "difference_percent": difference_percent(self.rows, self.normal),
            "baseline_words": self.normal_words,
        }


def _float(value: Fraction | int | None) -> float | None:
    return None if value is None else float(value)
