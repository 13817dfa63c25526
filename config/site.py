"""Midwatch's admin site: the watch is its front page."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.functional import SimpleLazyObject
from unfold.sites import UnfoldAdminSite

from apps.alerts.figures import views as figure_views
from apps.alerts.outbox import views as outboxviews
from apps.api import views as everywhere
from apps.api.digests import views as digest_views
from apps.api.standing import banner
from apps.changes import views as change_views
from apps.common.clock import utc_now
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
            path("standing/", everywhere.standing, name="standing"),
            path("notifications/", self.admin_view(digest_views.notifications), name="notifications"),
            path("notifications/send/", self.admin_view(digest_views.send_mine), name="notifications_send"),
            path("tables/", self.admin_view(table_views.tables), name="tables"),
            path("tables/<int:table_id>/", self.admin_view(table_views.table), name="table_page"),
            path(f"{SUGGESTIONS}/", self.admin_view(suggest_views.suggestions), name="suggestions"),
            path(f"{SUGGESTIONS}/look/", self.admin_view(suggest_views.look), name="suggestions_look"),
            path(f"{SUGGESTIONS}/make/", self.admin_view(showing.make), name="suggestions_make"),
            path(f"{SUGGESTIONS}/presets/", self.admin_view(presetviews.start), name="presets"),
            path("tables/<int:pk>/calendar/", self.admin_view(day_views.table_calendar), name="table_calendar"),
            path("costs/", self.admin_view(cost_views.costs), name="costs"),
            path("costs/<int:connection_id>/", self.admin_view(cost_views.connection_costs), name="connection_costs"),
            path("audit/", self.admin_view(change_views.audit), name="audit"),
            path("audit.csv", self.admin_view(change_views.audit_file), name="audit_file"),
            path("audit/<int:entry_id>/undo/", self.admin_view(change_views.undo), name="audit_undo"),
            path("figures/", self.admin_view(figure_views.figures), name="figures"),
            path("figures.csv", self.admin_view(figure_views.figures_file), name="figures_file"),
            path("noise/", self.admin_view(precision_views.noise), name="noise"),
            path("noise.csv", self.admin_view(precision_views.noise_file), name="noise_file"),
            path("outbox/", self.admin_view(outboxviews.outbox), name="outbox"),
            path("outbox/<str:name>/", self.admin_view(outboxviews.mail), name="outbox_mail"),
        ]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Pages that show the banner read what it says; others, such as the sign-in page, do not ask."""
        return {**super().each_context(request), "standing": SimpleLazyObject(lambda: banner(utc_now()))}

    @method_decorator(secure_admin_login)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Never the form of the admin, which knows no second step and no limits: allauth's page has its address."""
        return views.overview(request)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return views.overview(request)
