"""The days of a table over REST: which are all there."""

from __future__ import annotations

from typing import Any

from ninja import Router

from apps.api.rest.callers import CallerRequest, Forbidden, NotFound
from apps.api.tabledays import values_of
from apps.common.clock import utc_now
from apps.connections.models import Table
from apps.connections.services import TableName
from apps.rules.services import AskingCosts, days_of
from apps.teams.permissions import Act, allowed

router = Router()


@router.get("/{int:pk}/days")
def list_days(request: CallerRequest, pk: int, days: int = 90, column: str | None = None) -> dict[str, Any]:
    """The last days of a table, the oldest first. It asks the data store; where that bills by the byte, only for those
    who may operate."""
    tables = Table.objects.select_related("connection")
    table = allowed(tables, request.auth.grant, team="connection__team").filter(pk=pk).first()
    if table is None:
        raise NotFound(f"There is no table {pk}.")
    name = TableName(table.schema, table.name)
    may_spend = request.auth.grant.allows(Act.OPERATE, table.connection.team_id)
    try:
        shown = days_of(
            connection=table.connection, table=name, column=column, days=days, may_spend=may_spend, now=utc_now()
        )
    except AskingCosts as error:
        raise Forbidden(str(error)) from error
    return values_of(shown)
