"""Routes over REST, and who would be told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from ninja import Router

from apps.alerts.models import Route
from apps.alerts.services import Preview, Subject, matched_words, told_words, who_is_told
from apps.api.rest.callers import CallerRequest, NotFound, reach, visible
from apps.api.rest.paging import Paged, paged
from apps.common.clock import utc_now
from apps.common.errors import InvalidInput
from apps.rules.models import Rule
from apps.rules.services import told_of
from apps.teams.models import Team
from apps.teams.permissions import Act, teams_for

router = Router()
Reply = dict[str, Any]
ROUTES = Route.objects.select_related("team", "rotation", "escalation").prefetch_related("channels", "people")
RULES = Rule.objects.select_related("team", "owner").prefetch_related("notify", "people")
SeverityName = Literal["critical", "high", "medium", "low"]


@router.get("")
def list_routes(request: CallerRequest, page: Paged, team: str | None = None) -> Reply:
    """Routes by their ids; those of a team are asked by their position, the catch-all last."""
    rows = visible(ROUTES, request.auth)
    return paged(request, rows.filter(team__name=team) if team is not None else rows, page, _shown)


@router.get("/preview")
def preview(
    request: CallerRequest,
    rule: int | None = None,
    team: str | None = None,
    severity: SeverityName = "high",
    table: str = "",
    tags: str = "",
    owner: str = "",
    at: datetime | None = None,
) -> Reply:
    """Who would be told of an incident that began at `at` (now): of `rule`, or of one as the others describe it."""
    moment = at or utc_now()
    if moment.tzinfo is None:
        raise InvalidInput("at: write the time with its zone, such as 2026-11-21T03:00:00Z.", field="at")
    if rule is not None:
        found = reach(RULES, request.auth, rule)
        return _preview(told_of(found, table=table or found.table, at=moment))
    words = tuple(word.strip() for word in tags.split(",") if word.strip())
    subject = Subject(table=table, tags=words, owner=owner)
    return _preview(who_is_told(team=_team(request, team), severity=severity, subject=subject, at=moment))


def _team(request: CallerRequest, name: str | None) -> Team:
    teams = teams_for(request.auth.grant, Act.VIEW)
    found = list((teams.filter(name=name) if name is not None else teams)[:2])
    if len(found) == 1:
        return found[0]
    if found:
        raise InvalidInput("You may see several teams. Say which one is meant.", field="team")
    raise NotFound(f"There is no team {name!r}.")


def _shown(routes: Sequence[Route]) -> list[Reply]:
    return [_route(route) for route in routes]


def _route(route: Route) -> Reply:
    return {
        "id": route.pk,
        "team": route.team.name,
        "name": route.name,
        "position": route.position,
        "catch_all": route.catch_all,
        "takes": matched_words(route),
        "tells": told_words(route),
        "severities": route.severities,
        "tags": route.tags,
        "owners": route.owners,
        "tables": route.tables,
        "channels": [channel.name for channel in route.channels.all()],
        "people": [person.email for person in route.people.all()],
        "rotation": route.rotation.name if route.rotation else None,
        "escalation": route.escalation.name if route.escalation else None,
    }


def _preview(found: Preview) -> Reply:
    return {
        "at": found.at,
        "route": found.route or None,
        "told": [_told(each) for each in found.told],
        "escalation": found.escalation or None,
        "steps": [{"at": step.at, "told": [_told(each) for each in step.told]} for step in found.steps],
    }


def _told(each: Any) -> Reply:
    return {"name": each.name, "because": each.because, "held": each.held or None}
