"""How sure a rule must be before it alerts, and before it says that all is well again. Works with every kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from apps.common.durations import limit_words
from apps.common.records import record
from apps.rules.kinds.contract import Judgement, Known, Subject
from apps.rules.kinds.moments import from_iso, iso
from apps.rules.kinds.settings import Noise
from apps.rules.shaping.wrapping import Wrapped

KEY = "noise"  # where the streak stands in the memory of a rule


@record
class Streak:
    """How many judged points in a row were broken or fine, the last of them, since when it is broken, and what was said
    when it was last broken while the alert is open."""

    bad: int = 0
    good: int = 0
    judged: str | None = None
    since: datetime | None = None
    facts: Mapping[str, Any] | None = None

    @property
    def is_open(self) -> bool:
        return self.facts is not None

    @classmethod
    def of(cls, memory: Mapping[str, Any]) -> Streak:
        kept = memory.get(KEY)
        if not kept:
            return cls()
        return cls(kept["bad"], kept["good"], kept["judged"], from_iso(kept["since"]), kept["facts"])

    def as_json(self) -> dict[str, Any]:
        facts = None if self.facts is None else dict(self.facts)
        return {"bad": self.bad, "good": self.good, "judged": self.judged, "since": iso(self.since), "facts": facts}


class Quieted(Wrapped):
    """A kind whose verdicts count once they are sure enough."""

    @property
    def noise(self) -> Noise:
        noise: Noise = self.settings.noise
        return noise

    def judge(
        self, subject: Subject, known: Known, answers: Mapping[Any, Any], now: datetime, *, accepted: bool
    ) -> Judgement:
        found = self.inner.judge(subject, known, answers, now, accepted=accepted)
        before = Streak() if accepted else Streak.of(known.memory)
        if known.was_broken and found.verdict == "breached":  # the alert is open, and not to be closed and opened anew
            before = Streak(facts=found.facts)
        settled, streak = settle(found, before, self.noise, now)
        own = {key: value for key, value in settled.memory.items() if key != KEY}
        memory = own if streak == Streak() else {**own, KEY: streak.as_json()}
        return replace(settled, memory=memory)

    def sentence(self, subject: Subject, memory: Mapping[str, Any]) -> str:
        extra = noise_words(self.noise)
        return f"{self.inner.sentence(subject, memory)} {extra}".strip()


def settle(found: Judgement, before: Streak, noise: Noise, now: datetime) -> tuple[Judgement, Streak]:
    """What counts of a judgement, and the streak after it."""
    if found.verdict == "breached":
        small = _too_small(found, noise)
        if small:
            calm = replace(found, verdict="ok", reason=f"{found.reason} {small}".strip(), facts={})
            return _fine(calm, before, noise, now)
        return _broken(found, before, noise, now)
    if found.verdict == "ok":
        return _fine(found, before, noise, now)
    return found, before


def _broken(found: Judgement, before: Streak, noise: Noise, now: datetime) -> tuple[Judgement, Streak]:
    point = iso(found.judged)
    again = point is not None and point == before.judged and before.bad > 0  # the same period, looked at again
    bad, since = before.bad + (0 if again else 1), before.since or now
    streak = Streak(bad, 0, point, since, before.facts)
    confirmed = noise.confirm is None or now - since >= noise.confirm
    if before.is_open or (bad >= noise.open_after and confirmed):
        return found, replace(streak, facts=found.facts)
    if bad < noise.open_after:
        waiting = f"Not alerting yet: {bad} of {noise.open_after} checks in a row."
    else:
        waiting = "Not alerting yet: it is looked at again first."
    look = found.next_look_at
    if bad >= noise.open_after and noise.confirm is not None:  # else the next regular check is waited for
        look = min(since + noise.confirm, look or since + noise.confirm)
    reason = f"{found.reason} {waiting}".strip()
    return replace(found, verdict="ok", reason=reason, facts={}, next_look_at=look), streak


def _fine(found: Judgement, before: Streak, noise: Noise, now: datetime) -> tuple[Judgement, Streak]:
    if not before.is_open:
        return found, Streak()
    if not _well_inside(found, noise.close_margin):
        kept = f"Back within its limits, but not yet by {noise.close_margin:g} % of them."
        return _still(found, before, kept), replace(before, good=0, judged=iso(found.judged))
    point = iso(found.judged)
    again = point is not None and point == before.judged and before.good > 0
    good = before.good + (0 if again else 1)
    if good >= noise.close_after:
        return found, Streak()
    kept = f"Fine again in {good} of the {noise.close_after} checks in a row that it takes."
    return _still(found, before, kept), replace(before, good=good, bad=0, judged=point)


def _still(found: Judgement, before: Streak, why: str) -> Judgement:
    return replace(found, verdict="breached", reason=f"{found.reason} {why}".strip(), facts=dict(before.facts or {}))


def _well_inside(found: Judgement, margin: float | None) -> bool:
    if margin is None or found.measured is None:
        return True
    share = margin / 100
    low_enough = found.high is None or found.measured <= found.high - abs(found.high) * share
    return low_enough and (found.low is None or found.measured >= found.low + abs(found.low) * share)


def _too_small(found: Judgement, noise: Noise) -> str:
    if noise.min_rows is not None and found.basis is not None and found.basis < noise.min_rows:
        return f"Not alerting: {found.basis:,.0f} rows are fewer than the {noise.min_rows:,} that it takes."
    if noise.min_change is None or found.measured is None:
        return ""
    known = [found.expected] if found.expected is not None else [found.low, found.high]
    away = min((abs(found.measured - line) for line in known if line is not None), default=None)
    if away is not None and away < noise.min_change:
        return f"Not alerting: the difference of {away:,g} is smaller than {noise.min_change:,g}."
    return ""


def noise_words(noise: Noise) -> str:
    """What the sentence of a rule adds. Empty where the rule alerts at once."""
    parts = []
    if noise.open_after > 1:
        parts.append(f"It alerts after {noise.open_after} checks in a row.")
    if noise.confirm is not None:
        parts.append(f"It looks again after {limit_words(noise.confirm)} before it alerts.")
    if noise.min_rows is not None:
        parts.append(f"It does not alert with fewer than {noise.min_rows:,} rows.")
    if noise.min_change is not None:
        parts.append(f"A difference below {noise.min_change:,g} does not count.")
    if noise.close_margin is not None:
        parts.append(f"It is over {noise.close_margin:g} % inside the limits.")
    if noise.close_after > 1:
        parts.append(f"It is over after {noise.close_after} good checks in a row.")
    return " ".join(parts)
