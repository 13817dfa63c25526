"""Connections and channels over REST: reading only, and never a secret."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ninja import Router

from apps.alerts.models import Channel
from apps.api.rest.callers import CallerRequest, visible
from apps.api.rest.paging import Paged, paged
from apps.connections.models import Connection

router = Router()


@router.get("/connections")
def list_connections(request: CallerRequest, page: Paged) -> dict[str, Any]:
    rows = visible(Connection.objects.select_related("team", "state"), request.auth)
    return paged(request, rows, page, _connections)


@router.get("/channels")
def list_channels(request: CallerRequest, page: Paged) -> dict[str, Any]:
    return paged(request, visible(Channel.objects.select_related("team"), request.auth), page, _channels)


def _connections(rows: Sequence[Connection]) -> list[dict[str, Any]]:
    return [_head(row) | {"engine": row.engine, "timezone": row.timezone, "state": _state(row)} for row in rows]


def _channels(rows: Sequence[Channel]) -> list[dict[str, Any]]:
    return [_head(row) | {"type": row.type} for row in rows]


def _head(row: Connection | Channel) -> dict[str, Any]:
    return {"id": row.pk, "team": row.team.name, "name": row.name, "settings": row.settings}


def _state(row: Connection) -> dict[str, Any] | None:
    state = getattr(row, "state", None)
    if state is None:
        return None
    fields = ("answered_at", "failing_since", "error", "tables", "views")
    return {field: getattr(state, field) for field in fields}
