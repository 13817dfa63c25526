"""Reminders of what is still open, the question whether somebody still works on it, and the ends of snoozes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet

from apps.alerts.incidents import order
from apps.alerts.incidents.nextact import began_at, next_action, reminder_due
from apps.alerts.incidents.parts import good_now
from apps.alerts.models import (
    Delivery,
    DeliveryKind,
    DeliveryStatus,
    Incident,
    IncidentStatus,
    TimelineEntry,
)
from apps.alerts.outbox.events import Event
from apps.alerts.outbox.telling import Told, announce
from apps.alerts.routing.escalating import delays_left
from apps.alerts.silences.snoozing import wake, why_over
from apps.common import fault
from apps.common.bulk import update_rows

BATCH = 500
FIELDS = ("snooze", "snoozed_until", "snoozed_facts", "reminded_at", "next_action_at")


def remind(*, now: datetime) -> int:
    """Do what is due for open incidents, and plan what comes next. Returns how many there were."""
    if not _due(now).exists():
        return 0
    with transaction.atomic():
        free = order.try_hold(_due(now).order_by().values_list("team_id", flat=True).distinct())
        rows = list(
            _due(now)
            .filter(team__in=free)
            .select_for_update(skip_locked=True, of=("self",), no_key=True)
            .select_related("team", "acknowledged_by")
            .order_by("next_action_at", "pk")[:BATCH]
        )
        over = {row.pk: why_over(row, now=now) for row in rows if row.snooze}
        woken = [row for row in rows if over.get(row.pk)]
        wake(woken, [over[row.pk] for row in woken], now=now)
        steps, active = delays_left(rows, now=now), _activity(rows)
        due = [row for row in rows if not row.snooze and _reaches(reminder_due(row, active_at=active.get(row.pk)), now)]
        announce(_reminders(due, now), now=now)
        for row in due:
            row.reminded_at = now
        for row in rows:
            row.next_action_at = next_action(row, now=now, steps=steps.get(row.pk, ()), active_at=active.get(row.pk))
        update_rows(Incident, FIELDS, [(*(getattr(row, name) for name in FIELDS), row.pk) for row in rows])
        fault.reached("act written")
    return len(rows)


def _due(now: datetime) -> QuerySet[Incident]:
    rows = Incident.objects.filter(next_action_at__lte=now, merged_into=None)
    return rows.exclude(status=IncidentStatus.RESOLVED)


def _reaches(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment <= now


def _reminders(incidents: Sequence[Incident], now: datetime) -> list[Event]:
    """One for each, to those who heard of it, or to the managers where none of those is left.

    A channel for which something about it is held back hears at the end of the hold that it is still broken, so it is
    not reminded.
    """
    (heard, held), good = _channels(incidents), good_now(incidents)
    events = []
    for incident in incidents:
        told = heard.get(incident.pk, set())
        left = told - held.get(incident.pk, set())
        if (told and not left) or incident.pk in good:
            continue
        named = tuple(sorted(left)) if left != told else ()
        facts = incident.facts | _words(incident, now)
        events.append(Event(incident, DeliveryKind.REMINDER, facts, channel_ids=named, serial=f"{now:%Y%m%dT%H%M%S}"))
    return events


def _words(incident: Incident, now: datetime) -> dict[str, Any]:
    """What a reminder says beside the facts."""
    facts = {"opened_at": began_at(incident).isoformat(), "open_seconds": (now - began_at(incident)).total_seconds()}
    if incident.status != IncidentStatus.ACKNOWLEDGED:
        return facts
    taken = incident.acknowledged_at or began_at(incident)
    return facts | {"taken_by": str(incident.acknowledged_by or "Somebody"), "taken_at": taken.isoformat()}


def _channels(incidents: Sequence[Incident]) -> tuple[dict[int, set[int]], dict[int, set[int]]]:
    """Who heard of each incident, and for whom something about it is held back."""
    heard: dict[int, set[int]] = {}
    held: dict[int, set[int]] = {}
    if incidents:
        links = Told.objects.filter(incident__in=incidents).values_list("incident_id", "channel_id")
        waiting = Delivery.objects.filter(incident__in=incidents, status=DeliveryStatus.HELD)
        for found, pairs in ((heard, links), (held, waiting.values_list("incident_id", "channel_id"))):
            for incident_id, channel_id in pairs:
                found.setdefault(incident_id, set()).add(channel_id)
    return heard, held


def _activity(incidents: Sequence[Incident]) -> Mapping[int, datetime]:
    """When a person last did something about each incident that somebody took."""
    taken = [row.pk for row in incidents if row.status == IncidentStatus.ACKNOWLEDGED]
    if not taken:
        return {}
    lines = TimelineEntry.objects.filter(incident__in=taken, user__isnull=False)
    return dict(lines.values("incident").annotate(last=Max("at")).values_list("incident", "last"))
