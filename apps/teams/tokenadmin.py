"""The pages of API tokens: made, shown once, revoked. Administrators of a team see and make its tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.decorators import display

from apps.common.clock import utc_now
from apps.common.templatetags.midwatch import relative
from apps.teams import forms, services
from apps.teams.adminsite import TeamAdmin, of_team, page, require, seen
from apps.teams.models import ApiToken, Role
from apps.teams.permissions import Act
from apps.teams.tokenstates import state_of


@admin.register(ApiToken)
class ApiTokenAdmin(TeamAdmin):
    see_act = Act.ADMINISTER
    change_act = Act.ADMINISTER
    form = forms.TokenForm
    list_display = ("name", "acts_for", "role", "state", "made", "used", "end_it")
    list_display_links = None
    list_filter = (of_team("team"), "role")
    list_select_related = ("team", "user")
    list_before_template = "teams/roles_link.html"
    fields = ("team", "name", "email", "role", "days")

    @display(description="Acts for")
    def acts_for(self, token: ApiToken) -> str:
        return f"{token.user} in {token.team}" if token.user else f"the team {token.team}"

    @display(
        description="State", label={"Valid": "success", "Ends soon": "warning", "Ended": "danger", "Revoked": "danger"}
    )
    def state(self, token: ApiToken) -> str:
        return state_of(token, utc_now())

    @display(description="Made", ordering="created_at")
    def made(self, token: ApiToken) -> str | SafeString:
        return relative(token.created_at)

    @display(description="Last used", ordering="last_used_at")
    def used(self, token: ApiToken) -> str | SafeString:
        return relative(token.last_used_at)

    @display(description="Revoke")
    def end_it(self, token: ApiToken) -> str | SafeString:
        if token.revoked_at:
            return ""
        # The list of the admin is one form already; its button sends that form, with its CSRF token, to this address.
        return format_html(
            '<button class="mw-button" type="submit" formmethod="post" formaction="{}" id="revoke-{}">Revoke</button>',
            reverse("admin:teams_apitoken_revoke", args=[token.pk]),
            token.pk,
        )

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [path("<int:token_id>/revoke/", wrap(require_POST(revoke)), name="teams_apitoken_revoke")]
        return own + super().get_urls()

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False  # a token is replaced or revoked, not changed

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        days = form.cleaned_data["days"]
        key = services.issue_token(
            team=obj.team,
            name=obj.name,
            role=Role(obj.role),
            user=form.cleaned_data["member"],
            expires_at=utc_now() + timedelta(days=days) if days else None,
        )
        obj.pk = ApiToken.objects.get(team=obj.team, name=obj.name).pk
        request.midwatch_key = key  # type: ignore[attr-defined]  # shown by the answer to this very request

    def response_add(self, request: HttpRequest, obj: ApiToken, post_url_continue: str | None = None) -> HttpResponse:
        token = ApiToken.objects.select_related("team", "user").get(pk=obj.pk)
        key: str = request.midwatch_key  # type: ignore[attr-defined]
        context = {"token": token, "key": key, "back": reverse("admin:teams_apitoken_changelist")}
        return page(request, "teams/token_issued.html", context, title="The token is ready")


def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """End a token for good."""
    token = seen(request, ApiToken.objects.all(), token_id)
    require(request, Act.ADMINISTER, token.team_id)
    services.revoke_token(token=token, now=utc_now())
    messages.success(request, f"The token {token} is revoked: whoever still sends it is refused from now on.")
    return redirect("admin:teams_apitoken_changelist")
