"""Where the pages of routing live, and what deleting does."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse

from apps.alerts.models import Escalation, EscalationStep, Incident, IncidentStatus, Rotation, Route
from apps.alerts.routing import views
from apps.alerts.routing.saving import KEPT, delete_route
from apps.teams.adminsite import TeamAdmin, require


class RoutingAdmin(TeamAdmin):
    """All lists are on the one page Routing."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect("admin:alerts_route_changelist")

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        messages.success(request, f"“{obj_display}” is deleted.")
        return redirect("admin:alerts_route_changelist")


@admin.register(Route)
class RouteAdmin(RoutingAdmin):
    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("told/", wrap(views.told), name="alerts_route_told"),
            path("<int:route_id>/move/", wrap(views.move), name="alerts_route_move"),
        ]
        return own + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return views.routing(request)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return views.change_route(request, None)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return views.change_route(request, self.found(request, object_id))

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        route = self.found(request, object_id)
        require(request, self.change_act, route.team_id)
        if route.catch_all:
            messages.error(request, KEPT.format(route=route))
            return redirect(f"{reverse('admin:alerts_route_changelist')}?team={route.team_id}")
        return super().delete_view(request, object_id, extra_context)

    def delete_model(self, request: HttpRequest, obj: Route) -> None:
        delete_route(route=obj)


@admin.register(Escalation)
class EscalationAdmin(RoutingAdmin):
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return views.change_escalation(request, None)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return views.change_escalation(request, self.found(request, object_id))

    def goes_along(self, row: Model) -> dict[str, int]:
        waiting = Incident.objects.filter(escalation=row.pk, status=IncidentStatus.OPEN)
        return {
            "Routes that no longer escalate": Route.objects.filter(escalation=row.pk).count(),
            "Open incidents of which nobody else is told": waiting.count(),
        }


@admin.register(Rotation)
class RotationAdmin(RoutingAdmin):
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return views.change_rotation(request, None)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return views.change_rotation(request, self.found(request, object_id))

    def goes_along(self, row: Model) -> dict[str, int]:
        return {
            "Routes that no longer tell whoever is on duty": Route.objects.filter(rotation=row.pk).count(),
            "Steps of escalations that no longer do": EscalationStep.objects.filter(rotation=row.pk).count(),
        }
