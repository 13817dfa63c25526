"""Seals what was added to the audit since the last time."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.changes.audit.chain import FIRST, digest_of
from apps.changes.models import AuditEntry
from apps.common.bulk import update_rows

BATCH = 1_000


@transaction.atomic
def seal(*, now: datetime) -> int:
    """Give their place and digest to entries that have none, up to 1,000 added before `now`. Returns how many. Of two
    sealers the second waits for the first, and then finds its work done."""
    waiting = AuditEntry.objects.select_for_update().filter(number=None, at__lte=now)
    entries = list(waiting.order_by("pk")[:BATCH])
    if not entries:
        return 0
    last = AuditEntry.objects.exclude(number=None).order_by("-number").first()
    before, number = (last.digest, last.number or 0) if last else (FIRST, 0)
    rows = []
    for entry in entries:
        number += 1
        entry.number = number
        before = digest_of(entry, before)
        rows.append((number, before, entry.pk))
    update_rows(AuditEntry, ["number", "digest"], rows)
    return len(rows)
