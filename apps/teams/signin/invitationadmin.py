"""The pages of invitations. Administrators of a team invite to it and revoke what was not accepted yet."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
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
from apps.teams.adminsite import TeamAdmin, of_team, page, require, seen
from apps.teams.models import Invitation, Role, User
from apps.teams.permissions import Act
from apps.teams.signin import invitations
from apps.teams.signin.forms import InviteForm

COLOURS = {"Waiting": "info", "Accepted": "success", "Ended": "danger", "Revoked": "danger"}


@admin.register(Invitation)
class InvitationAdmin(TeamAdmin):
    see_act = Act.ADMINISTER
    change_act = Act.ADMINISTER
    form = InviteForm
    list_display = ("email", "team", "role", "state", "made", "by", "end_it")
    list_display_links = None
    list_filter = (of_team("team"), "role")
    list_select_related = ("team", "by")
    list_before_template = "teams/roles_link.html"
    search_fields = ("email",)
    fields = ("email", "team", "role")

    @display(description="State", label=COLOURS)
    def state(self, invitation: Invitation) -> str:
        if invitation.accepted_at:
            return "Accepted"
        if invitation.revoked_at:
            return "Revoked"
        return "Ended" if invitation.expires_at <= utc_now() else "Waiting"

    @display(description="Made", ordering="created_at")
    def made(self, invitation: Invitation) -> str | SafeString:
        return relative(invitation.created_at)

    @display(description="Revoke")
    def end_it(self, invitation: Invitation) -> str | SafeString:
        if self.state(invitation) != "Waiting":
            return ""
        # The list of the admin is one form already; its button sends that form, with its CSRF token, to this address.
        return format_html(
            '<button class="mw-button" type="submit" formmethod="post" formaction="{}" id="revoke-{}">Revoke</button>',
            reverse("admin:teams_invitation_revoke", args=[invitation.pk]),
            invitation.pk,
        )

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [path("<int:invitation_id>/revoke/", wrap(require_POST(revoke)), name="teams_invitation_revoke")]
        return own + super().get_urls()

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False  # an invitation is made anew or revoked, not changed

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False  # who was invited by whom stays known

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:
        made, key = invitations.invite(
            team=obj.team, email=obj.email, role=Role(obj.role), by=cast(User, request.user), now=utc_now()
        )
        obj.pk = made.pk
        request.midwatch_invited = (made, key)  # type: ignore[attr-defined]  # for the answer to this very request

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The mail leaves when the invitation is stored, and no transaction waits for the mail server."""
        answer: HttpResponse = super().changeform_view(request, *args, **kwargs)
        invited = getattr(request, "midwatch_invited", None)
        return _invited(request, *invited) if invited else answer


def _invited(request: HttpRequest, invitation: Invitation, key: str) -> HttpResponse:
    link = settings.MIDWATCH_BASE_URL + reverse("invitation", args=[key])
    try:
        invitations.send(invitation=invitation, link=link)
        sent = settings.EMAIL_CONFIGURED
    except OSError:  # whatever the mail server has against it: the link can go another way
        sent = False
    context = {"invitation": invitation, "link": link, "sent": sent}
    return page(request, "teams/invited.html", context, title="The invitation is made")


def revoke(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """End an invitation."""
    invitation = seen(request, Invitation.objects.all(), invitation_id)
    require(request, Act.ADMINISTER, invitation.team_id)
    invitations.revoke(invitation=invitation, now=utc_now())
    messages.success(request, f"The invitation of {invitation.email} is revoked: its link opens nothing any more.")
    return redirect("admin:teams_invitation_changelist")
