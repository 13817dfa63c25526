"""What the timelines of open incidents say when their rule was changed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from apps.alerts.models import Incident, IncidentStatus, TimelineKind
from apps.alerts.services import remark
from apps.rules.models import Rule

# Fields whose names say little to people.
WORDS = {
    "connection_id": "connection",
    "owner_id": "owner",
    "include": "patterns",
    "exclude": "patterns",
    "max_bytes": "limit of bytes",
    "notify": "who is told",
    "people": "who is told",
    "shared_with": "teams that may read it",
    "timezone": "time zone",
}


def tell_incidents(rule: Rule, changed: Collection[str], now: datetime) -> None:
    """Add a line with the names of the fields of `rule` that were `changed` to the incidents that it has open."""
    keys = list(
        Incident.objects.filter(team_id=rule.team_id, key__startswith=f"rule/{rule.pk}/")
        .exclude(status=IncidentStatus.RESOLVED)
        .values_list("key", flat=True)
    )
    if not keys:
        return
    record = rule.history.select_related("history_user").first()
    user = record.history_user if record else None
    names = list(dict.fromkeys(WORDS.get(name, name) for name in changed))
    text = f"The rule was changed: {', '.join(names)}."
    remark(keys=keys, kind=TimelineKind.EDITED, text=text, user=user, now=now)
