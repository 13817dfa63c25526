"""Incidents over REST."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from ninja import Router

from apps.alerts.models import Incident
from apps.alerts.services import acknowledge
from apps.api.rest.callers import CallerRequest, reach, visible
from apps.api.rest.paging import Paged, paged
from apps.common.clock import utc_now
from apps.teams.permissions import Act

router = Router()
INCIDENTS = Incident.objects.select_related("team", "acknowledged_by", "resolved_by")
StatusName = Literal["open", "acknowledged", "resolved"]


@router.get("")
def list_incidents(
    request: CallerRequest, page: Paged, status: StatusName | None = None, team: str | None = None
) -> dict[str, Any]:
    """Incidents, newest first."""
    wanted = {"status": status, "team__name": team}
    rows = visible(INCIDENTS, request.auth).filter(**{key: value for key, value in wanted.items() if value is not None})
    return paged(request, rows, page, _shown, newest_first=True)


@router.get("/{int:pk}")
def get_incident(request: CallerRequest, pk: int) -> dict[str, Any]:
    """An incident with its timeline."""
    return _with_timeline(reach(INCIDENTS, request.auth, pk))


@router.post("/{int:pk}/acknowledge")
def acknowledge_incident(request: CallerRequest, pk: int) -> dict[str, Any]:
    """Note that the caller takes care of it."""
    incident = reach(INCIDENTS, request.auth, pk, Act.OPERATE)
    caller = request.auth
    acknowledge(incident=incident, user=caller.user, by=f"The API token {caller.token}", now=utc_now())
    return _with_timeline(reach(INCIDENTS, caller, pk))


def _shown(incidents: Sequence[Incident]) -> list[dict[str, Any]]:
    return [_incident(incident) for incident in incidents]


def _with_timeline(incident: Incident) -> dict[str, Any]:
    lines = incident.timeline.select_related("user")
    timeline = [{"at": line.at, "kind": line.kind, "text": line.text, "user": _person(line.user)} for line in lines]
    return _incident(incident) | {"timeline": timeline}


def _incident(incident: Incident) -> dict[str, Any]:
    return {
        "id": incident.pk,
        "team": incident.team.name,
        "title": incident.title,
        "severity": incident.severity,
        "status": incident.status,
        "opened_at": incident.opened_at,
        "last_seen_at": incident.last_seen_at,
        "resolved_at": incident.resolved_at,
        "acknowledged_by": _person(incident.acknowledged_by),
        "resolved_by": _person(incident.resolved_by),
        "reopened": incident.reopened,
        "facts": incident.facts,
    }


def _person(user: object | None) -> str | None:
    return None if user is None else str(user)
