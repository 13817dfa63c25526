"""The end of incidents that came and went: once they were good for six hours."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from apps.alerts.incidents import order
from apps.alerts.incidents.closing import Ending, end
from apps.alerts.models import Incident, IncidentStatus
from apps.common import fault

STABLE_FOR = timedelta(hours=6)
BATCH = 100


def settle(*, now: datetime) -> int:
    """End the unstable incidents that proved stable. Returns how many."""
    if not _stable(now).exists():
        return 0
    with transaction.atomic():
        free = order.try_hold(_stable(now).order_by().values_list("team_id", flat=True).distinct())
        stable = _stable(now).filter(team__in=free).select_for_update(skip_locked=True, of=("self",), no_key=True)
        rows = list(stable.order_by("key", "pk")[:BATCH])
        for row in rows:
            row.over_at = row.over_at or row.stable_since  # it was good from then on, and only had to prove it
            row.unstable_since = row.stable_since = None
            row.facts = {name: value for name, value in row.facts.items() if name != "unstable"}
        Incident.objects.bulk_update(rows, ["unstable_since", "stable_since", "facts"])
        end([Ending(row) for row in rows], now=now)
        fault.reached("act written")
    return len(rows)


def _stable(now: datetime) -> QuerySet[Incident]:
    rows = Incident.objects.filter(stable_since__lte=now - STABLE_FOR, unstable_since__isnull=False)
    return rows.exclude(status=IncidentStatus.RESOLVED)
