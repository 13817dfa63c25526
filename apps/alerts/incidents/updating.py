"""Findings that confirm what is open already.

Most change nothing that is told, so what tells and what leads a group is imported only where it is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from apps.alerts.incidents.finding import Pair, change_words, rank, stored_title
from apps.alerts.incidents.nextact import replan
from apps.alerts.models import DeliveryKind, Incident, IncidentStatus, TimelineEntry, TimelineKind
from apps.alerts.outbox.events import Event
from apps.common.bulk import update_rows

# What belongs to the incident rather than to its last check.
KEPT_FACTS = ("opened_at", "reopened", "parts", "unstable", "lowered_from", "raised_from")
SET_BY_PERSON = ("lowered_from", "raised_from")
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
    if events:
        from apps.alerts.outbox.telling import announce  # noqa: PLC0415 (see above)

        announce(events, now=now)
    _parts([pair for pair in pairs if pair.incident.merged_into_id], now)


def _refreshed(pair: Pair, now: datetime) -> tuple[TimelineEntry | None, Event | None]:
    finding, incident = pair.finding, pair.incident
    # What a person lowered stays so until something worse is found than what was lowered.
    known = str(incident.facts.get("lowered_from") or "") or incident.severity
    worse = rank(finding.severity) < rank(known)
    kept = {name: incident.facts[name] for name in KEPT_FACTS if incident.facts.get(name)}
    # A lead is as severe as its worst part, and what a person set stays: then it only rises.
    moves = worse or not (kept.get("parts") or kept.get("lowered_from") or kept.get("raised_from"))
    before = incident.severity if moves else finding.severity
    text = change_words(severity=before, facts=incident.facts, finding=finding)
    back = incident.over_at is not None or incident.stable_since is not None
    text = f"{finding.title} is broken again. {text}".strip() if back else text
    serial = ""
    if incident.fixed_at:
        found = NOT_FIXED.format(person=incident.fixed_by or "A person", when=f"{incident.fixed_at:%H:%M} UTC")
        text = f"{found} {text}".strip()
        serial = f"not-fixed-{incident.fixed_at:%Y%m%dT%H%M%S}"
    if worse and not incident.merged_into_id:
        serial = f"severity-{finding.severity}-{now:%Y%m%dT%H%M%S}"
    incident.facts = finding.facts | kept
    if moves:
        incident.severity = finding.severity
    if worse:
        incident.facts = {name: value for name, value in incident.facts.items() if name not in SET_BY_PERSON}
        replan(incident, now=now)
    incident.title, incident.last_seen_at = stored_title(finding.title), now
    incident.over_at = incident.stable_since = incident.fixed_at = incident.fixed_by = None
    event = Event(incident, DeliveryKind.CHANGED, incident.facts | {"change": text}, serial=serial) if serial else None
    name = event.name if event and event.is_routed else ""
    if not text:
        return None, event
    return TimelineEntry(incident=incident, at=now, kind=TimelineKind.CHANGED, text=text, event=name), event


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
    if alone:
        from apps.alerts.incidents import splitting  # noqa: PLC0415 (see above)

        splitting.release(alone, now)
    worse = {
        lead.pk: lead
        for pair in pairs
        if (lead := pair.incident.merged_into) and rank(pair.incident.severity) < rank(lead.severity)
    }
    if worse:
        from apps.alerts.incidents import parts  # noqa: PLC0415 (see above)

        parts.refresh(list(worse.values()), now)


def _is_over(lead: Incident | None) -> bool:
    return lead is None or lead.status == IncidentStatus.RESOLVED
