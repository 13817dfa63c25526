"""A number of rows held against its limits: the verdict, the words and the facts that both ways of volume share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from apps.common.durations import limit_words
from apps.connections.services import Trust
from apps.rules.kinds.contract import Judgement, Reading, VerdictName
from apps.rules.kinds.learning import How, joined, not_before, replaces, row_edges
from apps.rules.kinds.moments import iso
from apps.rules.limits import Bounds, Limits, Side, count_words, difference_percent, mean_words
from apps.rules.periods import Per

if TYPE_CHECKING:
    from apps.rules.learned.reading import Reading as Learned

# A breach is looked at again sooner than the rule asks, so that people hear soon when the rows are back.
LOOK_AGAIN = timedelta(minutes=10)
BY_HISTORY = "what its own history lets expect"
Fault = Side | Literal["flat"]


@dataclass(eq=False)  # no record, since it keeps its bounds; a frozen one takes ten times as long to make
class Counted:
    """Rows with where they come from, what is normal (None: not known yet), and for rows that arrived their period.

    `same` is how long the number has been exactly this, and `flat` for how long it may be. `learned` is what the
    table's own history says (None: nothing is asked of it), and counts as `how` tells.
    """

    rows: int
    normal: Fraction | None
    limits: Limits
    source: str
    normal_words: str
    per: Per | None = None
    start: datetime | None = None
    end: datetime | None = None
    trust: Trust = Trust.EXACT
    same: timedelta = timedelta()
    flat: timedelta | None = None
    how: How = "off"
    learned: Learned | None = None

    @cached_property
    def bounds(self) -> Bounds:
        """The declared limits that hold: where the learned ones have taken over, the absolute ones alone."""
        return self.limits.absolute if self._replaced else self.limits.around(self.normal)

    @property
    def side(self) -> Side | None:
        return self.bounds.side(self.rows)

    @property
    def fault(self) -> Fault | None:
        """What is wrong by the declared limits."""
        return self.side or ("flat" if self.flat is not None and self.same >= self.flat else None)

    @property
    def _replaced(self) -> bool:
        return replaces(self.how, self.learned)

    def verdict(self, *, accepted: bool) -> VerdictName:
        if self.fault and not accepted:
            return "breached"
        unknown = self.limits.relative and self.normal is None and not self._replaced
        return "learning" if unknown and not accepted else "ok"

    @property
    def breach_words(self) -> str:
        """`, 35 % below the mean of the last 30 days (1,000); the rule alerts at fewer than 800 rows.`"""
        if self.fault == "flat" and self.flat is not None:
            return f"; the rule alerts when that lasts {limit_words(self.flat)}."
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
        alarmed: bool = False,
    ) -> Judgement:
        """The outcome, with the facts that a message needs when it is a breach or the end of one. `remark`: what a
        message on a breach says beside the figures. `alarmed`: the table's own history says that it is unusual."""
        declared = Judgement(
            verdict,
            memory=memory,
            measured=float(self.rows),
            low=_float(self.bounds.low),
            high=_float(self.bounds.high),
            source=self.source,
            trust=self.trust,
            reason=reason,
            facts={**self._facts(), **(self._breach_facts(remark) if verdict == "breached" else {})},
            readings=readings,
            next_look_at=next_look_at,
            expected=_float(self.normal),
            basis=float(max(self.rows, self.normal or 0)),
            judged=self.start,
        )
        found = declared
        if self.learned is not None:
            words, facts = self._learned_words(), self._learned_facts()
            found = joined(declared, self.how, self._whole, alarmed=alarmed, words=words, facts=facts)
        if found.verdict != "breached":
            return found
        return replace(found, next_look_at=not_before(now + LOOK_AGAIN, next_look_at))

    @property
    def _whole(self) -> Learned | None:
        """The learned limits as whole rows."""
        if self.learned is None or self.learned.expected is None:
            return self.learned
        edges = row_edges(self.learned)
        return replace(self.learned, low=_float(edges.low), high=_float(edges.high))

    def _facts(self) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "period_start": iso(self.start),
            "period_end": iso(self.end),
            "per": self.per,
        }

    def _breach_facts(self, remark: str) -> dict[str, Any]:
        if self.fault == "flat" and self.flat is not None:
            return {
                "situation": "flat",
                "same_seconds": self.same.total_seconds(),
                "flat_seconds": self.flat.total_seconds(),
                "reason": remark,
            }
        return {
            "situation": self.side,
            "expected_rows": _float(self.normal),
            "low": _float(self.bounds.low),
            "high": _float(self.bounds.high),
            "difference_percent": difference_percent(self.rows, self.normal),
            "baseline_words": self.normal_words,
            "reason": remark,
        }

    def _learned_words(self) -> str:
        learned = self.learned
        if learned is None or learned.expected is None:
            return ""
        if self.per is None:
            return f"{learned.reason} By its own history, it alerts at {row_edges(learned).words or 'no number'}."
        one = "one hour" if self.per == "1h" else "one day"
        edges = f"By its own history, it alerts at {row_edges(learned).words} in {one}"
        return f"{learned.reason} {edges}, and at smaller differences that last."

    def _learned_facts(self) -> dict[str, Any]:
        learned = self.learned
        if learned is None or learned.expected is None:
            return {}
        edges, due = row_edges(learned), Fraction(learned.expected)
        return {
            "situation": edges.side(self.rows) or ("drop" if self.rows <= due else "spike"),
            "expected_rows": learned.expected,
            "low": _float(edges.low),
            "high": _float(edges.high),
            "difference_percent": difference_percent(self.rows, due),
            "baseline_words": BY_HISTORY,
            "reason": learned.reason,
        }


def learned_words(how: How, learned: Learned | None) -> str:
    """What the sentence of a rule adds where its learned limits alert as well, or are going to."""
    progress = f" ({learned.learning})" if learned and learned.learning else ""
    if how == "also":
        ready = f": {learned_edges(learned)}" if learned and not progress else progress
        return f" It also alerts when the rows are unusual by its own history{ready}."
    return f" That holds until its own history is learned{progress}." if how == "instead" else ""


def learned_edges(learned: Learned) -> str:
    """`last fewer than 640 or more than 1,310 rows, with 820 expected`"""
    words = row_edges(learned).words
    expected = count_words(round(learned.expected or 0))
    return f"last {words or 'no number of rows'}, with {expected.split()[0]} expected"


def _float(value: Fraction | int | None) -> float | None:
    return None if value is None else float(value)
