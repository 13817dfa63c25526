"""A rule walks through the past of a table, check by check, and is judged by the code that judges real checks. Pure.

Checks at which nothing can be different are left out: those between two changes while nothing that the kind remembers
moves and no moment comes at which the verdict may change by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from apps.rules.backtest.past import Past
from apps.rules.kinds.contract import Judgement, Kind, Subject
from apps.rules.shaping.noise import KEY as STREAK


class Look(NamedTuple):
    """A check that would have been made, and what came of it."""

    at: datetime
    found: Judgement


def walk(kind: Kind, subject: Subject, past: Past) -> Iterator[Look]:
    """The checks that a rule would have made from `past.since` to `past.until`. Raises NoPast."""
    memory: Mapping[str, Any] = {}
    before: datetime | None = None
    kind, every = kind.rehearsed(), kind.check_every
    now, verdict = past.since, ""
    while now <= past.until:
        known = past.known(memory, before, now)
        if wanted := kind.wants_past(memory):
            seen = [pair for pair in past.observed(wanted.measure, now) if pair[0] >= now - wanted.reach]
            known = replace(known, past=seen)
        answers = {want: past.answer(want, now) for want in kind.wants(subject, known, now)}
        found = kind.judge(subject, known, answers, now, accepted=False)
        yield Look(now, found)
        rests = found.verdict == verdict and _settled(found) == _settled(known)
        memory, before, verdict = found.memory, now, found.verdict
        now = _following(now, every, found, past, rests=rests)


def _following(now: datetime, every: timedelta, found: Judgement, past: Past, *, rests: bool) -> datetime:
    """When to look next: at the next regular check, or at the last one before something happens; sooner where the kind
    asks for it."""
    regular = now + every
    look = found.next_look_at
    if found.judged is not None and look is not None and look > now:
        return look  # a period that is over stays as it is; the kind says when the next one is
    if rests:
        calm = look if found.verdict == "ok" and look is not None and look > now else None
        event = past.next_event(now, calm)
        regular = now + max(1, (min(event, past.until) - now) // every) * every
    return min(regular, look) if look is not None and look > now else regular


def _settled(known: Any) -> dict[str, Any]:
    """What is remembered, without what moves with each check and decides nothing while an alert is open."""
    memory = dict(known.memory)
    streak = memory.get(STREAK)
    if streak and streak["facts"] is not None:
        memory[STREAK] = streak["good"]
    return memory
