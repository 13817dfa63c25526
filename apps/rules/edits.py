"""Who changed what of rules and of their connection, newest first: a few lines for the page of what they are about."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from django.db.models import Q

from apps.changes.models import Act, AuditEntry
from apps.common.records import record

SHOWN = 10
MAKING = timedelta(minutes=1)
ACTS = (Act.ADDED, Act.CHANGED, Act.DELETED, Act.UNDONE)


@record
class Edit:
    """One change, and the page of the history that it stands in; empty where what was changed is gone."""

    entry: AuditEntry
    link: str


def edits_of(*, rules: Collection[int], connection: int) -> list[Edit]:
    """The newest changes of these rules and of the connection; one statement."""
    ours = Q(model="rules.rule", object_id__in=[str(pk) for pk in rules])
    theirs = Q(model="connections.connection", object_id=str(connection))
    rows = AuditEntry.objects.filter(ours | theirs, act__in=ACTS).order_by("-at", "-pk")
    return [Edit(row, history_link(row)) for row in folded(rows[: 3 * SHOWN])[:SHOWN]]


def folded(entries: Iterable[AuditEntry]) -> list[AuditEntry]:
    """Without the changes that belong to making something: those written within a minute after it was added. Pure."""
    rows = list(entries)
    added = {(row.model, row.object_id): row.at for row in rows if row.act == Act.ADDED}
    return [row for row in rows if row.act != Act.CHANGED or not _belongs(row, added)]


def _belongs(row: AuditEntry, added: Mapping[tuple[str, str], datetime]) -> bool:
    at = added.get((row.model, row.object_id))
    return at is not None and timedelta(0) <= row.at - at < MAKING


def history_link(entry: AuditEntry) -> str:
    """The page of the history that the entry stands in; empty where what it is about is gone."""
    return "" if entry.act == Act.DELETED else f"/{entry.model.replace('.', '/')}/{entry.object_id}/history/"
