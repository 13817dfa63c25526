"""The pages of the catalogue: all tables, and one of them."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from apps.connections.models import Table
from apps.rules.tables.listing import SHOWN, Question, read_tables
from apps.rules.tables.page import read_table
from apps.teams.adminsite import page, seen
from apps.teams.permissions import Act, grant_of


@require_GET
def tables(request: HttpRequest) -> HttpResponse:
    """Search the tables of every connection that the person may see."""
    question = Question.of(request.GET.dict())
    asked = {"q": question.search, "connection": question.connection, "kind": question.kind}
    context = {
        "found": read_tables(grant_of(request.user), question),
        "question": question,
        "kinds": SHOWN.items(),
        "query": urlencode({key: value for key, value in asked.items() if value}),
    }
    return page(request, "rules/table_list.html", context, title="Tables")


@require_GET
def table(request: HttpRequest, table_id: int) -> HttpResponse:
    """One table: its columns, how it changed, and what watches it."""
    rows = Table.objects.select_related("connection__team")
    shown = read_table(seen(request, rows, table_id, team="connection__team"))
    team_id = shown.table.connection.team_id
    context = {
        "shown": shown,
        "add_query": urlencode({"connection": shown.table.connection_id, "table": str(shown.name)}),
        "may_configure": grant_of(request.user).allows(Act.CONFIGURE, team_id),
    }
    return page(request, "rules/table.html", context, title=f"{shown.table.get_kind_display()} {shown.name}")
