"""What tells that a table changed: the newest time in a column, or the data store's own metadata."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import Any

from apps.common.records import record
from apps.connections.services import Event, Trust
from apps.rules.kinds.contract import Known, Subject
from apps.rules.kinds.moments import day_words, from_iso, iso, moment_words
from apps.rules.kinds.wants import Newest


@record
class Evidence:
    """When a table changed, as far as is known.

    `watched_since`: since when a change without a column would not have been missed. `excused_at`: when a person closed
    the incident of a breach; the wait counts from there. `note`: what people should know of the data. `read`: what is
    remembered of the column, so that an unwritten table needs no second look. `event`: what happened to the table since
    the last change, or with it, and `event_at` when that was noticed.
    """

    column: str | None
    last_change: datetime | None
    source: str
    trust: Trust
    moved: bool
    watched_since: datetime | None = None
    excused_at: datetime | None = None
    note: str = ""
    read: Mapping[str, Any] = field(default_factory=dict)
    event: Event | None = None
    event_at: datetime | None = None

    @property
    def latest_possible(self) -> datetime | None:
        """The last moment at which a change is known, may have been missed, or was excused."""
        moments = (self.last_change, self.watched_since, self.excused_at)
        return max((moment for moment in moments if moment is not None), default=None)

    @property
    def memory(self) -> dict[str, Any]:
        """What to remember, as JSON values."""
        happened = {"happened": {"event": str(self.event), "at": iso(self.event_at)}} if self.event else {}
        return {
            "column": self.column,
            "last_change": iso(self.last_change),
            "excused_at": iso(self.excused_at),
            "newest": dict(self.read),
            **happened,
        }

    def excuse(self, now: datetime) -> Evidence:
        return replace(self, excused_at=now)


def from_store(subject: Subject, known: Known, now: datetime) -> Evidence:
    """The evidence of the data store's metadata. A counter that was reset forgets; then what was seen before counts."""
    memory = known.memory if known.memory.get("column", "") is None else {}
    before = from_iso(memory.get("last_change"))
    blind = known.changed_at is None and known.watched_since is None
    last_change = None if blind else known.changed_at or before
    note = f"The data store cannot tell when {subject.table} changes; name a timestamp column." if blind else ""
    event, event_at = _happened(known, memory, now, moved=last_change != before)
    return Evidence(
        column=None,
        last_change=last_change,
        source=known.change_source or "the data store's metadata",
        trust=known.change_trust,
        moved=last_change != before,
        watched_since=known.watched_since,
        excused_at=None if blind else from_iso(memory.get("excused_at")),
        note=note,
        event=event,
        event_at=event_at,
    )


def _happened(
    known: Known, memory: Mapping[str, Any], now: datetime, *, moved: bool
) -> tuple[Event | None, datetime | None]:
    """What happened just now, or is remembered; a change puts an end to it."""
    kept = memory.get("happened")
    if known.event or moved or not kept:
        return known.event, now if known.event else None
    return Event(kept["event"]), from_iso(kept["at"])


def from_column(
    column: str, subject: Subject, known_memory: Mapping[str, Any], answer: Newest | None, now: datetime
) -> Evidence:
    """The evidence of a column's newest time: as read just now, else as remembered."""
    memory = known_memory if known_memory.get("column") == column else {}
    newest = answer if answer is not None else _recall(memory["newest"])
    before = from_iso(memory.get("last_change"))
    last_change = newest.at or before
    notes = [_missing_note(column, subject, newest, before), _future_note(subject, newest, now)]
    return Evidence(
        column=column,
        last_change=last_change,
        source=f"column {column}",
        trust=Trust.EXACT,
        moved=last_change != before,
        excused_at=from_iso(memory.get("excused_at")) if last_change else None,
        note=" ".join(note for note in notes if note),
        read=_remember(answer) if answer is not None else memory["newest"],
    )


def is_settled(memory: Mapping[str, Any], column: str) -> bool:
    """Whether what is remembered of the column stays true while nothing is written: rows in the future become past."""
    return memory.get("column") == column and bool(memory.get("newest")) and not memory["newest"]["future_rows"]


def _missing_note(column: str, subject: Subject, newest: Newest, before: datetime | None) -> str:
    if newest.at is not None:
        return ""
    empty, void = f"{subject.table} has no rows", f"No row of {subject.table} has a past time in column {column}"
    why = empty if newest.rows == 0 else void
    return f"{why}; judged by the last change seen." if before else f"{why}, so its last change is not known."


def _future_note(subject: Subject, newest: Newest, now: datetime) -> str:
    if not newest.future_rows:
        return ""
    rows = "1 row lies" if newest.future_rows == 1 else f"{newest.future_rows:,} rows lie"
    left_out = "was" if newest.future_rows == 1 else "were"
    latest = ""
    if newest.future_newest is not None:
        far = newest.future_newest - now > timedelta(days=1)
        words = day_words if far else moment_words
        latest = f" (newest {words(newest.future_newest, subject.zone)})"
    return f"{rows} in the future{latest} and {left_out} left out."


def _remember(newest: Newest) -> dict[str, Any]:
    return {
        "at": iso(newest.at),
        "rows": newest.rows,
        "future_rows": newest.future_rows,
        "future_newest": iso(newest.future_newest),
    }


def _recall(values: Mapping[str, Any]) -> Newest:
    return Newest(from_iso(values["at"]), values["rows"], values["future_rows"], from_iso(values["future_newest"]))
