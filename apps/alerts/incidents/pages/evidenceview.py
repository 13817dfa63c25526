"""The part of an incident's page that shows what was measured around it, and what happened shortly before."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.alerts.incidents.evidence import evidence_of
from apps.alerts.models import Incident
from apps.common.clock import utc_now
from apps.teams.adminsite import seen
from apps.teams.permissions import Act, grant_of


@require_GET
def evidence(request: HttpRequest, incident_id: int) -> HttpResponse:
    """The page asks for it by itself, so that the rest is there at once. Guests, with whom the rule alone is shared,
    read nothing of what else the team has."""
    incident = seen(request, Incident.objects.select_related("team"), incident_id)
    found = evidence_of(incident, now=utc_now())
    reads_team = grant_of(request.user).allows(Act.VIEW, incident.team_id)
    shown = found if reads_team else replace(found, happened=())
    about_something = reads_team and incident.connection_id is not None
    context = {"evidence": shown, "reads_team": reads_team, "looked": about_something}
    return render(request, "alerts/incident/_evidence.html", context)
