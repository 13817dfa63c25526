"""The pages of status pages that members see: the list, one page, its link and badges, and what is said on it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.alerts.models import Incident, IncidentStatus
from apps.common.clock import utc_now
from apps.common.errors import InvalidInput
from apps.status import links, services
from apps.status.models import PublicUpdate, StatusPage
from apps.status.publicviews import SVG, badge_addresses, badge_of
from apps.status.view import Shown
from apps.teams.adminsite import page as admin_page
from apps.teams.adminsite import require, seen
from apps.teams.permissions import Act, allowed, grant_of, teams_for

PAGES: QuerySet[StatusPage] = StatusPage.objects.select_related("team")


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """The pages that the person may see, and a proposal for each team without one."""
    grant = grant_of(request.user)
    pages = list(allowed(PAGES.annotate(shown=Count("products")), grant))
    having = {page.team_id for page in pages}
    without = [team for team in teams_for(grant, Act.CONFIGURE) if team.pk not in having]
    context = {"pages": pages, "without": without, "may_add": grant.allows_anywhere(Act.CONFIGURE)}
    return admin_page(request, "status/listing.html", context, title="Status pages")


@require_GET
def status_page(request: HttpRequest, page_id: int) -> HttpResponse:
    """The page as its readers see it, and what only members see below."""
    row = seen(request, PAGES, page_id)
    shown = services.show(page=row, now=utc_now())
    grant = grant_of(request.user)
    context = {
        "shown": shown,
        "board": shown.board,
        "behind": _behind(shown),
        "may_configure": grant.allows(Act.CONFIGURE, row.team_id),
        "may_operate": grant.allows(Act.OPERATE, row.team_id),
    }
    return admin_page(request, "status/member.html", context, title=row.name)


def _behind(shown: Shown) -> list[dict[str, Any]]:
    """The incidents behind each episode, for members."""
    pks = {pk for line in shown.episodes for pk in line.episode.incidents}
    rows = Incident.objects.in_bulk(pks)
    return [
        {"line": line, "incidents": [rows[pk] for pk in line.episode.incidents[:20] if pk in rows]}
        for line in shown.episodes
    ]


@require_GET
def status_json(request: HttpRequest, page_id: int) -> JsonResponse:
    """The same as JSON."""
    return JsonResponse(services.board_values(services.show(page=seen(request, PAGES, page_id), now=utc_now())))


@require_GET
def status_badge(request: HttpRequest, page_id: int, product_id: int | None = None) -> HttpResponse:
    """A badge, for those who are signed in."""
    shown = services.show(page=seen(request, PAGES, page_id), now=utc_now())
    what = "sla" if request.GET.get("show") == "sla" else "state"
    return HttpResponse(badge_of(shown, product_id, what), content_type=SVG)


@require_http_methods(["GET", "POST"])
def link(request: HttpRequest, page_id: int) -> HttpResponse:
    """The public link: shown with its badges, made, renewed and revoked."""
    row = seen(request, PAGES, page_id)
    require(request, Act.CONFIGURE, row.team_id)
    if request.method == "POST":
        if request.POST.get("do") == "revoke":
            services.revoke_link(page=row)
            messages.success(request, "The link is revoked: whoever has it sees nothing any more.")
        else:
            services.make_link(page=row, now=utc_now())
            messages.success(request, "The link is ready. Whoever has it may read the page, without signing in.")
        return redirect("admin:status_statuspage_link", row.pk)
    address = links.address_of(row)
    context = {"row": row, "address": address, "badges": badge_addresses(row, address) if address else []}
    response = admin_page(request, "status/link.html", context, title=f"Public link of {row.name}")
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
def propose(request: HttpRequest) -> HttpResponse:
    """Make a page for a team in one click."""
    teams = teams_for(grant_of(request.user), Act.VIEW)
    asked = request.POST.get("team", "")
    team = get_object_or_404(teams, pk=int(asked) if asked.isdecimal() and len(asked) < 19 else 0)
    require(request, Act.CONFIGURE, team.pk)
    row = services.propose_page(team=team)
    messages.success(request, "This is a proposal: change what is not right. Nobody outside sees it without a link.")
    return redirect("admin:status_statuspage_page", row.pk)


@require_http_methods(["GET", "POST"])
def updates(request: HttpRequest, incident_id: int) -> HttpResponse:
    """What readers of status pages are told about an incident, and the form to say more."""
    incident = seen(request, Incident.objects.select_related("team"), incident_id)
    require(request, Act.OPERATE, incident.team_id)
    text, problem = request.POST.get("text", ""), ""
    if request.method == "POST":
        try:
            user: Any = request.user
            services.post_update(incident=incident, text=text, user=user, now=utc_now())
        except InvalidInput as error:
            problem = str(error)
        else:
            messages.success(request, "It is on the status pages now.")
            return redirect(reverse("admin:status_updates", args=[incident.pk]))
    context = {
        "incident": incident,
        "rows": incident.public_updates.order_by("-at", "-pk"),
        "pages": allowed(PAGES.filter(team=incident.team_id), grant_of(request.user)),
        "is_open": incident.status != IncidentStatus.RESOLVED,
        "text": text,
        "problem": problem,
    }
    status = 422 if problem else 200
    response = admin_page(request, "status/updates.html", context, title="Tell readers of the status page")
    response.status_code = status
    return response


@require_POST
def take_back(request: HttpRequest, update_id: int) -> HttpResponse:
    """Take a public update back."""
    update = seen(request, PublicUpdate.objects.select_related("incident__team"), update_id, team="incident__team")
    require(request, Act.OPERATE, update.incident.team_id)
    services.take_back_update(update=update, now=utc_now())
    messages.success(request, "Taken back: readers do not see it any more.")
    return redirect("admin:status_updates", update.incident_id)
