"""A rule walks through the past of a table, check by check, and is judged by the code that judges real checks. Pure.

Checks at which nothing can be different are left out: those between two changes while nothing that the kind remembers
moves and no moment comes at which the verdict may change by itself.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from apps.rules.backtest.past import Past
from apps.rules.bands.marks import NEW_NORMAL, NO_MARKS, Marks
from apps.rules.feedback.excusing import excuse_of
from apps.rules.kinds.contract import Judgement, Kind, Subject
from apps.rules.shaping.noise import KEY as STREAK


class Look(NamedTuple):
    """A check that would have been made, and what came of it. `excused`: the meaning by which people excused what it
    found broken, so that a real check would not alert."""

    at: datetime
    found: Judgement
    excused: str = ""


def walk(kind: Kind, subject: Subject, past: Past, marks: Marks = NO_MARKS) -> Iterator[Look]:
    """The checks that a rule would have made from `past.since` to `past.until`. What `marks` leave out teaches nothing,
    as in real checks. Raises NoPast."""
    memory: Mapping[str, Any] = {}
    before: datetime | None = None
    kind, every = kind.rehearsed(), kind.check_every
    turns = sorted({moment for mark in marks.marks for moment in (mark.begins, mark.ends)})
    now, verdict = past.since, ""
    while now <= past.until:
        said = marks.as_of(now)
        known = replace(past.known(memory, before, now), marks=said)
        if wanted := kind.wants_past(memory):
            seen = [pair for pair in past.observed(wanted.measure, now) if pair[0] >= now - wanted.reach]
            known = replace(known, past=seen)
        answers = {want: past.answer(want, now) for want in kind.wants(subject, known, now)}
        accepted = verdict == "breached" and _is_new_normal(said, now)
        found = kind.judge(subject, known, answers, now, accepted=accepted)
        # Real checks were made at other moments: what was said of one holds a check before and after.
        yield Look(now, found, excuse_of(found, said, now - every, now + every))
        rests = found.verdict == verdict and _settled(found) == _settled(known)
        memory, before, verdict = found.memory, now, found.verdict
        now = _following(now, every, found, past, turns, rests=rests)


def _is_new_normal(marks: Marks, now: datetime) -> bool:
    """Whether people said of this very time that what is there is fine from now on."""
    return any(mark.meaning == NEW_NORMAL and mark.meets(now) for mark in marks.marks)


def _following(
    now: datetime, every: timedelta, found: Judgement, past: Past, turns: Sequence[datetime], *, rests: bool
) -> datetime:
    """When to look next: at the next regular check, or at the last one before something happens or what people said
    begins or ends; sooner where the kind asks for it."""
    regular = now + every
    look = found.next_look_at
    if found.judged is not None and look is not None and look > now:
        return look  # a period that is over stays as it is; the kind says when the next one is
    if rests:
        calm = look if found.verdict == "ok" and look is not None and look > now else None
        event = min(past.next_event(now, calm), *turns[(place := bisect_right(turns, now)) : place + 1], past.until)
        regular = now + max(1, (event - now) // every) * every
    return min(regular, look) if look is not None and look > now else regular


def _settled(known: Any) -> dict[str, Any]:
    """What is remembered, without what moves with each check and decides nothing while an alert is open."""
    memory = dict(known.memory)
    streak = memory.get(STREAK)
    if streak and streak["facts"] is not None:
        memory[STREAK] = streak["good"]
    return memory
