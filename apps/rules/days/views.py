"""The calendar of a table's days. It asks the data store, so it is shown only when a person opens it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.common.clock import utc_now
from apps.common.errors import MidwatchError
from apps.connections.models import Table
from apps.connections.services import TableName
from apps.rules import services
from apps.rules.days.picture import picture_of
from apps.teams.adminsite import seen
from apps.teams.permissions import Act, grant_of


@require_GET
def table_calendar(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of a table's page that shows which days are all there, counted by the column that was chosen."""
    table = seen(request, Table.objects.select_related("connection"), pk, team="connection__team")
    chosen = request.GET.get("column", "")
    context: dict[str, Any] = {"table": table, "chosen": chosen}
    name = TableName(table.schema, table.name)
    may_spend = grant_of(request.user).allows(Act.OPERATE, table.connection.team_id)
    try:
        shown = services.days_of(
            connection=table.connection, table=name, column=chosen or None, may_spend=may_spend, now=utc_now()
        )
    except MidwatchError as error:
        context |= {"problem": str(error), "choices": [chosen] if chosen else []}
    else:
        # A single column that is counted by leaves nothing to choose.
        choices = () if shown.columns == (shown.column,) else shown.columns
        context |= {"shown": shown, "choices": choices, "chosen": shown.column or ""}
        context["picture"] = picture_of(shown.found, shown.zone)
    return render(request, "rules/_calendar.html", context)
