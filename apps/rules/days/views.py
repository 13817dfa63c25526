"""The calendar of a table's days. It asks the data store, so it is shown only when a person opens it.

Opening it never costs anything: a store that bills by the byte is asked only by the button that says what that costs.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from apps.common.clock import utc_now
from apps.common.errors import MidwatchError
from apps.connections.models import Table
from apps.connections.services import ENGINES, TableName
from apps.rules import services
from apps.rules.days.picture import picture_of
from apps.teams.adminsite import require, seen
from apps.teams.permissions import Act, grant_of

WHO_MAY = (
    "It takes the role operator or higher to ask for them. Ask an operator of the team, or let a volume rule count the "
    "rows of each day: what it counted costs nothing to show."
)


@require_http_methods(["GET", "POST"])
def table_calendar(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of a table's page that shows which days are all there, counted by the column that was chosen."""
    table = seen(request, Table.objects.select_related("connection"), pk, team="connection__team")
    asks = request.method == "POST"
    if asks:
        require(request, Act.OPERATE, table.connection.team_id)
    chosen = (request.POST if asks else request.GET).get("column", "")
    context: dict[str, Any] = {"table": table, "chosen": chosen}
    may_operate = grant_of(request.user).allows(Act.OPERATE, table.connection.team_id)
    try:
        shown = services.days_of(**_asked(table, chosen), spend=asks)
    except services.AskingCosts as error:
        told = {"notice": str(error)} if may_operate else {"problem": f"{error} {WHO_MAY}"}
        context |= {"choices": [chosen] if chosen else []} | told
    except MidwatchError as error:
        context |= {"problem": str(error), "choices": [chosen] if chosen else []}
    else:
        # A single column that is counted by leaves nothing to choose.
        choices = () if shown.columns == (shown.column,) else shown.columns
        context |= {"shown": shown, "choices": choices, "chosen": shown.column or ""}
        context["picture"] = picture_of(shown.found, shown.zone)
    if may_operate and not asks and ENGINES[table.connection.engine].bills_bytes:
        context |= _price(table, chosen)
    return render(request, "rules/_calendar.html", context)


def _asked(table: Table, column: str) -> dict[str, Any]:
    name = TableName(table.schema, table.name)
    return {"connection": table.connection, "table": name, "column": column or None, "now": utc_now()}


def _price(table: Table, column: str) -> dict[str, str]:
    """What the button says. Without a price there is none: the reason stands in its place."""
    label = ENGINES[table.connection.engine].label
    try:
        return {"ask": f"Ask {label} now: {services.price_of_days(**_asked(table, column))}", "asked_column": column}
    except MidwatchError as error:
        return {"problem": str(error)}
