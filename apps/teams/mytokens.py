"""The page of a person's own API tokens: made, shown once, revoked. Each acts for the person, in one team."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from apps.common.clock import utc_now
from apps.common.driverform import show_problem
from apps.common.errors import InvalidInput
from apps.teams import services
from apps.teams.adminsite import page
from apps.teams.forms import OwnTokenForm
from apps.teams.models import ApiToken, Role, User
from apps.teams.tokenstates import state_of


@require_http_methods(["GET", "POST"])
def my_tokens(request: HttpRequest) -> HttpResponse:
    """The tokens that act for the person, and the form of a new one."""
    user, now = _person(request), utc_now()
    form = OwnTokenForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            return _issued(request, form)
        except InvalidInput as problem:
            show_problem(problem, form)
    tokens = ApiToken.objects.filter(user=user).select_related("team").order_by("-created_at")
    context = {
        "form": form,
        "lines": [(token, state_of(token, now)) for token in tokens],
        "member": user.memberships.exists(),
    }
    return page(request, "teams/my_tokens.html", context, title="My tokens")


def _issued(request: HttpRequest, form: OwnTokenForm) -> HttpResponse:
    entered, user = form.cleaned_data, _person(request)
    ends = utc_now() + timedelta(days=entered["days"]) if entered["days"] else None
    team, name = entered["team"], entered["name"]
    key = services.issue_own_token(user=user, team=team, name=name, role=Role(entered["role"]), expires_at=ends)
    token = ApiToken.objects.select_related("team", "user").get(team=team, name=name)
    context = {"token": token, "key": key, "back": reverse("admin:my_tokens")}
    return page(request, "teams/token_issued.html", context, title="The token is ready")


@require_POST
def revoke_mine(request: HttpRequest, token_id: int) -> HttpResponse:
    """End one of one's own tokens for good."""
    token = get_object_or_404(ApiToken, pk=token_id, user=_person(request))
    services.revoke_token(token=token, now=utc_now())
    messages.success(request, f"The token {token} is revoked: whoever still sends it is refused from now on.")
    return redirect("admin:my_tokens")


def _person(request: HttpRequest) -> User:
    """Who is signed in; the admin site has seen to it that somebody is."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user
