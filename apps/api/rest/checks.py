"""The results of a rule over REST: in pages, by verdict, table and time, or all that fit as CSV."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from django.http.response import HttpResponseBase
from ninja import Query, Router
from pydantic import AwareDatetime

from apps.api.rest.callers import CallerRequest, reach
from apps.api.rest.files import Format, wants_file
from apps.api.rest.paging import Paged, paged
from apps.common.csvfile import download
from apps.rules.models import Check, Rule
from apps.rules.services import CHECK_COLUMNS, KINDS, Question, checks_of, export_rows

router = Router()
UTC_ZONE = ZoneInfo("UTC")
VerdictName = Literal["ok", "breached", "unknown", "learning"]


@router.get("/{int:pk}/checks")
def list_checks(
    request: CallerRequest,
    pk: int,
    page: Paged,
    verdict: VerdictName | None = None,
    table: str = "",
    since: Annotated[AwareDatetime | None, Query(alias="from")] = None,
    until: Annotated[AwareDatetime | None, Query(alias="to")] = None,
    as_format: Annotated[Format | None, Query(alias="format")] = None,
) -> dict[str, Any] | HttpResponseBase:
    """The results of a rule, newest first."""
    rule = reach(Rule.objects.select_related("connection"), request.auth, pk)
    checks = checks_of(rule, Question(verdict or "", table, since, until))
    if wants_file(request, as_format):
        return download(f"checks-of-rule-{pk}", CHECK_COLUMNS, export_rows(rule, checks), UTC_ZONE)
    unit = KINDS[rule.kind].unit

    def show(rows: Sequence[Check]) -> list[dict[str, Any]]:
        return [_check(check, unit) for check in rows]

    return paged(request, checks, page, show, newest_first=True)


def _check(check: Check, unit: str) -> dict[str, Any]:
    return {
        "id": check.pk,
        "table": f"{check.state.schema}.{check.state.table}" if check.state.table else "",
        "at": check.at,
        "verdict": check.verdict,
        "measured": check.measured,
        "unit": unit,
        "expected": {"low": check.low, "high": check.high},
        "source": check.source,
        "trust": check.trust,
        "reason": check.reason,
    }
