"""Writing roll-ups out: their facts are made when they are sent, so that the count is whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from apps.alerts.incidents.finding import rank
from apps.alerts.models import Delivery, DeliveryKind, DeliveryStatus, Incident, IncidentStatus, Severity
from apps.alerts.outbox.telling import deadline_of
from apps.alerts.silences.holding import quiet_times
from apps.alerts.silences.summing import listed
from apps.common import fault

BATCH = 100
WRITTEN = ("facts", "status", "due_at", "planned_at", "deadline_at", "held_because")
BECAUSE = "so much began at once that a message for each would have been too many."


def send_rollups(*, now: datetime) -> int:
    """Put the roll-ups that are due on their way. Returns how many."""
    if not _due(now).exists():
        return 0
    with transaction.atomic():
        rows = list(
            _due(now)
            .select_for_update(skip_locked=True, of=("self",))
            .select_related("channel__person", "channel__team")
            .order_by("pk")[:BATCH]
        )
        incidents = Incident.objects.in_bulk({pk for row in rows for pk in (*row.facts["told"], *row.facts["new"])})
        quiet = quiet_times([row.channel for row in rows], now=now)
        for row in rows:
            _write(row, incidents, now)
            hold = quiet.get(row.channel_id)
            if hold and row.facts["severity"] != Severity.CRITICAL and row.status == DeliveryStatus.QUEUED:
                row.status, row.due_at, row.held_because = DeliveryStatus.HELD, hold.until, hold.reason
        Delivery.objects.bulk_update(rows, WRITTEN)
        fault.reached("act written")
    return len(rows)


def _due(now: datetime) -> QuerySet[Delivery]:
    return Delivery.objects.filter(status=DeliveryStatus.HELD, kind=DeliveryKind.ROLLUP, due_at__lte=now)


def _write(row: Delivery, incidents: Mapping[int, Incident], now: datetime) -> None:
    """Fill in what is so now. Where nothing is new, nothing ended and nobody is to be reminded, it is not sent.

    What became part of another incident meanwhile is counted by itself: its lead is told in its own place.
    """
    everything = [incidents[pk] for pk in dict.fromkeys([*row.facts["told"], *row.facts["new"]]) if pk in incidents]
    joined = [each for each in everything if each.merged_into_id and each.status != IncidentStatus.RESOLVED]
    own = [each for each in everything if each not in joined]
    new = [each for each in own if each.pk in row.facts["new"]]
    told = [each for each in own if each.pk not in row.facts["new"]]
    remaining = [incident for incident in (*told, *new) if incident.status != IncidentStatus.RESOLVED]
    over = [incident for incident in (*told, *new) if incident.status == IncidentStatus.RESOLVED]
    row.facts |= _facts(row, now) | listed(remaining or new or told, row.channel.team.language)
    row.facts |= {
        "severity": min((each.severity for each in (remaining or new or told)), key=rank, default=Severity.LOW),
        "remaining": [incident.pk for incident in remaining],
        "new_count": len(new),
        "told_count": len(told),
        "over_count": len(over),
        "remaining_count": len(remaining),
        "joined_count": len(joined),
        "good_count": sum(1 for incident in remaining if incident.over_at or incident.stable_since),
    }
    # The last one of a series ends what a pager began with it.
    last = bool(row.facts["told"]) and not remaining
    worth = bool(new or over or last or (row.facts["reminded"] and remaining))
    row.status = DeliveryStatus.QUEUED if worth else DeliveryStatus.SUPERSEDED
    row.due_at = row.planned_at = now
    row.deadline_at = deadline_of(row.facts["severity"], now)


def _facts(row: Delivery, now: datetime) -> dict[str, Any]:
    team = row.channel.team
    return {
        "team": team.name,
        "timezone": team.timezone,
        "language": team.language,
        "event_at": now.isoformat(),
        "because": BECAUSE,
    }
