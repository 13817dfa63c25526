"""Which tables of a connection to watch, over REST."""

from __future__ import annotations

from typing import Annotated, Any, cast

from ninja import Body, Router
from pydantic import Field

from apps.api.rest.callers import CallerRequest, reach
from apps.api.rest.paging import Paged
from apps.api.suggested import choose, preset_lines, suggested
from apps.common.clock import utc_now
from apps.common.plugins import Settings, check_settings
from apps.connections.models import Connection
from apps.rules.services import Reading, preset_of, presets, suggest_tables
from apps.teams.permissions import Act

router = Router()


@router.get("/{int:pk}/suggestions")
def list_suggestions(request: CallerRequest, pk: int, page: Paged, table: str = "") -> dict[str, Any]:
    """The tables that the catalogue knows, the one most worth watching first. A page continues after a place."""
    connection = reach(Connection.objects.select_related("team"), request.auth, pk, Act.CONFIGURE)
    now, since = utc_now(), page.after or 0
    found = suggest_tables(connection=connection, now=now)
    wanted = choose(found, [table] if table else [])
    chosen = [each for each in wanted if each[0] > since][: page.limit]
    following = None
    if chosen and chosen[-1][0] < wanted[-1][0]:
        query = request.GET.copy()
        query["after"] = str(chosen[-1][0])
        following = f"{request.path}?{query.urlencode()}"
    return {
        "connection": connection.name,
        "team": connection.team.name,
        "catalogued_at": found.catalogued_at,
        "items": suggested(found, chosen, Reading(), now),
        "count": len(wanted),
        "next": following,
    }


class Wanted(Settings):
    """Of which tables to read what: their history, what their columns hold. `table` is a pattern; empty: all."""

    table: str = ""
    history: bool = False
    values: bool = False
    limit: Annotated[int, Field(ge=1, le=100)] = 20

    @classmethod
    def of(cls, payload: dict[str, Any]) -> Wanted:
        """Raises InvalidInput that names the field."""
        return cast(Wanted, check_settings(cls, payload))


@router.post("/{int:pk}/suggestions")
def read_suggestions(request: CallerRequest, pk: int, payload: Annotated[dict[str, Any], Body()]) -> dict[str, Any]:
    """The same for the first `limit` tables, after the data store was read. A GET never costs; this may."""
    connection = reach(Connection.objects.select_related("team"), request.auth, pk, Act.CONFIGURE)
    wanted, now = Wanted.of(payload), utc_now()
    found = suggest_tables(connection=connection, now=now)
    matching = choose(found, [wanted.table] if wanted.table else [])
    reading = Reading(history=wanted.history, values=wanted.values)
    return {
        "connection": connection.name,
        "team": connection.team.name,
        "catalogued_at": found.catalogued_at,
        "items": suggested(found, matching[: wanted.limit], reading, now),
        "count": len(matching),
    }


@router.get("/{int:pk}/presets")
def list_presets(request: CallerRequest, pk: int, preset: str | None = None) -> dict[str, Any]:
    """What three sorts of firms watch, on the tables that fit. Each entry can be posted as it is."""
    connection = reach(Connection.objects.select_related("team"), request.auth, pk, Act.CONFIGURE)
    chosen = list(presets().values()) if preset is None else [preset_of(preset)]
    found = suggest_tables(connection=connection, now=utc_now())
    items = [
        {"preset": each.key, "label": each.label, "tells": each.tells, "rules": preset_lines(each, found)}
        for each in chosen
    ]
    return {"connection": connection.name, "team": connection.team.name, "items": items}
