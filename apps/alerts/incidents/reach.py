"""What of grouped incidents a reader sees who may not see all of them: the guest to whom one rule is shared.

An incident about that rule is theirs to read; the one that it is part of, and the others in that, need not be.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet

from apps.alerts.models import Incident
from apps.teams.permissions import Grant, allowed


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


def readable(grant: Grant) -> QuerySet[Incident]:
    """All incidents that the reader may see."""
    return allowed(Incident.objects.all(), grant)
