"""The pages of silences: who sees the team sees them, operators mute, managers plan maintenance windows."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from unfold.decorators import display

from apps.alerts.models import Silence
from apps.alerts.silences import subjects, views
from apps.alerts.silences.forms import NEEDS
from apps.alerts.silences.saving import sentence_of, state_of
from apps.common.clock import utc_now
from apps.teams.adminsite import TeamAdmin, of_team, require
from apps.teams.permissions import Act


@admin.register(Silence)
class SilenceAdmin(TeamAdmin):
    change_act = Act.OPERATE
    list_display = ("reason", "what", "state", "kind", "owner", "team")
    list_filter = ("kind", of_team("team"))
    list_select_related = ("team", "owner")
    search_fields = ("reason",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return subjects.with_names(super().get_queryset(request))

    @display(description="What and when")
    def what(self, silence: Any) -> str:
        names = {"rule": silence.rule_name or "", "connection": silence.connection_name or ""}
        return sentence_of(silence, now=utc_now(), **names)

    @display(description="State", label={"Holds now": "warning", "To come": "info"})
    def state(self, silence: Silence) -> str:
        return state_of(silence, now=utc_now())

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        act = NEEDS[Silence.Kind(obj.kind)] if isinstance(obj, Silence) else self.change_act
        return self.may(request, act, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False  # it is ended, so that its history tells what was silenced

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("preview/", wrap(views.preview), name="alerts_silence_preview"),
            path("<int:silence_id>/end/", wrap(views.end), name="alerts_silence_end"),
        ]
        return own + super().get_urls()

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return views.form_page(request, None, may_change=True)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        silence = self.found(request, object_id)
        if request.method == "POST":
            require(request, NEEDS[Silence.Kind(silence.kind)], silence.team_id)
        return views.form_page(request, silence, may_change=self.has_change_permission(request, silence))

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        messages.info(request, "A silence is not deleted. End it here; its history stays.")
        return redirect("admin:alerts_silence_change", self.found(request, object_id).pk)
