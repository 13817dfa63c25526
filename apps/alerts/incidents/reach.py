"""What of grouped incidents a reader sees who may not see all of them: the guest to whom one rule is shared.

An incident about that rule is theirs to read; the one that it is part of, and the others in that, need not be.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Q, QuerySet

from apps.alerts.models import Incident, TimelineEntry, TimelineKind
from apps.teams.permissions import Act, Grant, allowed

OF_OTHERS = (TimelineKind.GROUPED, TimelineKind.SPLIT)  # lines that name other incidents


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


def facts_for(incident: Incident, grant: Grant) -> dict[str, Any]:
    """Its facts; to a guest without the titles of the others that are part of it, of which only the number is told."""
    facts: dict[str, Any] = incident.facts
    if "parts" not in facts or _sees_the_team(incident, grant):
        return facts
    return facts | {"parts": facts["parts"] | {"titles": []}}


def timeline_for(incident: Incident, grant: Grant) -> QuerySet[TimelineEntry]:
    """Its lines; to a guest without those that name other incidents."""
    lines = incident.timeline.select_related("user")
    return lines if _sees_the_team(incident, grant) else lines.exclude(kind__in=OF_OTHERS)


def _sees_the_team(incident: Incident, grant: Grant) -> bool:
    return not grant.is_guest or grant.allows(Act.VIEW, incident.team_id)


def readable(grant: Grant) -> QuerySet[Incident]:
    """All incidents that the reader may see."""
    return allowed(Incident.objects.all(), grant)
