"""From what was found to an outcome per rule and table. Pure, but for the log line of an error of our own."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from hashlib import blake2b
from math import isfinite
from typing import Any

from apps.common.records import record
from apps.connections.services import ChangeEvidence, Engine, Look, TableName, event_between, matches
from apps.rules.asks import Problem
from apps.rules.feedback.excusing import accept, excuse
from apps.rules.items import Item
from apps.rules.kinds.contract import Judgement, Known
from apps.rules.kinds.wants import Want

MAX_STARTS = 3
UNKNOWN_AGAIN = timedelta(seconds=60)  # how soon to look again after "could not check"
COVER_EVERY = timedelta(minutes=10)
FAILED = "Midwatch failed to judge this rule; the log of the worker has the details."
log = logging.getLogger("midwatch.rules")


@record
class Outcome:
    """How one check ended. `mark` is the table's mark that the judgement's memory belongs to. `over_budget`: it was not
    run because the connection's bytes of the day are used up."""

    item: Item
    judgement: Judgement
    mark: str = ""
    over_budget: bool = False

    @property
    def changed(self) -> bool:
        """Whether the state has to be written beyond the time of the check."""
        item, judgement = self.item, self.judgement
        return (
            judgement.verdict != item.verdict
            or (judgement.memory is not item.memory and judgement.memory != item.memory)
            or self.mark != item.mark
            or judgement.verdict == "unknown"
            or self.sooner is not None
        )

    @property
    def sooner(self) -> datetime | None:
        """A moment before the next regular check at which to look again."""
        at = self.judgement.next_look_at
        regular = self.item.next_check_at
        return at if at is not None and regular is not None and at < regular else None


def look_of(item: Item, looks: Mapping[TableName, Look]) -> Look:
    """The look at the item's table. Where its rule reads other tables as well, its mark moves with theirs."""
    look, kind = looks[item.table], item.work.kind
    others = kind.also_reads(item.subject) if kind else ()
    if not others:
        return look
    marks = [look.mark, *(looks[other].mark if other in looks else "" for other in others)]
    return look._replace(mark=blake2b("\n".join(marks).encode(), digest_size=16).hexdigest() if all(marks) else "")


def known_of(item: Item, look: Look, evidence: ChangeEvidence, engine: type[Engine]) -> Known:
    """What is known of the item's table before it is read. A view has no rows of its own that the store could tell."""
    return Known(
        memory=item.memory,
        unwritten=bool(look.mark) and look.mark == item.mark,
        changed_at=evidence.changed_at,
        watched_since=evidence.watched_since,
        change_source=evidence.source,
        change_trust=evidence.trust,
        rows=look.rows if look.kind == "table" else None,
        rows_source=engine.rows_source,
        rows_trust=engine.rows_trust,
        marks_columns=engine.marks_columns,
        event=event_between(item.mark, look.mark, rows=look.rows),
        was_broken=item.verdict == "breached" and not item.memory,
    )


def unknown(item: Item, reason: str, now: datetime) -> Outcome:
    """Could not check: the memory stays as it is, and the next look is soon."""
    return Outcome(item, Judgement("unknown", item.memory, reason=reason, next_look_at=now + UNKNOWN_AGAIN), item.mark)


def not_read(item: Item, problem: Problem, now: datetime) -> Outcome:
    """Its table could not be read. What costs is not tried again before its time."""
    patient = problem.dear or (problem.heavy and item.verdict == "unknown")
    again = problem.until if patient else now + UNKNOWN_AGAIN
    judgement = Judgement("unknown", item.memory, reason=problem.text, next_look_at=again)
    return Outcome(item, judgement, item.mark, over_budget=problem.until is not None)


def hindrance(item: Item, looks: Mapping[TableName, Look]) -> str:
    """Why the item cannot be checked at all, or an empty text."""
    if item.attempts > MAX_STARTS:
        return f"The check was started {MAX_STARTS} times and never finished. The log of the worker says why."
    if item.work.problem:
        return item.work.problem
    if not item.covers and item.table not in looks:
        return f"{item.table} is not there: it was removed or renamed, or the login may no longer see it."
    return ""


def judge(
    item: Item, look: Look, known: Known, answers: Mapping[Want, Any], now: datetime, *, accepted: bool
) -> Outcome:
    """Let the kind judge. An error in a kind must not take the other rules of the batch down with it."""
    kind = item.work.kind
    if kind is None:
        return unknown(item, item.work.problem, now)
    try:
        judgement = excuse(kind.judge(item.subject, known, answers, now, accepted=accepted), known.marks, now)
        judgement = accept(judgement) if accepted else judgement
    except Exception:
        log.exception("Rule %s could not be judged on %s", item.work.rule.name, item.table)
        return unknown(item, FAILED, now)
    if not _can_be_kept(judgement):
        return unknown(item, f"What was measured of {item.table} is no finite number.", now)
    return Outcome(item, judgement, look.mark)


def _can_be_kept(judgement: Judgement) -> bool:
    """Whether all its numbers are finite. No database keeps NaN in every place, and one that fails would take the other
    rules of the batch down with it."""
    own = (judgement.measured, judgement.low, judgement.high)
    numbers = [*own, *(reading.value for reading in judgement.readings)]
    return all(number is None or isfinite(number) for number in numbers)


def cover(item: Item, looks: Collection[TableName], now: datetime) -> tuple[Outcome, list[TableName]]:
    """The check of a rule's patterns, and the tables that they match."""
    rule = item.work.rule
    include, exclude = tuple(rule.include), tuple(rule.exclude)
    found = [name for name in looks if matches(name, include, exclude)]
    if not found:
        return unknown(item, f"No table matches {', '.join(include)}.", now), found
    count = float(len(found))
    return Outcome(item, Judgement("ok", {}, measured=count, source="the list of tables"), item.mark), found
