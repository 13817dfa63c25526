"""The page "Noise": which rules alert too often, and how rightly, beside the month before."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET

from apps.common.clock import utc_now
from apps.common.csvfile import download
from apps.common.errors import InvalidInput
from apps.common.months import Month, read_month
from apps.rules.models import Rule
from apps.rules.precision.cells import COLUMNS, cells
from apps.rules.precision.reading import read_records, with_checks
from apps.rules.precision.table import HEAD, record_rows
from apps.teams.adminsite import page
from apps.teams.permissions import allowed, grant_of

RULES = 50


@require_GET
def noise(request: HttpRequest) -> HttpResponse:
    """The rules that the person may see, the noisiest first; `month` chooses another month."""
    now, zone = utc_now(), _zone(request)
    month, problem = _month(request)
    records = read_records(allowed(Rule.objects.all(), grant_of(request.user)), month, now)
    shown = Paginator(records, RULES).get_page(request.GET.get("page", "1"))
    context = {
        "month": month,
        "running": month.begins <= now < month.ends,
        "later": month.following if month.ends <= now else None,
        "page": shown,
        "columns": [name for name, _ in COLUMNS],
        "lines": [(each, cells(each)) for each in with_checks(shown.object_list, month)],
        "quiet": sum(not each.this.alerts for each in records),
        "alerts": sum(each.this.alerts for each in records),
        "not_real": sum(each.this.not_real for each in records),
        "alerts_before": sum(each.last.alerts for each in records),
        "problem": problem,
        "query": f"month={month.key}",
        "zone": zone.key,
    }
    return page(request, "rules/noise.html", context, title="Noise")


@require_GET
def noise_file(request: HttpRequest) -> HttpResponseBase:
    """All of it as CSV, a row per rule and month."""
    month, problem = _month(request)
    if problem:
        return HttpResponse(problem, status=422, content_type="text/plain; charset=utf-8")
    records = read_records(allowed(Rule.objects.all(), grant_of(request.user)), month, utc_now())
    return download(f"noise-{month.key}", HEAD, record_rows(records, month), _zone(request))


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
