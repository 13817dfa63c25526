"""What people do with an incident: acknowledge it, close it, note something."""

from __future__ import annotations

from datetime import datetime

from apps.alerts.closing import Ending, close
from apps.alerts.models import Incident, IncidentStatus, TimelineEntry, TimelineKind
from apps.common.errors import InvalidInput
from apps.teams.models import User


def acknowledge(incident: Incident, user: User | None, now: datetime, *, by: str = "") -> None:
    """Note that `user`, or a program called `by`, takes care. Nothing is sent; a second time changes nothing."""
    row = _locked(incident, "acknowledge")
    if row.status == IncidentStatus.ACKNOWLEDGED:
        return
    row.status, row.acknowledged_by = IncidentStatus.ACKNOWLEDGED, user
    row.save(update_fields=["status", "acknowledged_by"])
    _line(row, TimelineKind.ACKNOWLEDGED, f"{user or by} takes care of it.", user, now)
    incident.refresh_from_db()


def resolve(incident: Incident, user: User, now: datetime) -> None:
    """Close it for `user`, and tell everyone who heard of its beginning."""
    close([Ending(_locked(incident, "close"), user=user)], now=now)
    incident.refresh_from_db()


def note(incident: Incident, user: User, text: str, now: datetime) -> None:
    """Add a person's line to the timeline; also to one that is over."""
    if not text.strip():
        raise InvalidInput("The note is empty. Write what others should know.", field="text")
    _line(incident, TimelineKind.NOTED, text.strip(), user, now)


def _locked(incident: Incident, act: str) -> Incident:
    row = Incident.objects.select_for_update().get(pk=incident.pk)
    if row.status == IncidentStatus.RESOLVED:
        raise InvalidInput(f"This incident is resolved already; there is nothing to {act}.")
    return row


def _line(incident: Incident, kind: TimelineKind, text: str, user: User | None, now: datetime) -> None:
    TimelineEntry.objects.create(incident=incident, at=now, kind=kind, text=text, user=user)
