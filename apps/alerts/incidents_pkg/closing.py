"""The end of incidents: by themselves, by a person, or because their rule is no longer watched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.alerts.models import DeliveryKind, Incident, IncidentStatus, TimelineEntry, TimelineKind
from apps.alerts.outbox import Event, Told, announce
from apps.summaries.services import write_message, write_title
from apps.teams.models import User


@dataclass(frozen=True, slots=True)
class Ending:
    """How an incident ends. `facts` are the new good values; a `silent` reason closes it without telling anybody."""

    incident: Incident
    facts: dict[str, Any] = field(default_factory=dict)
    user: User | None = None
    silent: str = ""


def close(endings: Sequence[Ending], *, now: datetime) -> None:
    """Resolve the incidents, with a timeline line each and a message to every channel that heard of the beginning."""
    if not endings:
        return
    for ending in endings:
        _resolve(ending, now)
    incidents = [ending.incident for ending in endings]
    Incident.objects.bulk_update(incidents, ["status", "resolved_at", "resolved_by", "facts"])
    TimelineEntry.objects.bulk_create(_line(ending, now) for ending in endings)
    loud = [ending.incident for ending in endings if not ending.silent]
    told = _channels(loud)
    announce([Event(row, DeliveryKind.RESOLVED, row.facts, tuple(told.get(row.pk, ()))) for row in loud], now=now)


def _resolve(ending: Ending, now: datetime) -> None:
    incident = ending.incident
    began = datetime.fromisoformat(incident.facts.get("opened_at") or incident.opened_at.isoformat())
    end = {
        "opened_at": began.isoformat(),
        "resolved_at": now.isoformat(),
        "duration_seconds": (now - began).total_seconds(),
        "by": str(ending.user) if ending.user else "",
        "trouble": write_title(facts=incident.facts),
        **({"withdrawn": ending.silent} if ending.silent else {}),
    }
    incident.facts = incident.facts | ending.facts | end
    incident.status, incident.resolved_at, incident.resolved_by = IncidentStatus.RESOLVED, now, ending.user


def _line(ending: Ending, now: datetime) -> TimelineEntry:
    incident = ending.incident
    text = write_message(
        kind=DeliveryKind.RESOLVED, facts=incident.facts, severity=incident.severity, link="", repeated=False
    ).headline
    return TimelineEntry(incident=incident, at=now, kind=TimelineKind.RESOLVED, text=text, user=ending.user)


def _channels(incidents: Sequence[Incident]) -> dict[int, list[int]]:
    links = Told.objects.filter(incident__in=[row.pk for row in incidents])
    told: dict[int, list[int]] = {}
    for incident_id, channel_id in links.order_by("channel_id").values_list("incident_id", "channel_id"):
        told.setdefault(incident_id, []).append(channel_id)
    return told
