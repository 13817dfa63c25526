"""Incidents over REST."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Annotated, Any, Literal

from ninja import Body, Router

from apps.alerts.models import Incident, IncidentStatus
from apps.alerts.services import by_themselves, deliveries_for, facts_for, leads_seen, timeline_for
from apps.api.rest.callers import Caller, CallerRequest, NotFound, reach, visible
from apps.api.rest.incidentacts import ACTS, Asked
from apps.api.rest.paging import Paged, paged
from apps.common.clock import utc_now
from apps.common.errors import InvalidInput, near
from apps.teams.permissions import Act

router = Router()
PEOPLE = ("acknowledged_by", "resolved_by", "assigned_to", "fixed_by")
INCIDENTS = Incident.objects.select_related("team", *PEOPLE)
Payload = Annotated[dict[str, Any], Body({})]
Reply = dict[str, Any]
StatusName = Literal["open", "acknowledged", "resolved"]
SeverityName = Literal["critical", "high", "medium", "low"]
OutcomeName = Literal["real", "false_alarm", "expected", "duplicate", "wont_fix"]


@router.get("")
def list_incidents(
    request: CallerRequest,
    page: Paged,
    status: StatusName | None = None,
    severity: SeverityName | None = None,
    outcome: OutcomeName | None = None,
    team: str | None = None,
    parts: bool = False,
) -> Reply:
    """Incidents, newest first. What is part of another is left out, unless `parts` asks for it."""
    wanted = {"status": status, "severity": severity, "outcome": outcome, "team__name": team}
    rows = visible(INCIDENTS, request.auth).filter(**{key: value for key, value in wanted.items() if value is not None})
    rows = rows if parts else by_themselves(rows, request.auth.grant)
    return paged(request, rows, page, lambda found: _shown(found, request.auth), newest_first=True)


@router.get("/{int:pk}")
def get_incident(request: CallerRequest, pk: int) -> Reply:
    """An incident with its timeline, its parts, and who was told."""
    return _whole(reach(INCIDENTS, request.auth, pk), request.auth)


@router.post("/{int:pk}/{act}")
def act_on_incident(request: CallerRequest, pk: int, act: str, payload: Payload) -> Reply:
    """Acknowledge, assign, snooze, close …: see ACTS. Answers with the incident as it is then."""
    caller = request.auth
    if act not in ACTS:
        raise NotFound(f"An incident has no {act!r}. {near(act, ACTS)} It has {', '.join(ACTS)}.".replace("  ", " "))
    incident = reach(INCIDENTS, caller, pk, Act.OPERATE)
    do, known = ACTS[act]
    for name in payload:
        if name not in known:
            takes = f"It takes {', '.join(known)}." if known else "It takes an empty body."
            raise InvalidInput(f"{name!r} is not known to {act}. {takes}", field=name)
    do(Asked(incident, caller, payload, utc_now()))
    return _whole(reach(INCIDENTS, caller, pk), caller)


def _shown(incidents: Sequence[Incident], caller: Caller) -> list[Reply]:
    leads = leads_seen(incidents, caller.grant)
    return [_incident(row, leads) | {"facts": facts_for(row, caller.grant)} for row in incidents]


def _whole(incident: Incident, caller: Caller) -> Reply:
    lines = timeline_for(incident, caller.grant)
    timeline = [{"at": line.at, "kind": line.kind, "text": line.text, "user": _person(line.user)} for line in lines]
    parts = [
        {"id": row.pk, "title": row.title, "because": row.merged_as, "over": _is_over(row)}
        for row in visible(Incident.objects.filter(merged_into=incident), caller).order_by("opened_at", "pk")
    ]
    deliveries = [
        {"id": row.pk, "channel": str(row.channel), "kind": row.kind, "status": row.status, "sent_at": row.sent_at}
        for row in deliveries_for(incident, caller.grant)
    ]
    return _shown([incident], caller)[0] | {"timeline": timeline, "parts": parts, "deliveries": deliveries}


def _is_over(row: Incident) -> bool:
    return row.status == IncidentStatus.RESOLVED or row.over_at is not None


def _incident(incident: Incident, leads: Collection[int]) -> Reply:
    row = incident
    return {
        "id": row.pk,
        "team": row.team.name,
        "title": row.title,
        "severity": row.severity,
        "status": row.status,
        "part_of": row.merged_into_id if row.merged_into_id in leads else None,
        "part_because": row.merged_as if row.merged_into_id is None or row.merged_into_id in leads else "",
        "parts_count": int((row.facts.get("parts") or {}).get("count", 0)),
        "assigned_to": _person(row.assigned_to),
        "snooze": row.snooze,
        "snoozed_until": row.snoozed_until,
        "unstable_since": row.unstable_since,
        "fixed_at": row.fixed_at,
        "fixed_by": _person(row.fixed_by),
        "began_at": row.began_at,
        "opened_at": row.opened_at,
        "notified_at": row.notified_at,
        "last_seen_at": row.last_seen_at,
        "acknowledged_at": row.acknowledged_at,
        "acknowledged_by": _person(row.acknowledged_by),
        "over_at": row.over_at,
        "resolved_at": row.resolved_at,
        "resolved_by": _person(row.resolved_by),
        "outcome": row.outcome,
        "reopened": row.reopened,
        "cause": row.cause,
        "fix": row.fix,
        "prevention": row.prevention,
    }


def _person(user: object | None) -> str | None:
    return None if user is None else str(user)
