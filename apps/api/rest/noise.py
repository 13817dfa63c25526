"""How often rules alert, and how rightly, month by month, over REST."""

from __future__ import annotations

from typing import Annotated, Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.http.response import HttpResponseBase
from ninja import Query, Router

from apps.api.rest.callers import CallerRequest, visible
from apps.api.rest.files import Format, wants_file
from apps.api.rest.paging import Paged
from apps.common.clock import utc_now
from apps.common.csvfile import download
from apps.common.errors import InvalidInput
from apps.rules.models import Rule
from apps.rules.services import (
    RECORD_COLUMNS,
    Month,
    RuleRecord,
    read_month,
    read_records,
    record_rows,
    record_values,
    with_checks,
)
from apps.teams.models import check_time_zone

router = Router()


@router.get("")
def list_noise(
    request: CallerRequest,
    page: Paged,
    month: str = "",
    timezone: str = "UTC",
    team: str | None = None,
    as_format: Annotated[Format | None, Query(alias="format")] = None,
) -> dict[str, Any] | HttpResponseBase:
    """The rules, the noisiest first, with the month and the one before. A page continues after a place."""
    now, zone = utc_now(), _zone(timezone)
    of = read_month(month, zone, now)
    rules = visible(Rule.objects.all(), request.auth)
    records = read_records(rules if team is None else rules.filter(team__name=team), of, now)
    if wants_file(request, as_format):
        return download(f"noise-{of.key}", RECORD_COLUMNS, record_rows(records, of), zone)
    since = page.after or 0
    chosen = with_checks(records[since : since + page.limit], of)
    following = None
    if since + len(chosen) < len(records):
        query = request.GET.copy()
        query["after"] = str(since + len(chosen))
        following = f"{request.path}?{query.urlencode()}"
    items = [_record(place, each, of) for place, each in enumerate(chosen, start=since + 1)]
    return {"items": items, "count": len(records), "next": following}


def _zone(name: str) -> ZoneInfo:
    try:
        check_time_zone(name)
    except ValidationError as error:
        raise InvalidInput(error.messages[0], field="timezone") from error
    return ZoneInfo(name)


def _record(place: int, record: RuleRecord, month: Month) -> dict[str, Any]:
    rule = record.rule
    return {
        "place": place,
        "rule_id": rule.pk,
        "rule": rule.name,
        "team": rule.team.name,
        "kind": rule.kind,
        "this_month": record_values(record.this, month),
        "last_month": record_values(record.last, month.before),
    }
