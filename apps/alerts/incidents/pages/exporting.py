"""Incidents as rows of a file, however many there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from apps.alerts.incidents.pages.words import lasted
from apps.alerts.incidents.reach import lead_shown
from apps.alerts.models import Incident
from apps.common.clock import utc_now
from apps.summaries.services import write_title

HEAD = (
    "id", "team", "title", "what_happened", "severity", "status", "assigned_to", "began_at", "opened_at", "notified_at",
    "acknowledged_at", "acknowledged_by", "resolved_at", "resolved_by", "lasted_seconds", "outcome", "reopened",
    "part_of", "parts", "connection", "table", "kind", "rule_id", "cause", "fix", "prevention",
)  # fmt: skip
CHUNK = 1_000
PEOPLE = ("team", "assigned_to", "acknowledged_by", "resolved_by")


def trouble_of(incident: Incident) -> str:
    """What happened, in one clause."""
    return str(incident.facts.get("trouble") or write_title(facts=incident.facts))


def export_rows(incidents: QuerySet[Incident]) -> Iterator[tuple[Any, ...]]:
    """A row per incident, the newest first, read in chunks by statements of their own: a slow download holds no
    transaction open."""
    last = None
    while True:
        rows = incidents if last is None else incidents.filter(pk__lt=last)
        chunk = list(rows.select_related(*PEOPLE).order_by("-pk")[:CHUNK])
        for incident in chunk:
            yield _row(incident)
        if len(chunk) < CHUNK:
            return
        last = chunk[-1].pk


def _row(incident: Incident) -> tuple[Any, ...]:
    row = incident
    people = [str(each) if each else "" for each in (row.assigned_to, row.acknowledged_by, row.resolved_by)]
    assigned, acknowledged, resolved = people
    parts = int((row.facts.get("parts") or {}).get("count", 0))
    return (
        row.pk, row.team.name, row.title, trouble_of(row), row.severity, row.status, assigned, row.began_at,
        row.opened_at, row.notified_at, row.acknowledged_at, acknowledged, row.resolved_at, resolved,
        round(lasted(row, utc_now()).total_seconds()), row.outcome, row.reopened, lead_shown(row), parts,
        row.facts.get("connection", ""), row.table, row.kind, row.rule_id, row.cause, row.fix, row.prevention,
    )  # fmt: skip
