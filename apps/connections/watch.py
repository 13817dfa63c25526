"""What a look at a table says beside the look before: whether it changed, and since when a change would be noticed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from apps.common.records import record
from apps.connections.engines.contract import Look, Trust
from apps.connections.marks import Event, event_between
from apps.connections.names import TableName


@record
class Watch:
    """The evidence kept of one table. `changed_at` is when it was written if the store tells that, else when a change
    was noticed: it happened at or before that. `changes` counts those that were noticed since `watched_since`."""

    name: TableName
    kind: str
    watched_since: datetime
    id: int | None = None
    looked_at: datetime | None = None
    changed_at: datetime | None = None
    gone_at: datetime | None = None
    mark: str = ""
    identity: str = ""
    writes: int | None = None
    fingerprint: str = ""
    changes: int = 0

    @property
    def tells_changes(self) -> bool:
        """Whether the absence of a change is evidence: there is a counter, a fingerprint or a time to compare with."""
        return self.compares or self.changed_at is not None

    @property
    def compares(self) -> bool:
        """Whether changes are noticed by comparing two looks; else the store itself tells when they happened."""
        return self.writes is not None or bool(self.fingerprint)


@record
class ChangeEvidence:
    """When a table last changed, as far as the store tells without a column. Both times None: it does not tell."""

    changed_at: datetime | None
    watched_since: datetime | None
    source: str
    trust: Trust


def advance(before: Watch | None, look: Look, *, fingerprint: str, now: datetime) -> Watch:
    """The watch after this look. Pure; the same object when nothing changed.

    - Another physical table under the name counts as a change (a load that swaps tables).
    - A counter that fell began anew, because it was reset (a crash, pg_stat_reset) or a part of the table was removed:
      nothing is known of the time between, so the watch starts anew. It is no change, and no drop. What was counted
      since a reset is a change.
    - Rows that were counted and rolled back are no change.
    - A counter that is no longer told ends what is known.
    - A first fingerprint starts the watch; later ones are compared.
    - A time of the change that the store tells wins over the moment of the look. Where the look has a fingerprint too,
      and that stayed, the table was touched (DDL, maintenance) and not written.
    """
    fingerprint = fingerprint or look.fingerprint
    if before is None:
        return _first(look, fingerprint, now)
    touched = bool(fingerprint) and (before.fingerprint, before.identity) == (fingerprint, look.identity)
    told_at = None if touched else look.changed_at
    seen = (before.kind, before.mark, before.identity, before.writes, before.gone_at)
    told = (look.kind, look.mark, look.identity, look.writes, None)
    same = seen == told and fingerprint in ("", before.fingerprint)
    if same and told_at in (None, before.changed_at):
        return before  # nearly all looks end here
    after = replace(
        before, kind=look.kind, gone_at=None, mark=look.mark, identity=look.identity, writes=look.writes,
        fingerprint=fingerprint or before.fingerprint, looked_at=now,
    )  # fmt: skip
    swapped = bool(before.identity) and look.identity != before.identity
    event = event_between(before.mark, look.mark, rows=look.rows)
    if not swapped and (event is Event.RESET or _starts_anew(before, look, fingerprint)):
        counted = now if event is Event.RESET and look.writes else None
        return replace(after, changed_at=told_at or counted, watched_since=now, changes=0)
    if event is Event.UNDONE:
        return after
    compared = look.writes != before.writes or (fingerprint and fingerprint != before.fingerprint)
    if swapped or compared or told_at not in (None, before.changed_at):
        return replace(after, changed_at=told_at or now, changes=before.changes + 1)
    return after


def _first(look: Look, fingerprint: str, now: datetime) -> Watch:
    return Watch(
        name=look.name, kind=look.kind, watched_since=now, looked_at=now, mark=look.mark, identity=look.identity,
        writes=look.writes, fingerprint=fingerprint, changed_at=look.changed_at,
    )  # fmt: skip


def _starts_anew(before: Watch, look: Look, fingerprint: str) -> bool:
    """Whether what the look tells cannot be compared with what was known before."""
    if before.writes is None or look.writes is None:
        return look.writes != before.writes or bool(fingerprint and not before.fingerprint)
    return look.writes < before.writes


def vanish(before: Watch, *, now: datetime) -> Watch:
    """The watch of a table that the look did not find."""
    return before if before.gone_at else replace(before, gone_at=now, looked_at=now)
