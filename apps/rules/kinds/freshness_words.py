"""Why a freshness rule judged as it did, in words."""

from __future__ import annotations

from datetime import datetime, timedelta

from apps.common.durations import elapsed_words, limit_words
from apps.connections.services import EVENT_WORDS
from apps.rules.expectation import Expectation
from apps.rules.kinds.contract import Subject
from apps.rules.kinds.evidence import Evidence
from apps.rules.kinds.moments import moment_words


def late_reason(expectation: Expectation, evidence: Evidence, subject: Subject, now: datetime) -> str:
    """Why the table is late."""
    seen = _last_seen(evidence, subject, now)
    if deadline := expectation.deadline(now):
        return f"{subject.table} {seen}; a change was due by {moment_words(deadline, subject.zone)} at the latest."
    changed = evidence.latest_possible
    allowed = expectation.allowed(changed) if changed else None
    if allowed is None:
        return f"{subject.table} {seen}."
    words = limit_words(allowed) if allowed < timedelta(days=3) else elapsed_words(allowed)
    return f"{subject.table} {seen}; the limit is {words}."


def learning_reason(evidence: Evidence, subject: Subject) -> str:
    """Why there is no verdict yet."""
    if not evidence.watched_since:
        return f"Midwatch has only begun to watch {subject.table}; a change before that would not have been noticed."
    since = moment_words(evidence.watched_since, subject.zone)
    return f"Midwatch has watched {subject.table} only since {since}; a change before that would not have been noticed."


def excused_reason(excused_at: datetime, subject: Subject) -> str:
    """Why a late table is not reported."""
    return f"A person accepted it; the wait counts from {moment_words(excused_at, subject.zone)}."


def unseen_remark(evidence: Evidence, subject: Subject) -> str:
    """What a message adds to the figures of a stale table: notes on the data, or that no change was ever seen."""
    if evidence.last_change is not None or evidence.watched_since is None:
        return evidence.note
    return (
        f"It has not changed since Midwatch began to watch it at {moment_words(evidence.watched_since, subject.zone)}."
    )


def event_remark(evidence: Evidence, subject: Subject, now: datetime) -> str:
    """What happened to the table beside being written, and when that was noticed."""
    if evidence.event is None or evidence.event_at is None:
        return ""
    noticed = f" That was noticed at {moment_words(evidence.event_at, subject.zone)}."
    return EVENT_WORDS[evidence.event] + ("" if evidence.event_at == now else noticed)


def _last_seen(evidence: Evidence, subject: Subject, now: datetime) -> str:
    if evidence.last_change is not None:
        elapsed = elapsed_words(now - evidence.last_change)
        return f"has not changed for {elapsed}, since {moment_words(evidence.last_change, subject.zone)}"
    if evidence.watched_since is not None:
        since = moment_words(evidence.watched_since, subject.zone)
        return f"has not changed since Midwatch began to watch it at {since}"
    return "has not changed"
