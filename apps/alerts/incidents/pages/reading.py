"""What the page of one incident shows, read in a fixed number of statements."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Case, Q, QuerySet, Value, When

from apps.alerts.incidents.evidence import fed_by
from apps.alerts.incidents.pages.about import About, about, table_page
from apps.alerts.incidents.pages.words import (
    ICONS,
    REASONS,
    Badge,
    closed_by,
    is_snoozed,
    lasted_words,
    state_badges,
    still_fails,
    told_names,
)
from apps.alerts.incidents.reach import (
    deliveries_for,
    facts_for,
    leads_seen,
    readable,
    sees_the_team,
    timeline_for,
)
from apps.alerts.models import Delivery, Incident, IncidentStatus, TimelineEntry
from apps.common.records import record
from apps.summaries.services import Message, write_message
from apps.teams.models import User
from apps.teams.permissions import Grant

PARTS = 50
SIMILAR = 6
TARGETS = 100
LINES = 200
DELIVERIES = 100
PEOPLE = ("team", "acknowledged_by", "resolved_by", "assigned_to", "fixed_by", "merged_into")
INCIDENTS = Incident.objects.select_related(*PEOPLE)


@record
class Line:
    """A line of the timeline, with the symbol of its kind."""

    entry: TimelineEntry
    icon: str


@record
class Part:
    """An incident that belongs to the one that is shown, and why."""

    incident: Incident
    reason: str
    is_open: bool


@record
class Earlier:
    """An incident of the past that resembles the one that is shown: how, how long it lasted, and who ended it."""

    incident: Incident
    how: str
    lasted: str
    ended: str


@record
class IncidentPage:
    """Everything the page shows. `lead` is what it is part of. `members` and `targets` (into which it may merge) are
    read only for those who may act. `feeds`: the tables that get their rows from the one that is broken."""

    incident: Incident
    text: Message
    badges: list[Badge]
    about: About
    table_page: str
    lead: Incident | None
    reason: str
    parts: list[Part]
    more_parts: int
    lines: list[Line]
    earlier_lines: bool
    deliveries: list[Delivery]
    told: str
    feeds: list[str]
    similar: list[Earlier]
    is_open: bool
    fails: bool
    snoozed: bool
    members: list[User]
    targets: list[Incident]

    @property
    def acts(self) -> str:
        """A text that changes with what can be done: buttons are drawn anew when it does, and else left alone."""
        row = self.incident
        of_row = (row.status, row.assigned_to_id, row.severity, row.merged_into_id, row.fixed_at, row.outcome)
        state = (*of_row, self.fails, self.snoozed)
        return "-".join("" if value is None else str(value) for value in state)


def read_incident(
    incident: Incident, now: datetime, grant: Grant, *, may_operate: bool, every_line: bool = False
) -> IncidentPage:
    """Read the page of an incident that was fetched from INCIDENTS, with what `grant` may see of others."""
    is_open, seen = incident.status != IncidentStatus.RESOLVED, readable(grant)
    parts = _parts(incident, seen)
    shown_parts = list(parts[:PARTS])
    newest = timeline_for(incident, grant).order_by("-at", "-pk")
    lines = list(newest if every_line else newest[: LINES + 1])
    shown = lines if every_line else lines[:LINES]
    acting = may_operate and is_open
    deliveries = list(deliveries_for(incident, grant)[:DELIVERIES])
    lead = incident.merged_into if leads_seen([incident], grant) else None
    return IncidentPage(
        incident=incident,
        text=text_of(incident, facts_for(incident, grant)),
        badges=list(state_badges(incident, now, lead.pk if lead else None)),
        about=about(incident),
        table_page=table_page(incident, grant),
        lead=lead,
        reason=REASONS.get(incident.merged_as, ""),
        parts=[_part(row) for row in shown_parts],
        more_parts=parts.count() - PARTS if len(shown_parts) == PARTS else 0,
        lines=[Line(entry, ICONS.get(entry.kind, "circle")) for entry in reversed(shown)],
        earlier_lines=len(lines) > len(shown),
        deliveries=deliveries,
        told=told_names(deliveries),
        feeds=fed_by(incident) if sees_the_team(incident, grant) else [],
        similar=[_earlier(row, incident, now) for row in similar_to(incident, seen)[:SIMILAR]],
        is_open=is_open,
        fails=still_fails(incident),
        snoozed=is_snoozed(incident, now),
        members=_members(incident) if acting else [],
        targets=list(_targets(incident)[:TARGETS]) if acting else [],
    )


def text_of(incident: Incident, facts: dict[str, Any]) -> Message:
    """The incident in the same words as its messages."""
    kind = "resolved" if incident.status == IncidentStatus.RESOLVED else "opened"
    return write_message(kind=kind, facts=facts, severity=incident.severity, link="", repeated=False)


def similar_to(incident: Incident, seen: QuerySet[Incident]) -> QuerySet[Incident]:
    """Resolved incidents among those that may be seen: of the same trouble, the same table, or the same kind on the
    same connection; the nearest first, and of those the newest."""
    same, ranks = Q(key=incident.key), [When(key=incident.key, then=Value(0))]
    place = Q(connection_id=incident.connection_id)
    if incident.connection_id and incident.table:
        table = place & Q(table=incident.table)
        same, ranks = same | table, [*ranks, When(table, then=Value(1))]
    if incident.connection_id and incident.kind:
        same = same | (place & Q(kind=incident.kind))
    rows = seen.filter(same, team=incident.team_id, status=IncidentStatus.RESOLVED)
    near = [pk for pk in (incident.pk, incident.merged_into_id) if pk]
    rows = rows.exclude(pk__in=near).exclude(merged_into__isnull=False, merged_into__in=near)
    return rows.select_related("resolved_by").order_by(Case(*ranks, default=Value(2)), "-opened_at")


def _parts(incident: Incident, seen: QuerySet[Incident]) -> QuerySet[Incident]:
    """Its parts that may be seen, the open ones first."""
    over = Case(When(status=IncidentStatus.RESOLVED, then=Value(1)), default=Value(0))
    return seen.filter(merged_into=incident).order_by(over, "opened_at", "pk")


def _part(row: Incident) -> Part:
    is_open = row.status != IncidentStatus.RESOLVED and row.over_at is None
    return Part(row, REASONS.get(row.merged_as, ""), is_open)


def _earlier(row: Incident, incident: Incident, now: datetime) -> Earlier:
    if row.key == incident.key:
        how = "the same trouble"
    else:
        how = "the same table" if row.table and row.table == incident.table else "the same kind on the same connection"
    return Earlier(row, how, lasted_words(row, now), closed_by(row))


def _members(incident: Incident) -> list[User]:
    return list(User.objects.filter(memberships__team=incident.team_id, is_active=True).order_by("name", "email"))


def _targets(incident: Incident) -> QuerySet[Incident]:
    """Into which it could be merged."""
    rows = Incident.objects.filter(team=incident.team_id, merged_into=None).exclude(status=IncidentStatus.RESOLVED)
    return rows.exclude(pk__in=[pk for pk in (incident.pk, incident.merged_into_id) if pk]).order_by("-opened_at")
