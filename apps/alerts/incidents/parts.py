"""An incident and its parts: what the lead knows of them, and how severe they make it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from apps.alerts.incidents.finding import rank
from apps.alerts.incidents.nextact import replan
from apps.alerts.models import Delivery, DeliveryKind, Incident, IncidentStatus, TimelineEntry, TimelineKind
from apps.alerts.outbox.events import Event
from apps.alerts.outbox.telling import announce
from apps.alerts.silences.releasing import look_again

TITLES_KEPT = 10
ROSE = "The severity rose from {before} to {after}, because of {title}."


def open_parts(leads: Collection[int]) -> dict[int, list[Incident]]:
    """The unresolved parts of each lead, by its number; the oldest first."""
    parts: dict[int, list[Incident]] = defaultdict(list)
    if leads:
        rows = Incident.objects.filter(merged_into__in=leads).exclude(status=IncidentStatus.RESOLVED)
        for row in rows.order_by("opened_at", "pk"):
            parts[row.merged_into_id or 0].append(row)
    return parts


def good_now(incidents: Sequence[Incident]) -> set[int]:
    """The numbers of those that are unstable and good at present, and only have to prove it: nothing that belongs to
    them is bad."""
    proving = {row.pk for row in incidents if row.stable_since}
    bad = Incident.objects.filter(merged_into__in=proving, stable_since=None, over_at=None)
    bad = bad.exclude(status=IncidentStatus.RESOLVED)
    return proving - set(bad.values_list("merged_into", flat=True)) if proving else set()


def refresh(leads: Sequence[Incident], now: datetime, *, tell: bool = True) -> None:
    """Let each lead know its parts, and be as severe as the worst of them. `tell`: who heard of a lead hears of what
    joined or made it worse; a part that joins is told only where a sent message can be changed in place. What is held
    back about a lead is looked at again: perhaps not everything that belongs to it is silenced."""
    if not leads:
        return
    parts = open_parts([lead.pk for lead in leads])
    events, lines = [], []
    for lead in leads:
        event, line = _refreshed(lead, parts.get(lead.pk, []), now)
        if event and line and tell:
            line.event = event.name
        events += [event] if event else []
        lines += [line] if line else []
    Incident.objects.bulk_update(leads, ["facts", "severity", "next_action_at", "reminded_at"])
    TimelineEntry.objects.bulk_create(lines)
    if tell:
        announce(events, now=now)
        look_again(Delivery.objects.filter(incident__in=leads), now=now)


def _refreshed(lead: Incident, parts: Sequence[Incident], now: datetime) -> tuple[Event | None, TimelineEntry | None]:
    known = lead.facts.get("parts") or {}
    before, total = int(known.get("count", 0)), int(known.get("total", 0))
    titles = [part.title for part in parts[:TITLES_KEPT]]
    lead.facts = lead.facts | {"parts": {"count": len(parts), "titles": titles, "total": max(total, len(parts))}}
    worst = min(parts, key=lambda part: rank(part.severity), default=None)
    if worst and rank(worst.severity) < rank(lead.severity):
        text = ROSE.format(before=lead.severity, after=worst.severity, title=worst.title)
        lead.severity = worst.severity
        serial = f"severity-{worst.severity}-{now:%Y%m%dT%H%M%S}-of-{worst.pk}"
        replan(lead, now=now)
        event = Event(lead, DeliveryKind.CHANGED, lead.facts | {"change": text}, serial=serial)
        return event, TimelineEntry(incident=lead, at=now, kind=TimelineKind.CHANGED, text=text)
    if len(parts) <= before:
        return None, None
    # Within five minutes one change is enough: the next one, and the end, tell the rest.
    serial = f"parts-{int(now.timestamp()) // 300}"
    change = f"{len(parts)} more troubles belong to it now." if len(parts) > 1 else "1 more trouble belongs to it now."
    return Event(lead, DeliveryKind.CHANGED, lead.facts | {"change": change}, serial=serial, in_place=True), None
