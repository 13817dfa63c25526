"""The days of a table over REST: which are all there. Reading them with GET never costs anything."""

from __future__ import annotations

from typing import Any

from ninja import Router

from apps.api.rest.callers import NEEDS, CallerRequest, Forbidden, NotFound
from apps.api.tabledays import values_of
from apps.common.clock import utc_now
from apps.common.errors import InvalidInput
from apps.connections.models import Table
from apps.connections.services import TableName
from apps.rules.services import AskingCosts, days_of
from apps.teams.permissions import Act, allowed

router = Router()
COUNT = "Or let a volume rule count the rows of each day: what it counted costs nothing to read."


@router.get("/{int:pk}/days")
def list_days(request: CallerRequest, pk: int, days: int = 90, column: str | None = None) -> dict[str, Any]:
    """The last days of a table, the oldest first. It asks the data store; where that bills by the byte, it tells what
    rules have counted."""
    table = _table(request, pk)
    try:
        return _days(table, days, column, spend=False)
    except AskingCosts as error:
        if not _may_ask(request, table):
            raise Forbidden(f"{error} It takes the role operator or higher to ask for them. {COUNT}") from error
        raise InvalidInput(f"{error} POST to this address asks for them, and is billed. {COUNT}") from error


@router.post("/{int:pk}/days")
def ask_for_days(request: CallerRequest, pk: int, days: int = 90, column: str | None = None) -> dict[str, Any]:
    """The same, asked of the data store now, also where that costs money."""
    table = _table(request, pk)
    if not _may_ask(request, table):
        raise Forbidden(NEEDS[Act.OPERATE])
    return _days(table, days, column, spend=True)


def _table(request: CallerRequest, pk: int) -> Table:
    tables = Table.objects.select_related("connection")
    table = allowed(tables, request.auth.grant, team="connection__team").filter(pk=pk).first()
    if table is None:
        raise NotFound(f"There is no table {pk}.")
    return table


def _may_ask(request: CallerRequest, table: Table) -> bool:
    return request.auth.grant.allows(Act.OPERATE, table.connection.team_id)


def _days(table: Table, days: int, column: str | None, *, spend: bool) -> dict[str, Any]:
    name = TableName(table.schema, table.name)
    shown = days_of(connection=table.connection, table=name, column=column, days=days, spend=spend, now=utc_now())
    return values_of(shown)
