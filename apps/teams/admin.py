"""Teams, members, tokens and users. Administrators manage their own team; superusers manage teams and users."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm

from apps.common.templatetags.midwatch import relative
from apps.teams import forms, history, services
from apps.teams.adminsite import TeamAdmin, of_team, page
from apps.teams.generatedfield import generated_help
from apps.teams.models import Member, Purpose, Role, Team, User
from apps.teams.permissions import Act, grant_of
from apps.teams.signin.invitationadmin import InvitationAdmin
from apps.teams.signin.provideradmin import SignInProviderAdmin
from apps.teams.signin.secretsadmin import AuthenticatorAdmin, SocialAccountAdmin, UserSessionAdmin
from apps.teams.tokenadmin import ApiTokenAdmin

__all__ = [
    "ApiTokenAdmin", "AuthenticatorAdmin", "InvitationAdmin", "MemberAdmin", "SignInProviderAdmin",
    "SocialAccountAdmin", "TeamOwnAdmin", "UserAdmin", "UserSessionAdmin",
]  # fmt: skip


@admin.register(Team)
class TeamOwnAdmin(TeamAdmin):
    team_path = ""
    change_act = Act.ADMINISTER
    list_display = ("name", "timezone", "people")
    search_fields = ("name",)

    @display(description="Members")
    def people(self, team: Team) -> int:
        return team.members.count()

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "generated_summaries":
            field.help_text = generated_help()
        return field

    def get_readonly_fields(self, request: HttpRequest, obj: Team | None = None) -> tuple[str, ...]:
        # What a team sees of others is not for its own administrators to say.
        return () if grant_of(request.user).everything else ("sees_everything",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return grant_of(request.user).everything

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return grant_of(request.user).everything

    def goes_along(self, row: Team) -> dict[str, int]:
        return {
            "Rules with their results": row.rules.count(),
            "Connections": row.connections.count(),
            "Channels": row.channels.count(),
            "Incidents": row.incidents.count(),
            "Memberships": row.members.count(),
        }


@admin.register(Member)
class MemberAdmin(TeamAdmin):
    change_act = Act.ADMINISTER
    form = forms.MemberForm
    list_display = ("user", "team", "role")
    list_filter = ("role", of_team("team"))
    list_select_related = ("user", "team")
    list_before_template = "teams/roles_link.html"
    search_fields = ("user__email", "user__name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).exclude(team__purpose=Purpose.SELF)

    def get_fields(self, request: HttpRequest, obj: Member | None = None) -> list[str]:
        return ["user", "team", "role"] if obj else ["email", "team", "role"]

    def get_readonly_fields(self, request: HttpRequest, obj: Member | None = None) -> list[str]:
        return ["user", "team"] if obj else []

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm[Any]]:
        kwargs["form"] = ModelForm if change else forms.MemberForm
        return super().get_form(request, obj, change, **kwargs)

    def save_model(self, request: HttpRequest, obj: Member, form: Any, change: bool) -> None:
        member = services.add_member(team=obj.team, user=obj.user, role=Role(obj.role))
        obj.pk = member.pk


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """Only superusers come here: `has_perm` answers yes for them alone, since nobody is given a permission row."""

    form = UserChangeForm
    add_form = forms.NewUserForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("email", "name", "timezone", "is_active", "is_superuser", "seen")
    list_filter = ("is_active", "is_superuser")
    search_fields = ("email", "name")
    ordering = ("email",)
    filter_horizontal = ()
    fieldsets: ClassVar = [
        (None, {"fields": ("email", "password")}),
        ("Person", {"fields": ("name", "timezone")}),
        ("Access", {"fields": ("is_active", "is_superuser")}),
    ]

    @display(description="Last signed in", ordering="last_login")
    def seen(self, user: User) -> str | SafeString:
        return relative(user.last_login)

    add_fieldsets = ((None, {"fields": ("email", "name", "timezone", "password1", "password2")}),)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        user = get_object_or_404(User, pk=object_id)
        context = {"object": user, "entries": history.entries(user)}
        return page(request, "midwatch/history.html", context, title=f"History of {user}")
