"""What connections were asked and billed, over REST."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from ninja import Router

from apps.api.rest.callers import CallerRequest
from apps.api.rest.paging import Paged, paged
from apps.api.usage import usage_entry
from apps.connections.models import Usage
from apps.teams.permissions import allowed

router = Router()
USAGE = Usage.objects.select_related("connection__team")


@router.get("")
def list_usage(
    request: CallerRequest, page: Paged, team: str | None = None, connection: str | None = None,
    since: date | None = None,
) -> dict[str, Any]:  # fmt: skip
    """What was asked by connection, rule and day, the latest row first."""
    wanted = {"connection__team__name": team, "connection__name": connection, "day__gte": since}
    rows = allowed(USAGE, request.auth.grant, team="connection__team")
    rows = rows.filter(**{key: value for key, value in wanted.items() if value is not None})
    return paged(request, rows, page, _shown, newest_first=True)


def _shown(rows: Sequence[Usage]) -> list[dict[str, Any]]:
    return [{"id": row.pk, **usage_entry(row)} for row in rows]
