"""What is broken now: open incidents with since when, and who has them."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from apps.alerts.models import Incident, IncidentStatus, Severity
from apps.alerts.services import by_themselves
from apps.common.records import record
from apps.teams.permissions import Grant, allowed

WORST_FIRST = Case(
    *(When(severity=severity, then=Value(rank)) for rank, severity in enumerate(Severity.values)),
    default=Value(len(Severity.values)),
    output_field=IntegerField(),
)
OPEN_FIRST = Case(When(status=IncidentStatus.RESOLVED, then=Value(1)), default=Value(0), output_field=IntegerField())
PEOPLE = ("team", "assigned_to", "acknowledged_by")
NOBODYS = Q(assigned_to=None, acknowledged_at=None)


@record
class Broken:
    """An open incident, and who takes care of it in words."""

    incident: Incident
    holder: str
    taken: bool


@record
class Now:
    """The worst open incidents. `total`: how many there are; `nobodys`: of which nobody takes care."""

    rows: list[Broken]
    total: int
    nobodys: int

    @property
    def more(self) -> int:
        return self.total - len(self.rows)


def read_now(grant: Grant, *, most: int, team_id: int | None = None) -> Now:
    """Read the `most` worst of what is open, in two statements."""
    found = open_leads(grant, team_id)
    counts = found.aggregate(total=Count("pk"), nobodys=Count("pk", filter=NOBODYS))
    rows = found.select_related(*PEOPLE).order_by(WORST_FIRST, "opened_at", "pk")[:most]
    return Now([broken(row) for row in rows], **counts)


def open_leads(grant: Grant, team_id: int | None = None) -> QuerySet[Incident]:
    """What is open and no part of something else."""
    rows = leads(grant).exclude(status=IncidentStatus.RESOLVED)
    return rows if team_id is None else rows.filter(team_id=team_id)


def leads(grant: Grant) -> QuerySet[Incident]:
    """The incidents that a person may see and that are no part of one which they see."""
    return by_themselves(allowed(Incident.objects.all(), grant), grant)


def broken(incident: Incident) -> Broken:
    return Broken(incident, holder_words(incident), taken=bool(incident.assigned_to_id or incident.acknowledged_at))


def holder_words(incident: Incident) -> str:
    """`Ann has it`, `acknowledged by Ann`, `nobody has it yet`."""
    if incident.assigned_to_id:
        return f"{incident.assigned_to} has it"
    if incident.acknowledged_at:
        return f"acknowledged by {incident.acknowledged_by or 'a program'}"
    return "nobody has it yet"


def ended_words(incident: Incident, now: datetime) -> str:
    """How an incident ended, or who has it: `closed by Ann as real trouble`, `ended by itself`, `Ann has it`."""
    if incident.status != IncidentStatus.RESOLVED:
        return holder_words(incident)
    if incident.resolved_by_id or incident.facts.get("by"):
        outcome = f" as {incident.get_outcome_display().lower()}" if incident.outcome else ""
        return f"closed by {incident.resolved_by or incident.facts['by']}{outcome}"
    return "no longer watched" if incident.facts.get("withdrawn") else "ended by itself"
