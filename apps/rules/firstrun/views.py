"""The page of the first steps, and putting them away."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from apps.common.clock import utc_now
from apps.rules.firstrun.card import read_card
from apps.rules.firstrun.reading import read_live
from apps.rules.watch.visits import away_for, put_steps_away
from apps.teams.adminsite import page, seen
from apps.teams.models import Team, User
from apps.teams.permissions import Act, grant_of, teams_for


@require_GET
def first_steps(request: HttpRequest) -> HttpResponse:
    """The first steps of a team: of `?team=`, else of the first one that the person may set up, or see."""
    team = _team(request)
    grant = grant_of(request.user)
    card = read_card(team, grant) if team else None
    context = {
        "card": card,
        "live": read_live(card.team) if card and not card.run.next else None,
        "teams": list(teams_for(grant, Act.VIEW).order_by("name")),
        "away": away_for(_person(request)).exists(),
    }
    return page(request, "rules/firstrun/page.html", context, title="First steps")


@require_POST
def put_away(request: HttpRequest) -> HttpResponse:
    """Keep the steps off the person's own overview, or bring them back (`away=no`)."""
    put_steps_away(_person(request), utc_now(), away=request.POST.get("away") != "no")
    return redirect("admin:index")


def _team(request: HttpRequest) -> Team | None:
    if asked := request.GET.get("team"):
        if not asked.isdecimal():
            raise Http404
        return seen(request, Team.objects.all(), int(asked), team="")
    grant = grant_of(request.user)
    return teams_for(grant, Act.CONFIGURE).order_by("name").first() or teams_for(grant, Act.VIEW).first()


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Http404
    return request.user
