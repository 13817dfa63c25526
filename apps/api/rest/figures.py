"""How soon trouble is noticed, told, taken up and over, month by month, over REST."""

from __future__ import annotations

from typing import Annotated, Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.http.response import HttpResponseBase
from ninja import Query, Router

from apps.alerts.models import Incident
from apps.alerts.services import FIGURE_COLUMNS, FigureStanding, figure_rows, figure_values, read_figures
from apps.api.rest.callers import CallerRequest
from apps.api.rest.files import Format, wants_file
from apps.common.clock import utc_now
from apps.common.csvfile import download
from apps.common.errors import InvalidInput
from apps.common.months import Month, read_month
from apps.teams.models import check_time_zone
from apps.teams.permissions import allowed

router = Router()


@router.get("")
def get_figures(
    request: CallerRequest,
    month: str = "",
    timezone: str = "UTC",
    team: str | None = None,
    as_format: Annotated[Format | None, Query(alias="format")] = None,
) -> dict[str, Any] | HttpResponseBase:
    """Each team and each rule with the month and the one before."""
    zone = _zone(timezone)
    of = read_month(month, zone, utc_now())
    incidents = allowed(Incident.objects.all(), request.auth.grant, shared=False)
    table = read_figures(incidents if team is None else incidents.filter(team__name=team), of)
    if wants_file(request, as_format):
        return download(f"figures-{of.key}", FIGURE_COLUMNS, figure_rows(table, of), zone)
    return {
        "teams": [{"team": each.team} | _months(each, of) for each in table.teams],
        "rules": [
            {"rule_id": each.rule_id, "rule": each.rule, "team": each.team} | _months(each, of) for each in table.rules
        ],
    }


def _months(standing: FigureStanding, month: Month) -> dict[str, Any]:
    return {
        "this_month": figure_values(standing.this, month),
        "last_month": figure_values(standing.last, month.before),
    }


def _zone(name: str) -> ZoneInfo:
    try:
        check_time_zone(name)
    except ValidationError as error:
        raise InvalidInput(error.messages[0], field="timezone") from error
    return ZoneInfo(name)
