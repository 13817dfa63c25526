"""The page for a screen on the wall, and the board on it that is fetched anew."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from apps.common.clock import utc_now
from apps.rules.watch.wall import read_wall
from apps.teams.adminsite import seen
from apps.teams.models import Team, User
from apps.teams.permissions import Act, grant_of, teams_for


@require_GET
def wall(request: HttpRequest, team_id: int | None = None) -> HttpResponse:
    """The wall of all that the person may see, or of one team."""
    context = _context(request, team_id)
    return render(request, "rules/watch/wall.html", context | {"teams": teams_for(grant_of(request.user), Act.VIEW)})


@require_GET
def board(request: HttpRequest, team_id: int | None = None) -> HttpResponse:
    """What the wall fetches every few seconds. Whoever is signed out meanwhile is led to the sign-in page."""
    if not request.user.is_authenticated:
        return HttpResponse(headers={"HX-Redirect": reverse("admin:login")})
    return render(request, "rules/watch/_board.html", _context(request, team_id))


def _context(request: HttpRequest, team_id: int | None) -> dict[str, object]:
    user = request.user
    if not isinstance(user, User):
        raise Http404
    team = seen(request, Team.objects.all(), team_id, team="") if team_id is not None else None
    zone = ZoneInfo(team.timezone if team else user.timezone)
    again = reverse("admin:wall_board", args=[team_id]) if team_id else reverse("admin:wall_board")
    return {"wall": read_wall(grant_of(user), team, zone, utc_now()), "again": again}
