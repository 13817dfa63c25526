"""What rules, incidents and costs a connection has: the part of its page that stands above the app of connections."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.alerts.models import Incident, IncidentStatus
from apps.common.clock import utc_now
from apps.common.records import record
from apps.connections.models import Connection
from apps.rules.costs.page import Line, read_connection
from apps.rules.edits import Edit, edits_of
from apps.rules.models import Rule, RuleState
from apps.rules.overview import STATES
from apps.teams.adminsite import seen

INCIDENTS = 10
RULES = 1_000  # whose changes are looked for


@record
class ConnectionPart:
    """`states`: how many tables of rules are in each state, by its label."""

    states: Mapping[str, int]
    open: list[Incident]
    past: list[Incident]
    costs: Line
    edits: list[Edit]


@require_GET
def connection_part(request: HttpRequest, connection_id: int) -> HttpResponse:
    """The page of the connection asks for it by itself."""
    connection = seen(request, Connection.objects.select_related("team"), connection_id)
    context = {"shown": read_part(connection, utc_now()), "connection": connection}
    return render(request, "rules/_connection.html", context)


def read_part(connection: Connection, now: datetime) -> ConnectionPart:
    """In a fixed number of statements."""
    rules = list(Rule.objects.filter(connection=connection).order_by("-pk").values_list("pk", flat=True)[:RULES])
    rows = Incident.objects.filter(team=connection.team_id, connection_id=connection.pk)
    over = Q(status=IncidentStatus.RESOLVED)
    return ConnectionPart(
        states=_states(connection),
        open=list(rows.filter(~over, merged_into=None).order_by("-opened_at")[:INCIDENTS]),
        past=list(rows.filter(over).order_by("-opened_at")[:INCIDENTS]),
        costs=read_connection(connection, None, now).line,
        edits=edits_of(rules=rules, connection=connection.pk),
    )


def _states(connection: Connection) -> dict[str, int]:
    """The worst first."""
    states = RuleState.objects.filter(connection=connection).exclude(table="").order_by()
    live = dict(states.filter(rule__paused=False).values_list("verdict").annotate(Count("pk")))
    counts = {"never" if verdict == "" else verdict: count for verdict, count in live.items()}
    counts["paused"] = states.filter(rule__paused=True).count()
    return {label: counts[state] for state, label in STATES.items() if counts.get(state)}
