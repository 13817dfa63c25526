"""The pages about costs: all connections, and one of them by day and rule."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from apps.common.clock import utc_now
from apps.connections.models import Connection
from apps.rules.costs.page import DAYS, read_connection, read_costs
from apps.teams.adminsite import page, seen
from apps.teams.permissions import grant_of


@require_GET
def costs(request: HttpRequest) -> HttpResponse:
    """What each connection that the person may see was billed."""
    lines = read_costs(grant_of(request.user), utc_now())
    context = {"lines": lines, "days": DAYS, "billed": any(line.month.billed for line in lines)}
    return page(request, "rules/costs.html", context, title="Costs")


@require_GET
def connection_costs(request: HttpRequest, connection_id: int) -> HttpResponse:
    """One connection by day; `day` chooses the one whose rules are shown."""
    connection = seen(request, Connection.objects.select_related("team"), connection_id)
    shown = read_connection(connection, _day(request.GET.get("day", "")), utc_now())
    context = {"shown": shown, "days": DAYS}
    return page(request, "rules/connection_costs.html", context, title=f"Costs of {connection.name}")


def _day(text: str) -> date | None:
    """What makes no sense is as good as not asked."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
