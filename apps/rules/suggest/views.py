"""The page "Which tables to watch": the suggestions of a connection, and making the rules with one click."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from apps.alerts.models import Channel
from apps.common.clock import utc_now
from apps.common.errors import MidwatchError
from apps.common.records import record
from apps.connections.models import Connection
from apps.connections.services import BLANKS, ENGINES, refresh_catalogue
from apps.rules import services
from apps.rules.kinds import KINDS
from apps.rules.services import ProposedRule, Suggestions
from apps.rules.suggest.ranking import MOST, Suggestion
from apps.rules.suggest.showing import CATALOGUE_KINDS, read_asked, show_made, show_proposed
from apps.rules.suggest.watching import watch_tables
from apps.teams.adminsite import page, require, seen
from apps.teams.permissions import Act

PAGE = 200
TICKS = ("suggested", "all", "none")


class Shown(NamedTuple):
    """A proposed rule on the page."""

    kind: str
    sentence: str
    why: str


@record
class Line:
    """A table on the page, with what would be made. `ticked`: its box is, when the page opens."""

    suggestion: Suggestion
    rules: list[Shown]
    ticked: bool

    @property
    def kinds(self) -> str:
        """The kinds of the rules that it would get: `freshness, schema`."""
        return ", ".join(KINDS[rule.kind].label.lower() for rule in self.rules)

    @property
    def watched_by(self) -> str:
        """`freshness, schema`; empty when nothing watches the table."""
        return ", ".join(KINDS[kind].label.lower() for kind in KINDS if kind in self.suggestion.table.watched_by)


@require_http_methods(["GET", "POST"])
def suggestions(request: HttpRequest, connection_id: int) -> HttpResponse:
    """Show the ranked tables; with POST, watch those that are ticked and say what was made."""
    connection = _configurable(request, connection_id)
    if request.method == "POST":
        return _watch(request, connection)
    return _list(request, connection)


@require_POST
def look(request: HttpRequest, connection_id: int) -> HttpResponse:
    """Read the catalogue of the data store now. Trouble is told on the page."""
    connection = _configurable(request, connection_id)
    try:
        refresh_catalogue(connection=connection, now=utc_now())
    except MidwatchError as error:
        return _list(request, connection, problem=str(error))
    return redirect("admin:suggestions", connection_id)


def _configurable(request: HttpRequest, connection_id: int) -> Connection:
    connection = seen(request, Connection.objects.select_related("team"), connection_id)
    require(request, Act.CONFIGURE, connection.team_id)
    return connection


def _watch(request: HttpRequest, connection: Connection) -> HttpResponse:
    """Make the rules of the ticked tables, or with `act=show` only show them first."""
    asked = read_asked(request, connection)
    if asked.missing:
        return _list(request, connection, problem=f"Nothing was made: tick {asked.missing}.")
    try:
        if request.POST.get("act") == "show":
            return show_proposed(request, connection, asked)
        results = watch_tables(
            connection=connection, table_ids=asked.tables, kinds=asked.kinds, channels=asked.channels,
            reading=asked.reading, now=utc_now(),
        )  # fmt: skip
    except MidwatchError as error:
        return _list(request, connection, problem=f"Nothing was made. {error}")
    return show_made(request, connection, results, asked)


def _list(request: HttpRequest, connection: Connection, *, problem: str = "") -> HttpResponse:
    found = services.suggest_tables(connection=connection, now=utc_now())
    tick = request.GET.get("tick", "")
    search = request.GET.get("q", "").strip(BLANKS)[:200]
    shown = _page(found, search, request.GET.get("page", "1"))
    context = {
        "connection": connection,
        "found": found,
        "lines": _lines(found, list(shown.object_list), tick if tick in TICKS else TICKS[0]),
        "page": shown,
        "page_query": urlencode({key: value for key, value in (("q", search), ("tick", tick)) if value}),
        "search": search,
        "unfolded": request.GET.get("rules") == "shown",
        "problem": problem,
        "most": MOST,
        "billed_by": ENGINES[connection.engine].label if ENGINES[connection.engine].bills_bytes else "",
        "kinds": [(key, KINDS[key].label, KINDS[key].tells) for key in CATALOGUE_KINDS],
        "channels": Channel.objects.filter(team=connection.team_id).order_by("name"),
        "advised": any(each.advised for each in found.ranked),
        "watched": sum(bool(each.table.watched_by) for each in found.ranked),
        "tables": sum(not each.table.is_view for each in found.ranked),
        "views": sum(each.table.is_view for each in found.ranked),
    }
    return page(request, "rules/suggestions.html", context, title=f"Which tables of {connection} to watch")


def _page(found: Suggestions, search: str, number: str) -> Page[Suggestion]:
    folded = search.casefold()
    wanted = [each for each in found.ranked if folded in str(each.table.name).casefold()]
    return Paginator(wanted, PAGE).get_page(number)


def _lines(found: Suggestions, shown: list[Suggestion], tick: str) -> list[Line]:
    proposed = services.propose_rules(connection=found.connection, suggestions=shown, now=utc_now())
    return [_line(each, proposed, tick) for each in shown]


def _line(each: Suggestion, proposed: Mapping[int, list[ProposedRule]], tick: str) -> Line:
    rules = [
        Shown(one.draft.kind, services.sentence_of_draft(draft=one.draft), one.why) for one in proposed[each.table.id]
    ]
    ticked = tick == "all" or (tick == "suggested" and each.advised)
    return Line(each, rules, ticked)
