"""Incidents that open or come back: grouped with their cause, then told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from apps.alerts.incidents import newcomers, nextact, parts
from apps.alerts.incidents.finding import Finding, Pair, stored_title
from apps.alerts.incidents.merging import group
from apps.alerts.models import DeliveryKind, Incident, IncidentStatus, TimelineEntry, TimelineKind
from apps.alerts.outbox.events import Event
from apps.alerts.outbox.telling import Told, announce
from apps.common.bulk import update_rows
from apps.summaries.services import write_message

# Opened, closed, back, closed, back: within a day it began twice before. What fails once every night does not.
UNSTABLE_AFTER = 2
UNSTABLE_WITHIN = timedelta(days=1)
UNSTABLE = (
    "It comes and goes. From here on it stays open until it was good for 6 hours, and each return is only noted here."
)
RESET = ("resolved_at", "resolved_by", "acknowledged_by", "acknowledged_at", "assigned_to", "over_at", "notified_at",
         "merged_into", "stable_since", "snoozed_until", "fixed_by", "fixed_at", "escalation")  # fmt: skip
EMPTIED = ("merged_as", "snooze", "outcome")
FIELDS = ("title", "severity", "status", "last_seen_at", "reopened", "unstable_since", "facts", "connection_id",
          "rule_id", "kind", "table", "tags", "owner", "escalation_step", "next_action_at", "began_at", *RESET,
          *EMPTIED)  # fmt: skip


def begin(opens: Sequence[Pair], reopens: Sequence[Pair], now: datetime) -> None:
    """Open and reopen incidents; those that stand by themselves are announced, the others join their lead."""
    pairs = [*opens, *reopens]
    if not pairs:
        return
    _count_returns([pair.incident for pair in reopens], now)
    for pair in pairs:
        _set_open(pair.incident, pair.finding, now)
    Incident.objects.bulk_create([pair.incident for pair in opens])
    Incident.objects.bulk_update([pair.incident for pair in reopens], FIELDS)
    Told.objects.filter(incident__in=[pair.incident.pk for pair in reopens]).delete()
    first = {pair.incident.pk for pair in opens}
    TimelineEntry.objects.bulk_create(line for pair in pairs for line in _lines(pair, pair.incident.pk in first, now))
    joined = group([pair.incident for pair in pairs], now)
    leads = [pair for pair in pairs if pair.incident.merged_into_id is None]
    old = parts.open_parts([pair.incident.pk for pair in reopens if pair.incident.merged_into_id is None])
    fresh = {pair.incident.pk for pair in leads}
    grown = {lead.pk for lead in joined} | set(old)
    parts.refresh([pair.incident for pair in leads if pair.incident.pk in grown], now, tell=False)
    announce([_event(pair, pair.incident.pk in first) for pair in leads], now=now)
    _plan([pair.incident for pair in leads], now)
    parts.refresh([lead for lead in joined if lead.pk not in fresh], now)
    newcomers.tell(joined, [pair for pair in pairs if pair.incident.merged_into_id], now)


def _count_returns(incidents: Sequence[Incident], now: datetime) -> None:
    again = [incident.pk for incident in incidents if incident.reopened]
    begun = (TimelineKind.DETECTED, TimelineKind.REOPENED)
    lines = TimelineEntry.objects.filter(incident__in=again, kind__in=begun, at__gt=now - UNSTABLE_WITHIN)
    recent = Counter(lines.values_list("incident_id", flat=True)) if again else {}
    for incident in incidents:
        incident.reopened += 1
        if recent.get(incident.pk, 0) >= UNSTABLE_AFTER and incident.unstable_since is None:
            incident.unstable_since = now


def _set_open(incident: Incident, finding: Finding, now: datetime) -> None:
    subject = finding.subject
    incident.title, incident.severity = stored_title(finding.title), finding.severity
    incident.status, incident.last_seen_at = IncidentStatus.OPEN, now
    for name in RESET:
        setattr(incident, name, None)
    for name in EMPTIED:
        setattr(incident, name, "")
    incident.connection_id, incident.rule_id, incident.kind = subject.connection_id, subject.rule_id, subject.kind
    incident.table, incident.tags, incident.owner = subject.table, list(subject.tags), subject.owner
    incident.escalation_step, incident.began_at = 0, began_at(finding.facts)
    incident.next_action_at = now + timedelta(minutes=1)
    # How long it lasted is counted from here, also when it came back.
    began: dict[str, Any] = {"opened_at": now.isoformat(), "reopened": incident.reopened}
    incident.facts = finding.facts | began | ({"unstable": True} if incident.unstable_since else {})


def began_at(facts: dict[str, Any]) -> datetime | None:
    """When the trouble began as far as the facts tell: when the data were due, or the period that is short began."""
    for name in ("due_at", "deadline", "period_end"):
        try:
            moment = datetime.fromisoformat(str(facts.get(name) or ""))
        except ValueError:
            continue
        return moment if moment.tzinfo else None
    return None


def _event(pair: Pair, first: bool) -> Event:
    kind = DeliveryKind.OPENED if first else DeliveryKind.REOPENED
    return Event(
        pair.incident, kind, pair.incident.facts, channel_ids=pair.finding.channel_ids, people=pair.finding.people
    )


def _lines(pair: Pair, first: bool, now: datetime) -> list[TimelineEntry]:
    incident = pair.incident
    kind = DeliveryKind.OPENED if first else DeliveryKind.REOPENED
    text = write_message(kind=kind, facts=incident.facts, severity=incident.severity, link="", repeated=False).headline
    lines = [(TimelineKind.DETECTED if first else TimelineKind.REOPENED, text, _event(pair, first).name)]
    if incident.unstable_since == now:
        lines.append((TimelineKind.CHANGED, UNSTABLE, ""))
    return [
        TimelineEntry(incident=incident, at=now, kind=each, text=words, event=event) for each, words, event in lines
    ]


def _plan(incidents: Sequence[Incident], now: datetime) -> None:
    """Store when something is to be done next; the escalation that the routes chose is stored where they are asked."""
    rows = [(nextact.first(incident, now=now), incident.pk) for incident in incidents]
    update_rows(Incident, ["next_action_at"], rows)
