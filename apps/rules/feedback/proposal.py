"""A better rule, where the present one was loosened again and again or alerted falsely: the least change by which the
false alarms would have stayed silent, and what it would have cost. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from apps.common.records import record
from apps.rules.backtest.outcome import Alert, Tally, Trial
from apps.rules.backtest.words import found_words, times
from apps.rules.bands.marks import EXCUSED, FALSE

ENOUGH = 3  # false alarms, or loosenings, after which a rule is looked at
DAYS = 30
REPLAYED = 90
UNTRIED = "It may ask for the wrong thing, or for too much. Its form shows what other settings would have found."
Changes = Mapping[str, Any]


@record
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


@record
class Proposal:
    """`changes` of the settings, None where nothing better was found, and the same in words (`changed`). How the two
    rules compare by the backtest, over so many `days`: `before` is None where other settings were not tried. `lost`:
    how many other alerts, since the first that was called false, there would be no more."""

    reasons: Reasons
    changes: Changes | None = None
    changed: str = ""
    before: Tally | None = None
    after: Tally | None = None
    lost: int = 0
    days: int = DAYS

    @property
    def words(self) -> str:
        """In sentences, with the numbers."""
        if self.before is None:
            return f"{self.reasons.words} {UNTRIED}"
        now = f"As it is, it would have {_alerted(self.before, self.days)}."
        if self.changes is None or self.after is None:
            none = "No looser limit would do better: it" if self.before.alerts else "It"
            return f"{self.reasons.words} {now} {none} may be the wrong kind of rule."
        then = f"With {self.changed} it would have {_alerted(self.after, self.days, still=True)}."
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
    candidates: Iterable[Changes], trial_with: Callable[[Changes], Trial], words: Callable[[Changes], str],
    reasons: Reasons,
) -> Proposal:  # fmt: skip
    """The first of `candidates` (the least change first) that silences every false alarm, still finds all that was
    real, and loses nothing else; else the one that loses least. Without a false alarm to silence, the first that halves
    the alerts. `trial_with`: what comes of the rule with these changes; `words`: the changes in words."""
    present = trial_with({})
    before, true = present.tally(REPLAYED), _true(present)
    found: tuple[int, Changes, Trial] | None = None
    for changes in candidates:
        tried = trial_with(changes)
        after = tried.tally(REPLAYED)
        if not is_quieter(after, before) or after.found < before.found:
            continue
        lost = sum(not any(_meet(alert, other, present) for other in tried.alerts) for alert in true)
        if found is None or lost < found[0]:
            found = lost, changes, tried
        if not lost:
            break
    # What loses more true alerts than it silences false ones is no better rule.
    days = DAYS if present.tally(DAYS).false == before.false else REPLAYED
    if found is None or (before.false and found[0] >= before.false):
        return Proposal(reasons, before=present.tally(days), days=days)
    lost, changes, tried = found
    return Proposal(reasons, changes, words(changes), present.tally(days), tried.tally(days), lost, days)


def is_quieter(after: Tally, before: Tally) -> bool:
    """Whether no false alarm is left; without any, whether half of the alerts are gone."""
    quieter = after.false == 0 if before.false else 2 * after.alerts <= before.alerts
    return quieter and after.alerts < before.alerts


def _true(present: Trial) -> list[Alert]:
    """The alerts since somebody first judged one that were not called false: those before may have been as false."""
    since = min((mark.begins for mark in present.spoken.marks.marks if mark.meaning in EXCUSED), default=None)
    if since is None or not any(alert.said == FALSE for alert in present.alerts):
        return []
    return [alert for alert in present.alerts if alert.lasted(present.now)[0] >= since and alert.said != FALSE]


def _meet(one: Alert, other: Alert, trial: Trial) -> bool:
    (begins, ends), (begun, ended) = one.lasted(trial.now), other.lasted(trial.now)
    return begins < ended and begun < ends


def _alerted(tally: Tally, days: int, *, still: bool = False) -> str:
    """`alerted 4 times in the last 30 days, 3 of them called false by people, and found the one real trouble`"""
    if not tally.alerts:
        words = f"not alerted in the last {days} days"
    else:
        words = f"alerted {times(tally.alerts)} in the last {days} days"
        words += f", {tally.false or 'none'} of them called false by people" if tally.false or still else ""
    if not tally.real:
        return words
    verb = "still found" if still and tally.found else "found"
    return f"{words}, and {verb} {found_words(tally)}"
