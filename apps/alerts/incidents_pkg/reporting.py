"""From findings and recoveries to incidents, timeline lines and deliveries: all in the caller's transaction.

Repeats of open incidents cost a constant number of statements, however many there are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from apps.alerts.closing import Ending, close
from apps.alerts.incidents import (
    REOPEN_WITHIN,
    Finding,
    Recovery,
    Step,
    change_words,
    step_for,
    stored_key,
    stored_title,
)
from apps.alerts.models import DeliveryKind, Incident, IncidentStatus, TimelineEntry, TimelineKind
from apps.alerts.outbox import Event, Told, announce
from apps.common.bulk import update_rows
from apps.summaries.services import write_message

KEYS_PER_QUERY = 5_000
RACES = 3
KEPT_FACTS = ("opened_at", "reopened")


@dataclass(frozen=True, slots=True)
class Pair:
    """A finding with the incident that it concerns."""

    finding: Finding
    incident: Incident


def record(*, findings: Sequence[Finding], recoveries: Sequence[Recovery], now: datetime) -> None:
    """Write what the findings and recoveries mean. Of several with the same key the last counts, a finding before all.

    Somebody else may open an incident of the same key at the same moment. The database then refuses ours; the second
    look finds theirs, and the finding becomes a repeat of it.
    """
    found = {stored_key(finding.key): finding for finding in findings}
    ended = {key: recovery for recovery in recoveries if (key := stored_key(recovery.key)) not in found}
    for attempt in range(1, RACES + 1) if found or ended else ():
        try:
            with transaction.atomic():
                _record(found, ended, now)
            return
        except IntegrityError:
            if attempt == RACES:
                raise


def unresolved(keys: Collection[str]) -> list[Incident]:
    """The unresolved incidents of these stored keys, locked."""
    return _locked(keys, ~Q(status=IncidentStatus.RESOLVED))


def _record(found: Mapping[str, Finding], ended: Mapping[str, Recovery], now: datetime) -> None:
    recent = ~Q(status=IncidentStatus.RESOLVED) | Q(resolved_at__gte=now - REOPEN_WITHIN)
    # Of the incidents of one key the unresolved one comes last and stays; else the one resolved last.
    rows = sorted(_locked([*found, *ended], recent), key=lambda row: (row.resolved_at is None, row.resolved_at or now))
    incidents = {row.key: row for row in rows}
    steps: dict[Step, list[Pair]] = {step: [] for step in Step}
    for key, finding in found.items():
        incident = incidents.get(key)
        step = step_for(exists=incident is not None, resolved_at=incident.resolved_at if incident else None, now=now)
        if incident is None or step is Step.OPEN:
            incident = Incident(team_id=finding.team_id, key=key, opened_at=now)
        steps[step].append(Pair(finding, incident))
    _update(steps[Step.UPDATE], now)
    _begin(steps[Step.OPEN], steps[Step.REOPEN], now)
    over = [(incidents[key], recovery) for key, recovery in ended.items() if key in incidents]
    close([Ending(row, facts=recovery.facts) for row, recovery in over if row.resolved_at is None], now=now)


def _locked(keys: Collection[str], condition: Q) -> list[Incident]:
    # Locked in the order of their keys, so that two workers never wait for each other in a circle.
    wanted = sorted(keys)
    rows: list[Incident] = []
    for start in range(0, len(wanted), KEYS_PER_QUERY):
        part = wanted[start : start + KEYS_PER_QUERY]
        rows += Incident.objects.select_for_update().filter(condition, key__in=part).order_by("key", "pk")
    return rows


def _update(pairs: Sequence[Pair], now: datetime) -> None:
    """Refresh open incidents. Nobody is told; a new severity or situation is noted in the timeline."""
    rows, lines = [], []
    for pair in pairs:
        finding, incident = pair.finding, pair.incident
        kept = {name: incident.facts[name] for name in KEPT_FACTS if name in incident.facts}
        rows.append((finding.facts | kept, stored_title(finding.title), finding.severity, now, incident.pk))
        text = change_words(severity=incident.severity, facts=incident.facts, finding=finding)
        if text:
            lines.append(TimelineEntry(incident=incident, at=now, kind=TimelineKind.CHANGED, text=text))
    update_rows(Incident, ["facts", "title", "severity", "last_seen_at"], rows)
    if lines:
        TimelineEntry.objects.bulk_create(lines)


def _begin(opens: Sequence[Pair], reopens: Sequence[Pair], now: datetime) -> None:
    """Open and reopen incidents, and announce both."""
    if not opens and not reopens:
        return
    for pair in reopens:
        pair.incident.reopened += 1
    for pair in [*opens, *reopens]:
        _set_open(pair.incident, pair.finding, now)
    Incident.objects.bulk_create([pair.incident for pair in opens])
    fields = ["title", "severity", "status", "last_seen_at", "resolved_at", "resolved_by", "acknowledged_by"]
    Incident.objects.bulk_update([pair.incident for pair in reopens], [*fields, "reopened", "facts"])
    Told.objects.filter(incident__in=[pair.incident.pk for pair in reopens]).delete()
    first = [_event(pair, DeliveryKind.OPENED) for pair in opens]
    events = first + [_event(pair, DeliveryKind.REOPENED) for pair in reopens]
    TimelineEntry.objects.bulk_create(_line(event, now) for event in events)
    told = announce(events, now=now)
    Told.objects.bulk_create(Told(incident_id=incident_id, channel_id=channel_id) for incident_id, channel_id in told)


def _set_open(incident: Incident, finding: Finding, now: datetime) -> None:
    incident.title, incident.severity = stored_title(finding.title), finding.severity
    incident.status, incident.last_seen_at = IncidentStatus.OPEN, now
    incident.resolved_at = incident.resolved_by = incident.acknowledged_by = None
    # How long it lasted is counted from here, also when it came back.
    began: dict[str, Any] = {"opened_at": now.isoformat(), "reopened": incident.reopened}
    incident.facts = finding.facts | began


def _event(pair: Pair, kind: DeliveryKind) -> Event:
    return Event(pair.incident, kind, pair.incident.facts, pair.finding.channel_ids)


def _line(event: Event, now: datetime) -> TimelineEntry:
    incident = event.incident
    kind = TimelineKind.REOPENED if event.kind == DeliveryKind.REOPENED else TimelineKind.DETECTED
    text = write_message(
        kind=event.kind, facts=event.facts, severity=incident.severity, link="", repeated=False
    ).headline
    return TimelineEntry(incident=incident, at=now, kind=kind, text=text)
