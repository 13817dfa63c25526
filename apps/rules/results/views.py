"""The page with all results of a rule, and the same as a file."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET

from apps.common.csvfile import download
from apps.common.errors import InvalidInput
from apps.common.records import record
from apps.connections.services import TableName
from apps.rules.kinds import KINDS
from apps.rules.models import Check, Rule, RuleState, Verdict
from apps.rules.results.exporting import HEAD, export_rows, file_name
from apps.rules.results.question import checks_of, query_of, read_question
from apps.rules.results.segments import HEAD as VALUE_HEAD
from apps.rules.results.segments import export_values, segments_of, value_line, values_of
from apps.rules.seen import expected_words, measured_words
from apps.teams.adminsite import page, seen

CHECKS = 100
TABLES = 2_000  # names that are offered


@record
class Line:
    check: Check
    table: str
    measured: str
    expected: str


@require_GET
def checks(request: HttpRequest, rule_id: int) -> HttpResponse:
    """All results of a rule, the newest first; `verdict`, `table`, `from` and `to` narrow them. With a `segment`, what
    was measured for that value."""
    rule = seen(request, Rule.objects.select_related("team", "connection"), rule_id)
    values, problem = request.GET.dict(), ""
    rows: QuerySet[Any] = Check.objects.none()
    segment, unit = values.get("segment", ""), KINDS[rule.kind].unit
    try:
        question = read_question(values, _zone(request))
        rows = values_of(rule, question, segment) if segment else checks_of(rule, question)
    except InvalidInput as error:
        problem = str(error)
    shown = Paginator(rows, CHECKS).get_page(values.get("page", "1"))
    context = {
        "rule": rule,
        "page": shown,
        "lines": [] if segment else [_line(check, unit) for check in shown.object_list],
        "values": [value_line(unit, value) for value in shown.object_list] if segment else [],
        "segments": segments_of(rule),
        "asked": {**values, "since": values.get("from", "")},
        "query": query_of(values),
        "problem": problem,
        "verdicts": Verdict.choices,
        "tables": _tables(rule),
        "zone": _zone(request).key,
    }
    return page(request, "rules/checks.html", context, title=f"Checks of {rule.name}")


@require_GET
def checks_file(request: HttpRequest, rule_id: int) -> HttpResponseBase:
    """The results that were asked for, all of them, as CSV. Times are in the person's zone."""
    rule = seen(request, Rule.objects.select_related("connection"), rule_id)
    segment = request.GET.get("segment", "")
    try:
        question = read_question(request.GET.dict(), _zone(request))
        if segment:
            found = export_values(rule, values_of(rule, question, segment))
            return download(f"values-of-rule-{rule.pk}", VALUE_HEAD, found, _zone(request))
        rows = checks_of(rule, question)
    except InvalidInput as error:
        return HttpResponse(str(error), status=422, content_type="text/plain; charset=utf-8")
    return download(file_name(rule), HEAD, export_rows(rule, rows), _zone(request))


def _zone(request: HttpRequest) -> ZoneInfo:
    """The person's own; the site has seen to it that somebody is signed in."""
    return ZoneInfo(request.user.timezone)  # type: ignore[union-attr]


def _line(check: Check, unit: str) -> Line:
    table = str(TableName(check.state.schema, check.state.table)) if check.state.table else ""
    return Line(check, table, measured_words(unit, check.measured), expected_words(unit, check.low, check.high))


def _tables(rule: Rule) -> list[str]:
    """The tables that can be chosen among; none where there is only one."""
    if rule.table:
        return []
    names = RuleState.objects.filter(rule=rule).exclude(table="").order_by("schema", "table")
    return [str(TableName(*pair)) for pair in names.values_list("schema", "table")[:TABLES]]
