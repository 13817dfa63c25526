"""What was done elsewhere about the subject of an open incident, as lines of its timeline."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from apps.alerts.incidents.finding import stored_key
from apps.alerts.models import Incident, IncidentStatus, TimelineEntry, TimelineKind
from apps.teams.models import User


def remark(keys: Collection[str], kind: TimelineKind, text: str, user: User | None, now: datetime) -> int:
    """Add the line to the unresolved incidents of these keys. Returns how many there are."""
    rows = Incident.objects.filter(key__in=[stored_key(key) for key in keys]).exclude(status=IncidentStatus.RESOLVED)
    found = rows.values_list("pk", flat=True)
    lines = [TimelineEntry(incident_id=pk, at=now, kind=kind, text=text, user=user) for pk in found]
    TimelineEntry.objects.bulk_create(lines)
    return len(lines)
