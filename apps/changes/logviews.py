"""The page "What changed": the configuration of a team during the last days, in plain sentences."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from apps.changes.changelog import SPANS, ask_for_log, read_log
from apps.common.clock import utc_now
from apps.teams.adminsite import page, require, seen
from apps.teams.models import Team
from apps.teams.permissions import Act, grant_of, teams_for

ASKED = "Asked for. The text is here within a minute, if the model answers and the text holds against the facts."
USUAL = 7


@require_GET
def change_log(request: HttpRequest) -> HttpResponse:
    """The changes of one team, of the first one unless another is chosen."""
    teams = list(teams_for(grant_of(request.user), Act.VIEW))
    wanted = request.GET.get("team", "")
    team = next((each for each in teams if str(each.pk) == wanted), teams[0] if teams and not wanted else None)
    if team is None and wanted:
        raise Http404
    context = {
        "teams": teams,
        "spans": SPANS,
        "log": read_log(team, _days(request.GET.get("days", "")), utc_now()) if team else None,
        "may_operate": team is not None and grant_of(request.user).allows(Act.OPERATE, team.pk),
    }
    return page(request, "changes/log.html", context, title="What changed")


@require_POST
def ask_log(request: HttpRequest, team_id: int) -> HttpResponse:
    """Have a text written about it."""
    team = seen(request, Team.objects.all(), team_id, team="")
    require(request, Act.OPERATE, team.pk)
    now, days = utc_now(), _days(request.POST.get("days", ""))
    log = read_log(team, days, now)
    if log.may_ask:
        ask_for_log(log, now=now)
        messages.success(request, ASKED)
    return redirect(f"{reverse('admin:change_log')}?team={team.pk}&days={days}")


def _days(text: str) -> int:
    return int(text) if text in {str(days) for days in SPANS} else USUAL
