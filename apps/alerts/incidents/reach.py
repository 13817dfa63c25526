"""What of grouped incidents a reader sees who may not see all of them: the guest to whom one rule is shared.

An incident about that rule is theirs to read; the one that it is part of, and the others in that, need not be. Whom
the team tells, and how that went, is the team's own.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.alerts.models import Delivery, Incident, TimelineEntry, TimelineKind
from apps.teams.permissions import Act, Grant, allowed

# Lines that name other incidents, and lines that name whom the team tells.
OF_THE_TEAM = (
    TimelineKind.GROUPED, TimelineKind.SPLIT, TimelineKind.QUEUED, TimelineKind.SENT, TimelineKind.FAILED,
    TimelineKind.UNCONFIRMED, TimelineKind.FALLBACK, TimelineKind.SUPPRESSED,
)  # fmt: skip


def by_themselves(rows: QuerySet[Incident], grant: Grant) -> QuerySet[Incident]:
    """Those of `rows` that stand by themselves for this reader: the leads, and parts whose lead they may not see."""
    alone = Q(merged_into=None)
    if grant.is_guest:
        alone |= ~Q(merged_into__in=readable(grant))
    return rows.filter(alone)


def leads_seen(incidents: Collection[Incident], grant: Grant) -> set[int]:
    """The numbers of those incidents, of which some of `incidents` are part, that the reader may see."""
    leads = {incident.merged_into_id for incident in incidents if incident.merged_into_id is not None}
    if not leads or not grant.is_guest:
        return leads
    return set(readable(grant).filter(pk__in=leads).values_list("pk", flat=True))


def marked(rows: QuerySet[Incident], grant: Grant) -> QuerySet[Incident]:
    """`rows` for a list: `lead_shown` then knows of each whether this reader may see what it is part of."""
    if not grant.is_guest:
        return rows
    return rows.annotate(lead_hidden=~Exists(readable(grant).filter(pk=OuterRef("merged_into"))))


def lead_shown(incident: Incident) -> int | None:
    """The number of what it is part of, where the reader for whom it was `marked` may see that."""
    return None if getattr(incident, "lead_hidden", False) else incident.merged_into_id


def facts_for(incident: Incident, grant: Grant) -> dict[str, Any]:
    """Its facts; to a guest without the titles of the others that are part of it, of which only the number is told."""
    facts: dict[str, Any] = incident.facts
    if "parts" not in facts or sees_the_team(incident, grant):
        return facts
    return facts | {"parts": facts["parts"] | {"titles": []}}


def timeline_for(incident: Incident, grant: Grant) -> QuerySet[TimelineEntry]:
    """Its lines; to a guest without those that name other incidents, or whom the team tells."""
    lines = incident.timeline.select_related("user")
    return lines if sees_the_team(incident, grant) else lines.exclude(kind__in=OF_THE_TEAM)


def deliveries_for(incident: Incident, grant: Grant) -> QuerySet[Delivery]:
    """Its messages; none for a guest."""
    rows = incident.deliveries.select_related("channel__person")
    return rows if sees_the_team(incident, grant) else rows.none()


def sees_the_team(incident: Incident, grant: Grant) -> bool:
    """Whether the reader may see all that the incident's team has."""
    return not grant.is_guest or grant.allows(Act.VIEW, incident.team_id)


def readable(grant: Grant) -> QuerySet[Incident]:
    """All incidents that the reader may see."""
    return allowed(Incident.objects.all(), grant)
