"""The part of a connection's page that tells of its catalogue: when it was read, and what changed lately."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_POST

from apps.common.clock import utc_now
from apps.common.templatetags.midwatch import relative
from apps.connections import services
from apps.connections.lately import what_changed
from apps.connections.models import Connection, ConnectionState
from apps.teams.adminsite import require, seen
from apps.teams.permissions import Act, grant_of

LATELY = timedelta(days=30)
EVENTS = 50


def context_of(request: HttpRequest, connection: Connection, now: datetime) -> dict[str, Any]:
    """What the part shows."""
    state = ConnectionState.objects.filter(connection=connection).first()
    return {
        "row": connection,
        "state": state,
        "catalogue_words": catalogue_words(state, now),
        "reading": state is None or state.catalogued_at is None or state.catalogued_at > now,
        "events": what_changed(connection, since=now - LATELY, limit=EVENTS),
        "most_events": EVENTS,
        "lately": LATELY.days,
        "may_operate": grant_of(request.user).allows(Act.OPERATE, connection.team_id),
    }


def catalogue_words(state: ConnectionState | None, now: datetime) -> str | SafeString:
    """When the catalogue was read, in a sentence."""
    if state is None or state.catalogued_at is None:
        return "Its tables and columns are going to be read in a moment."
    if state.catalogued_at > now:
        return "Its tables and columns are being read just now."
    at = relative(state.catalogued_at)
    shown = "Midwatch has not seen them yet." if state.tables is None else "What is shown is from before."
    if state.failures:
        return f"Its tables and columns are going to be read again as soon as the data store answers. {shown}"
    if state.failing_since and state.failing_since <= state.catalogued_at:
        return format_html("Its tables and columns could not be read {}. {}", at, shown)
    return format_html("Its tables and columns were read {}.", at)


@require_GET
def catalogue_part(request: HttpRequest, connection_id: int) -> HttpResponse:
    """The part alone, which refreshes itself while the catalogue is read."""
    connection = seen(request, Connection.objects.all(), connection_id)
    return render(request, "connections/_catalogue.html", context_of(request, connection, utc_now()))


@require_POST
def look_now(request: HttpRequest, connection_id: int) -> HttpResponse:
    """Let the catalogue be read as soon as a worker is free."""
    connection = seen(request, Connection.objects.all(), connection_id)
    require(request, Act.OPERATE, connection.team_id)
    services.ask_for_catalogue(connection=connection, now=utc_now())
    if request.headers.get("HX-Request"):
        return render(request, "connections/_catalogue.html", context_of(request, connection, utc_now()))
    return redirect("admin:connections_connection_change", connection_id)
