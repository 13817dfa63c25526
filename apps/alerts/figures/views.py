"""The page "How we did": the figures of the person's teams beside those of the month before, and the same as a file."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from django.apps import apps
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET

from apps.alerts.figures.cells import COLUMNS, cells
from apps.alerts.figures.reading import Table, read_figures
from apps.alerts.figures.table import HEAD, figure_rows
from apps.alerts.models import Incident
from apps.common.clock import utc_now
from apps.common.csvfile import download
from apps.common.errors import InvalidInput
from apps.common.months import Month, read_month
from apps.teams.adminsite import page
from apps.teams.permissions import allowed, grant_of

RULES = 50


@require_GET
def figures(request: HttpRequest) -> HttpResponse:
    """Teams, then rules with the most incidents first; `month` chooses another month."""
    now, zone = utc_now(), _zone(request)
    month, problem = _month(request)
    table = _read(request, month)
    teams = list(table.teams)
    shown = Paginator(table.rules, RULES).get_page(request.GET.get("page", "1"))
    context = {
        "month": month,
        "running": month.begins <= now < month.ends,
        "later": month.following if month.ends <= now else None,
        "columns": [name for name, _ in COLUMNS],
        "teams": [(each, cells(each)) for each in teams],
        "page": shown,
        "rules": [(each, cells(each)) for each in shown.object_list],
        "present": _present(each.rule_id for each in shown.object_list),
        "incidents": sum(each.this.incidents for each in teams),
        "parts": sum(each.this.parts for each in teams),
        "before": sum(each.last.incidents for each in teams),
        "problem": problem,
        "query": f"month={month.key}",
        "zone": zone.key,
    }
    return page(request, "alerts/figures.html", context, title="How we did")


@require_GET
def figures_file(request: HttpRequest) -> HttpResponseBase:
    """All of it as CSV, a row per team or rule and month."""
    month, problem = _month(request)
    if problem:
        return HttpResponse(problem, status=422, content_type="text/plain; charset=utf-8")
    return download(f"figures-{month.key}", HEAD, figure_rows(_read(request, month), month), _zone(request))


def _read(request: HttpRequest, month: Month) -> Table:
    return read_figures(allowed(Incident.objects.all(), grant_of(request.user), shared=False), month)


def _present(rule_ids: Iterable[int | None]) -> set[int]:
    """Those of the rules that were not deleted meanwhile."""
    return set(apps.get_model("rules.Rule")._default_manager.in_bulk({pk for pk in rule_ids if pk}))


def _zone(request: HttpRequest) -> ZoneInfo:
    """The person's own; the site has seen to it that somebody is signed in."""
    return ZoneInfo(request.user.timezone)  # type: ignore[union-attr]


def _month(request: HttpRequest) -> tuple[Month, str]:
    """The month that is asked for, and what is wrong with the question."""
    now, zone = utc_now(), _zone(request)
    try:
        return read_month(request.GET.get("month", ""), zone, now), ""
    except InvalidInput as error:
        return read_month("", zone, now), str(error)
