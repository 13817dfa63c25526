"""The page "Audit": who did what to Midwatch itself; its file; and the undo."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from apps.changes import services
from apps.changes.audit.reading import Search, found, read_search, visible
from apps.changes.audit.undoing import delete_page, problems_of
from apps.changes.models import Act, AuditEntry
from apps.common.clock import utc_now
from apps.common.csvfile import download
from apps.common.errors import InvalidInput
from apps.teams.adminsite import page
from apps.teams.permissions import Act as Doing
from apps.teams.permissions import grant_of, teams_for

ENTRIES = 50
HEAD = ("entry", "at", "act", "who", "address", "team", "what", "sentence", "changes", "reason", "digest")


@require_GET
def audit(request: HttpRequest) -> HttpResponse:
    """The entries that the person may read and looks for, the newest first."""
    rows, search, problem = _rows(request)
    shown = Paginator(rows, ENTRIES).get_page(request.GET.get("page", "1"))
    entries = list(shown.object_list)
    problems = problems_of(entries)
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "lines": [
            (entry, problems[entry.pk], delete_page(entry) if entry.act == Act.ADDED else "") for entry in entries
        ],
        "page": shown,
        "search": search,
        "problem": problem,
        "acts": Act.choices,
        "teams": teams_for(grant_of(request.user), Doing.CONFIGURE),
        "query": query.urlencode(),
        "given": request.GET,
    }
    return page(request, "changes/audit.html", context, title="Audit")


@require_GET
def audit_file(request: HttpRequest) -> HttpResponseBase:
    """The same entries as CSV."""
    rows, _, problem = _rows(request)
    if problem:
        return HttpResponse(problem, status=422, content_type="text/plain; charset=utf-8")
    return download("audit", HEAD, _lines(rows), _zone())


@require_POST
def undo(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Take a change back."""
    entry = get_object_or_404(_visible(request), pk=entry_id)
    user: Any = request.user
    if not grant_of(user).allows(Doing.ADMINISTER if entry.model == "teams.team" else Doing.CONFIGURE, entry.team_id):
        raise PermissionDenied
    try:
        services.undo(entry=entry, user=user, now=utc_now())
    except InvalidInput as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, f"Undone: {entry.sentence}")
    back = request.POST.get("back", "")  # the page on which the button stands
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back) if back and safe else redirect("admin:audit")


def _rows(request: HttpRequest) -> tuple[QuerySet[AuditEntry], Search, str]:
    try:
        search, problem = read_search({name: str(value) for name, value in request.GET.items()}), ""
    except InvalidInput as error:
        search, problem = Search(), str(error)
    return found(_visible(request), search, _zone()), search, problem


def _visible(request: HttpRequest) -> QuerySet[AuditEntry]:
    grant = grant_of(request.user)
    if not grant.allows_anywhere(Doing.CONFIGURE):
        raise PermissionDenied
    return visible(grant)


def _zone() -> ZoneInfo:
    return ZoneInfo(timezone.get_current_timezone_name())


def _lines(rows: QuerySet[AuditEntry]) -> Iterator[tuple[Any, ...]]:
    for entry in rows.iterator(2_000):
        changes = "; ".join(f"{each['field']}: {each['old']} -> {each['new']}" for each in entry.changes)
        yield (
            entry.pk, entry.at, entry.act, entry.actor, entry.address, entry.team_name, entry.object_name,
            entry.sentence, changes, entry.reason, entry.digest,
        )  # fmt: skip
