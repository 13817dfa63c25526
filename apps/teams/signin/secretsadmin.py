"""Second steps, logins at providers and signed-in browsers of everybody: looked at and taken away, never typed in."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin

admin.site.unregister(Authenticator)
admin.site.unregister(SocialAccount)
admin.site.unregister(UserSession)


class Withdrawable(ModelAdmin):
    """What is only ever taken away here, by superusers."""

    actions = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Authenticator)
class AuthenticatorAdmin(Withdrawable):
    """The data of one holds its secret: it is not shown."""

    fields = ("user", "type", "created_at", "last_used_at")
    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    list_select_related = ("user",)


@admin.register(SocialAccount)
class SocialAccountAdmin(Withdrawable):
    """Who somebody is at a provider. What else it told of them is not shown."""

    fields = ("user", "provider", "uid", "last_login", "date_joined")
    list_display = ("user", "provider", "uid", "last_login")
    list_filter = ("provider",)
    list_select_related = ("user",)
    search_fields = ("user__email", "uid")


@admin.register(UserSession)
class UserSessionAdmin(Withdrawable):
    """The key of a session would sign in whoever has it: it is not shown."""

    fields = ("user", "created_at", "last_seen_at", "ip", "user_agent")
    list_display = ("user", "created_at", "last_seen_at", "ip", "user_agent")
    list_select_related = ("user",)
    search_fields = ("user__email", "ip")
