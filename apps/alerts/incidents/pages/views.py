"""The page of an incident, and what its buttons do."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from apps.alerts.generating.pages import shown_on
from apps.alerts.incidents.pages.acts import ACTS, Wish
from apps.alerts.incidents.pages.reading import INCIDENTS, read_incident
from apps.alerts.models import Incident, Outcome, Severity
from apps.common import fault
from apps.common.clock import utc_now
from apps.common.errors import InvalidInput
from apps.common.records import record
from apps.teams.adminsite import page, require, seen
from apps.teams.permissions import Act, allowed, grant_of


@require_GET
def incident_page(request: HttpRequest, incident_id: int) -> HttpResponse:
    """What happened, in words; what can be done; the timeline; who was told. Asked again with what could be done
    (`acts`), it leaves out the buttons where that is still so."""
    incident = seen(request, INCIDENTS, incident_id)
    grant = grant_of(request.user)
    may_operate = grant.allows(Act.OPERATE, incident.team_id)
    whole = request.GET.get("timeline") == "all"
    shown = read_incident(incident, utc_now(), grant, may_operate=may_operate, every_line=whole)
    context = {
        "shown": shown,
        "incident": incident,
        "reads_team": grant.allows(Act.VIEW, incident.team_id),
        "may_operate": may_operate,
        "draw_acts": request.GET.get("acts") != shown.acts,
        "whole": whole,
        "outcomes": Outcome.choices,
        "severities": Severity.choices,
        "generated": shown_on(incident, request.user),
    }
    return page(request, "alerts/incident.html", context, title=incident.title)


@require_POST
def act(request: HttpRequest, incident_id: int, act: str) -> HttpResponse:
    """Do what the button says, and say what became of it. `back` is the incident on whose page the button stands."""
    if act not in ACTS:
        raise Http404
    incident = seen(request, Incident.objects.select_related("team"), incident_id)
    require(request, Act.OPERATE, incident.team_id)
    user: Any = request.user
    wish = Wish(incident, user, request.POST.dict(), utc_now(), _Finder(request))
    try:
        messages.success(request, ACTS[act](wish))
        fault.reached("person acted")
    except InvalidInput as error:
        messages.warning(request, str(error))
    back = request.POST.get("back", "")
    return redirect("admin:alerts_incident_page", int(back) if back.isdecimal() else incident_id)


@record
class _Finder:
    """Finds other incidents that the person may act on."""

    request: HttpRequest

    def __call__(self, number: str) -> Incident:
        rows = allowed(Incident.objects.all(), grant_of(self.request.user), act=Act.OPERATE)
        found = rows.filter(pk=number).first() if number.isdecimal() else None
        if found is None:
            raise InvalidInput("Choose another open incident of the same team.", field="into")
        return found
