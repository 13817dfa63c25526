"""Which incidents get a text, and what it is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.alerts.models import Delivery, DeliveryKind, DeliveryStatus, Incident, IncidentStatus
from apps.summaries.models import GeneratedText, Purpose
from apps.summaries.services import write_message
from apps.summaries.texts import Request, ask_for, incident_facts
from apps.teams.models import Team, User

RECENT = timedelta(days=1)  # older ones get no text when the team switches it on
LOOKED_AT, MOST = 500, 20  # of one turn
FIRST = (DeliveryKind.OPENED, DeliveryKind.REOPENED, DeliveryKind.ESCALATED, DeliveryKind.RESOLVED)


def ask_for_incidents(teams: Sequence[Team], now: datetime) -> int:
    """Ask for a text of each state that an incident of these teams came to lately. Returns how many were asked for."""
    incidents = list(_candidates(teams, now)[:LOOKED_AT])
    known = set(
        GeneratedText.objects.filter(
            purpose=Purpose.INCIDENT, subject_id__in=[incident.pk for incident in incidents]
        ).values_list("subject_id", "occasion")
    )
    new = [incident for incident in incidents if (incident.pk, occasion_of(incident)) not in known][:MOST]
    for incident in new:
        ask_for(request_of(incident), now=now)
    return len(new)


def _candidates(teams: Sequence[Team], now: datetime) -> QuerySet[Incident]:
    """Those whose plain messages have gone, or were tried at least, or were to go to nobody."""
    untried = Q(status=DeliveryStatus.QUEUED, attempts=0) | Q(status=DeliveryStatus.SENDING)
    unsent = Delivery.objects.filter(untried, incident=OuterRef("pk"), kind__in=FIRST)
    lately = Q(opened_at__gt=now - RECENT) | Q(resolved_at__gt=now - RECENT)
    rows = Incident.objects.filter(lately, ~Exists(unsent), team__in=teams, merged_into=None)
    return rows.select_related("team").order_by("-opened_at")


def occasion_of(incident: Incident) -> str:
    """The state that a text tells of. A repeated check changes numbers, but is no news."""
    return f"{incident.reopened}-{incident.severity}-{'over' if incident.resolved_at else 'open'}"


def request_of(incident: Incident) -> Request:
    """What is asked for about an incident as it is now."""
    kind = _kind(incident)
    plain = write_message(kind=kind, facts=incident.facts, severity=incident.severity, link="", repeated=False)
    return Request(
        purpose=Purpose.INCIDENT,
        team_id=incident.team_id,
        subject_id=incident.pk,
        occasion=occasion_of(incident),
        language=incident.team.language,
        facts=facts_of(incident, incident.facts),
        plain=plain.headline,
        people=people_of(incident.team_id),
    )


def facts_of(incident: Incident, facts: Mapping[str, Any]) -> dict[str, Any]:
    """What a model may know of an incident; `facts` are those of the incident or of a message about it."""
    times = {"timezone": incident.team.timezone, "opened_at": incident.opened_at.isoformat()}
    return incident_facts(
        facts=times | {name: value for name, value in facts.items() if value not in ("", None)},
        severity=incident.severity,
        kind=_kind(incident),
        taken=incident.status == IncidentStatus.ACKNOWLEDGED,
    )


def _kind(incident: Incident) -> str:
    return "resolved" if incident.resolved_at else "reopened" if incident.reopened else "opened"


def people_of(team_id: int) -> list[str]:
    """The names by which the members of a team are known, so that none of them is sent."""
    rows = User.objects.filter(memberships__team=team_id).values_list("name", "email")
    return [name for pair in rows for name in pair if name]
