"""The page Routing, its forms, and the question who would be told."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from apps.alerts.incidents.finding import Subject
from apps.alerts.models import Escalation, Rotation, Route, Severity
from apps.alerts.routing.forms import NameForm, RotationForm, RouteForm, StepForms, told_values, words_of
from apps.alerts.routing.page import read_routing
from apps.alerts.routing.preview import moments_to_show, who_is_told
from apps.alerts.routing.saving import move_route, save_route
from apps.alerts.routing.steps import save_escalation, save_rotation
from apps.common.clock import utc_now
from apps.common.driverform import show_problem
from apps.common.errors import InvalidInput
from apps.teams.adminsite import page, require, seen
from apps.teams.models import Team
from apps.teams.permissions import Act, grant_of, teams_for


@require_GET
def routing(request: HttpRequest) -> HttpResponse:
    """The routing of one team: the one that is asked for, else the first."""
    teams = list(teams_for(grant_of(request.user), Act.VIEW))
    wanted = request.GET.get("team", "")
    team = _seen_team(request, wanted) if wanted else next(iter(teams), None)
    context = {
        "teams": teams,
        "shown": read_routing(team, now=utc_now()) if team else None,
        "may_configure": team is not None and grant_of(request.user).allows(Act.CONFIGURE, team.pk),
        "severities": Severity.choices,
    }
    return page(request, "alerts/routing.html", context, title="Routing")


@require_GET
def told(request: HttpRequest) -> HttpResponse:
    """Who would be told of an incident as the form describes it, now and at night."""
    asked = request.GET
    team = _seen_team(request, asked.get("team", ""))
    severity = asked.get("severity", Severity.HIGH)
    if severity not in Severity.values:
        raise Http404
    subject = Subject(
        tags=words_of(asked.get("tags", "")), table=asked.get("table", "").strip(), owner=asked.get("owner", "").strip()
    )
    moments = moments_to_show(now=utc_now(), timezone=team.timezone)
    shown = [(label, who_is_told(team=team, severity=severity, subject=subject, at=at)) for label, at in moments]
    return render(request, "midwatch/_told.html", {"previews": shown})


@require_POST
def move(request: HttpRequest, route_id: int) -> HttpResponse:
    """Let a route be asked earlier or later, as the field `up` says."""
    route = seen(request, Route.objects.select_related("team"), route_id)
    require(request, Act.CONFIGURE, route.team_id)
    try:
        move_route(route=route, up=request.POST.get("up") == "yes")
    except InvalidInput as error:
        messages.error(request, str(error))
    return _back(route.team)


def change_route(request: HttpRequest, route: Route | None) -> HttpResponse:
    """Add a route, or change one."""
    team = team_of(request, route)
    form = RouteForm(_posted(request), team=team, route=route)

    def save() -> Route:
        return save_route(team=team, draft=form.draft(), instance=route)

    return _form_page(request, "alerts/route_form.html", "route", (form,), save, team, route, {})


def change_escalation(request: HttpRequest, escalation: Escalation | None) -> HttpResponse:
    """Add an escalation, or change one with its steps."""
    team = team_of(request, escalation)
    form = NameForm(_posted(request), initial={"name": escalation.name} if escalation else None)
    rows = escalation.steps.prefetch_related("channels", "people") if escalation else ()
    stored = [{"after_minutes": row.after_minutes, **told_values(row, team)} for row in rows]
    steps = StepForms(_posted(request), initial=stored, form_kwargs={"team": team})

    def save() -> Escalation:
        drafts = [draft for draft in (each.draft() for each in steps) if draft]
        return save_escalation(
            team=team, name=form.cleaned_data["name"], steps=drafts, now=utc_now(), instance=escalation
        )

    return _form_page(
        request, "alerts/escalation_form.html", "escalation", (form, steps), save, team, escalation, {"steps": steps}
    )


def change_rotation(request: HttpRequest, rotation: Rotation | None) -> HttpResponse:
    """Add a rotation, or change one."""
    team = team_of(request, rotation)
    form = RotationForm(_posted(request), team=team, rotation=rotation)

    def save() -> Rotation:
        return save_rotation(team=team, draft=form.draft(), instance=rotation)

    zones = {"zones": sorted(zoneinfo.available_timezones())}
    return _form_page(request, "alerts/rotation_form.html", "rotation", (form,), save, team, rotation, zones)


def team_of(request: HttpRequest, row: Any) -> Team:
    """The team of `row`, or of what is to be added: the one that the address names, else the first that the person may
    configure."""
    if row is None and not request.GET.get("team"):
        team = teams_for(grant_of(request.user), Act.CONFIGURE).first()
        if team is None:
            raise PermissionDenied
        return team
    team = row.team if row else _seen_team(request, request.GET["team"])
    require(request, Act.CONFIGURE, team.pk)
    return team


def _form_page(
    request: HttpRequest,
    template: str,
    noun: str,
    form_list: tuple[Any, ...],
    save: Callable[[], Any],
    team: Team,
    row: Any,
    more: Mapping[str, Any],
) -> HttpResponse:
    form: forms.Form = form_list[0]
    faulty = [each for each in form_list if request.method == "POST" and not each.is_valid()]
    if request.method == "POST" and not faulty:
        try:
            saved = save()
        except InvalidInput as error:
            show_problem(error, form)
        else:
            messages.success(request, f"The {noun} “{saved}” is saved.")
            return _back(team)
    title = f"Change {row}" if row else f"Add {'an' if noun[0] in 'aeiou' else 'a'} {noun}"
    context = {"form": form, "row": row, "team": team, "back": _address(team), **more}
    return page(request, template, context, title=title)


def _posted(request: HttpRequest) -> Mapping[str, Any] | None:
    return request.POST if request.method == "POST" else None


def _seen_team(request: HttpRequest, wanted: str) -> Team:
    if not wanted.isdecimal():
        raise Http404
    return seen(request, Team.objects.all(), wanted, team="")


def _back(team: Team) -> HttpResponse:
    return redirect(_address(team))


def _address(team: Team) -> str:
    return f"{reverse('admin:alerts_route_changelist')}?team={team.pk}"
