"""A better rule, where the present one was loosened again and again or alerted falsely: the least change by which the
false alarms would have stayed silent, and what it would have cost. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.rules.bands.marks import EXCUSED, Marks
from apps.rules.feedback.alertsbefore import Alert

ENOUGH = 3  # false alarms, or loosenings, after which a rule is looked at
DAYS = 30
REPLAYED = 90
UNTRIED = "It may ask for the wrong thing, or for too much. Its form shows what other settings would have found."
Changes = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why the rule is looked at, as of the last 30 days."""

    false_alarms: int = 0
    loosenings: int = 0

    @property
    def enough(self) -> bool:
        return max(self.false_alarms, self.loosenings) >= ENOUGH

    @property
    def words(self) -> str:
        parts = [f"{self.false_alarms} alerts were called false"] if self.false_alarms >= ENOUGH else []
        parts += [f"its limits were loosened {self.loosenings} times"] if self.loosenings >= ENOUGH else []
        return f"In the last {DAYS} days {' and '.join(parts)}."


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a rule would have done in the last 90 days: `false` are the alerts that a person excused, `missed` those of
    times in which a person missed an alert."""

    alerts: int
    false: int
    missed: int

    @property
    def true(self) -> int:
        return self.alerts - self.false


@dataclass(frozen=True, slots=True)
class Proposal:
    """`changes` of the settings, None where nothing better was found; and how the two rules compare. `before` is None
    where other limits were not tried."""

    reasons: Reasons
    changes: Changes | None = None
    before: Backtest | None = None
    after: Backtest | None = None
    lost: int = 0

    @property
    def words(self) -> str:
        """In sentences, with the numbers."""
        if self.before is None:
            return f"{self.reasons.words} {UNTRIED}"
        now = f"By its present limits it would have alerted {_times(self.before.alerts)} in the last {REPLAYED} days"
        now += f", {self.before.false} of them excused by people." if self.before.false else "."
        if self.changes is None or self.after is None:
            none = "No looser limit would do better: it" if self.before.alerts else "It"
            return f"{self.reasons.words} {now} {none} may be the wrong kind of rule."
        written = ", ".join(f"{key}: {value}" for key, value in self.changes.items())
        then = f"With {written} it would have alerted {_times(self.after.alerts)}"
        then += f", {self.after.false} of them excused." if self.after.false else "."
        return f"{self.reasons.words} {now} {then} {self._kept}".strip()

    @property
    def _kept(self) -> str:
        """What it costs: only of what came since somebody judged the alerts is it known whether they were true."""
        if not self.before or not self.before.false:
            return ""
        if self.lost:
            return f"It would no longer have found {self.lost} of the others since the first of these."
        return "It loses no other alert since the first of these."


def propose(
    candidates: Iterable[Changes], alerts_with: Callable[[Changes], Sequence[Alert]], marks: Marks, reasons: Reasons
) -> Proposal:
    """The first of `candidates` (the least change first) that silences every false alarm and loses nothing else; else
    the one that loses least. Without a false alarm to silence, the first that halves the alerts."""
    present = alerts_with({})
    before = _backtest(present, marks)
    # What came before anybody judged an alert may have been as false as what was judged.
    judged_since = min((mark.begins for mark in marks.marks if mark.meaning in EXCUSED), default=None)
    true = [alert for alert in present
            if judged_since and alert.ends > judged_since and not _is_false(alert, marks)]  # fmt: skip
    best: Proposal | None = None
    for changes in candidates:
        tried = alerts_with(changes)
        after = _backtest(tried, marks)
        quieter = after.false == 0 if before.false else 2 * after.alerts <= before.alerts
        if not quieter or after.alerts >= before.alerts:
            continue
        lost = sum(not any(_meet(alert, other) for other in tried) for alert in true) if before.false else 0
        if after.missed < before.missed or (best is not None and lost >= best.lost):
            continue
        best = Proposal(reasons, changes, before, after, lost)
        if not lost:
            break
    # What loses more true alerts than it silences false ones is no better rule.
    worth = best is not None and (not before.false or best.lost < before.false)
    return best if best is not None and worth else Proposal(reasons, None, before, None)


def _backtest(alerts: Sequence[Alert], marks: Marks) -> Backtest:
    missed = [mark for mark in marks.marks if mark.meaning == "missed"]
    found = sum(any(mark.meets(alert.begins, alert.ends) for alert in alerts) for mark in missed)
    return Backtest(len(alerts), sum(_is_false(alert, marks) for alert in alerts), found)


def _is_false(alert: Alert, marks: Marks) -> bool:
    return any(mark.meaning in EXCUSED and mark.meets(alert.begins, alert.ends) for mark in marks.marks)


def _meet(one: Alert, other: Alert) -> bool:
    return one.begins < other.ends and other.begins < one.ends


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
