"""Findings that confirm what is open already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from apps.alerts.incidents import parts
from apps.alerts.incidents.finding import Pair, change_words, rank, stored_title
from apps.alerts.incidents.nextact import replan
from apps.alerts.incidents.splitting import release
from apps.alerts.models import DeliveryKind, Incident, IncidentStatus, TimelineEntry, TimelineKind
from apps.alerts.outbox.events import Event
from apps.alerts.outbox.telling import announce
from apps.common.bulk import update_rows

# What belongs to the incident rather than to its last check.
KEPT_FACTS = ("opened_at", "reopened", "parts", "unstable", "lowered_from")
NOT_FIXED = "{person} said at {when} that it was fixed, but the next check found it again."
FIELDS = ("facts", "title", "severity", "last_seen_at", "over_at", "stable_since", "fixed_at", "fixed_by",
          "next_action_at", "reminded_at")  # fmt: skip


def update(pairs: Sequence[Pair], now: datetime) -> None:
    """Refresh open incidents. Only what got worse, what was called fixed, and what stays when its cause is over is
    told; a new severity or situation is noted in the timeline."""
    rows, lines, events = [], [], []
    for pair in pairs:
        line, event = _refreshed(pair, now)
        lines += [line] if line else []
        events += [_of_lead(event)] if event else []
        rows.append(_row(pair.incident))
    update_rows(Incident, FIELDS, rows)
    TimelineEntry.objects.bulk_create(lines)
    announce(events, now=now)
    _parts([pair for pair in pairs if pair.incident.merged_into_id], now)


def _refreshed(pair: Pair, now: datetime) -> tuple[TimelineEntry | None, Event | None]:
    finding, incident = pair.finding, pair.incident
    # What a person lowered stays so until something worse is found than what was lowered.
    known = str(incident.facts.get("lowered_from") or "") or incident.severity
    worse = rank(finding.severity) < rank(known)
    text = change_words(severity=known, facts=incident.facts, finding=finding)
    back = incident.over_at is not None or incident.stable_since is not None
    text = f"{finding.title} is broken again. {text}".strip() if back else text
    serial = ""
    if incident.fixed_at:
        text = NOT_FIXED.format(person=incident.fixed_by or "A person", when=f"{incident.fixed_at:%H:%M} UTC")
        serial = f"not-fixed-{incident.fixed_at:%Y%m%dT%H%M%S}"
    elif worse and not incident.merged_into_id:
        serial = f"severity-{finding.severity}-{now:%Y%m%dT%H%M%S}"
    kept = {name: incident.facts[name] for name in KEPT_FACTS if name in incident.facts}
    incident.facts = finding.facts | kept
    if worse or not (kept.get("parts") or kept.get("lowered_from")):
        incident.severity = finding.severity  # a lead is as severe as its worst part: it only rises by itself
    if worse:
        replan(incident, now=now)
    incident.title, incident.last_seen_at = stored_title(finding.title), now
    incident.over_at = incident.stable_since = incident.fixed_at = incident.fixed_by = None
    line = TimelineEntry(incident=incident, at=now, kind=TimelineKind.CHANGED, text=text) if text else None
    facts = incident.facts | {"change": text}
    return line, Event(incident, DeliveryKind.CHANGED, facts, serial=serial) if serial else None


def _of_lead(event: Event) -> Event:
    """What is told of a part, its lead tells."""
    part, lead = event.incident, event.incident.merged_into
    if _is_over(lead) or lead is None:
        return event
    text = f"{part.title}: {event.facts['change']}"
    return Event(lead, event.kind, lead.facts | {"change": text}, serial=f"{event.serial}-of-{part.pk}")


def _row(incident: Incident) -> tuple[Any, ...]:
    return (*(getattr(incident, "fixed_by_id" if name == "fixed_by" else name) for name in FIELDS), incident.pk)


def _parts(pairs: Sequence[Pair], now: datetime) -> None:
    """What repeated findings about parts mean for their leads. What is found again although its lead is over was not
    its consequence, or not only: it stands by itself."""
    if not pairs:
        return
    leads = Incident.objects.in_bulk({pair.incident.merged_into_id for pair in pairs})
    for pair in pairs:
        pair.incident.merged_into = leads.get(pair.incident.merged_into_id or 0)
    alone = [pair for pair in pairs if _is_over(pair.incident.merged_into)]
    release(alone, now)
    worse = {
        lead.pk: lead
        for pair in pairs
        if (lead := pair.incident.merged_into) and rank(pair.incident.severity) < rank(lead.severity)
    }
    parts.refresh(list(worse.values()), now)


def _is_over(lead: Incident | None) -> bool:
    return lead is None or lead.status == IncidentStatus.RESOLVED
