"""Which tables of a connection to watch, over REST."""

from __future__ import annotations

from typing import Any

from ninja import Router

from apps.api.rest.callers import CallerRequest, reach
from apps.api.rest.paging import Paged
from apps.api.suggested import suggested
from apps.common.clock import utc_now
from apps.connections.models import Connection
from apps.rules.services import suggest_tables
from apps.teams.permissions import Act

router = Router()


@router.get("/{int:pk}/suggestions")
def list_suggestions(request: CallerRequest, pk: int, page: Paged) -> dict[str, Any]:
    """The tables that the catalogue knows, the one most worth watching first. A page continues after a place."""
    connection = reach(Connection.objects.select_related("team"), request.auth, pk, Act.CONFIGURE)
    found = suggest_tables(connection=connection, now=utc_now())
    since = page.after or 0
    chosen = [(place, each) for place, each in enumerate(found.ranked, start=1) if place > since][: page.limit]
    following = None
    if chosen and chosen[-1][0] < len(found.ranked):
        query = request.GET.copy()
        query["after"] = str(chosen[-1][0])
        following = f"{request.path}?{query.urlencode()}"
    return {
        "connection": connection.name,
        "team": connection.team.name,
        "catalogued_at": found.catalogued_at,
        "items": suggested(found, chosen),
        "count": len(found.ranked),
        "next": following,
    }
