"""Midwatch's admin site: the watch is its front page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from unfold.sites import UnfoldAdminSite

from apps.alerts import outboxviews
from apps.rules import views
from apps.rules.costs import views as cost_views
from apps.rules.days import views as day_views
from apps.rules.precision import views as precision_views
from apps.rules.suggest import presetviews, showing
from apps.rules.suggest import views as suggest_views
from apps.rules.tables import views as table_views

SUGGESTIONS = "connections/connection/<int:connection_id>/suggestions"


class MidwatchSite(UnfoldAdminSite):
    """Everyone who signs in uses these pages; what they see is decided per team in `apps.teams.permissions`."""

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        # Deleting goes through the services, one object at a time, on a page that says what goes along.
        self.disable_action("delete_selected")

    def extra_urls(self) -> list[URLPattern]:
        return [
            path("watch/", views.watch, name="watch"),
            path("tables/", self.admin_view(table_views.tables), name="tables"),
            path("tables/<int:table_id>/", self.admin_view(table_views.table), name="table_page"),
            path(f"{SUGGESTIONS}/", self.admin_view(suggest_views.suggestions), name="suggestions"),
            path(f"{SUGGESTIONS}/look/", self.admin_view(suggest_views.look), name="suggestions_look"),
            path(f"{SUGGESTIONS}/make/", self.admin_view(showing.make), name="suggestions_make"),
            path(f"{SUGGESTIONS}/presets/", self.admin_view(presetviews.start), name="presets"),
            path("tables/<int:pk>/calendar/", self.admin_view(day_views.table_calendar), name="table_calendar"),
            path("costs/", self.admin_view(cost_views.costs), name="costs"),
            path("costs/<int:connection_id>/", self.admin_view(cost_views.connection_costs), name="connection_costs"),
            path("noise/", self.admin_view(precision_views.noise), name="noise"),
            path("noise.csv", self.admin_view(precision_views.noise_file), name="noise_file"),
            path("outbox/", self.admin_view(outboxviews.outbox), name="outbox"),
            path("outbox/<str:name>/", self.admin_view(outboxviews.mail), name="outbox_mail"),
        ]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return views.overview(request)
