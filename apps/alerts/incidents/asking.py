"""What those who report troubles ask about them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from apps.alerts.incidents.finding import stored_key
from apps.alerts.models import Incident, IncidentStatus


def open_keys(*, keys: Collection[str]) -> set[str]:
    """Those of `keys` whose trouble is not over."""
    stored = {stored_key(key): key for key in keys}
    unresolved = Incident.objects.filter(key__in=stored, over_at=None).exclude(status=IncidentStatus.RESOLVED)
    return {stored[key] for key in unresolved.values_list("key", flat=True)}


def closed_by_people(*, keys: Collection[str]) -> dict[str, datetime]:
    """When a person last closed an incident of a key; without the keys of which none was closed by a person."""
    stored = {stored_key(key): key for key in keys}
    closed = Incident.objects.filter(key__in=stored, resolved_by__isnull=False).order_by("resolved_at")
    return {stored[key]: at for key, at in closed.values_list("key", "resolved_at") if at}


def called_fixed(*, since: datetime) -> list[str]:
    """The keys of unresolved incidents that somebody called fixed since then, and of their parts, for a check that
    proves it."""
    unresolved = Incident.objects.exclude(status=IncidentStatus.RESOLVED)
    keys = dict(unresolved.filter(fixed_at__gte=since).values_list("pk", "key"))
    parts = unresolved.filter(merged_into__in=keys).values_list("key", flat=True) if keys else ()
    return [*keys.values(), *parts]
