"""Midwatch's admin site: the watch is its front page."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.functional import SimpleLazyObject
from unfold.sites import UnfoldAdminSite

from apps.alerts.figures import views as figure_views
from apps.alerts.generating import pages as generated_pages
from apps.alerts.outbox import views as outboxviews
from apps.api import views as everywhere
from apps.api.digests import views as digest_views
from apps.api.standing import banner
from apps.changes import logviews as log_views
from apps.changes import views as change_views
from apps.common.clock import utc_now
from apps.rules.costs import views as cost_views
from apps.rules.days import views as day_views
from apps.rules.firstrun import views as first_views
from apps.rules.precision import views as precision_views
from apps.rules.search import views as search_views
from apps.rules.suggest import presetviews, showing
from apps.rules.suggest import views as suggest_views
from apps.rules.tables import views as table_views
from apps.rules.watch import views, wallviews
from apps.teams import mytokens as token_views
from apps.teams import rolespage

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
            path("watch/<slug:key>/", views.part, name="watch_part"),
            path("wall/", self.admin_view(wallviews.wall), name="wall"),
            path("wall/board/", wallviews.board, name="wall_board"),
            path("wall/<int:team_id>/", self.admin_view(wallviews.wall), name="wall"),
            path("wall/<int:team_id>/board/", wallviews.board, name="wall_board"),
            path("first-steps/", self.admin_view(first_views.first_steps), name="first_steps"),
            path("first-steps/away/", self.admin_view(first_views.put_away), name="first_steps_away"),
            path("standing/", everywhere.standing, name="standing"),
            path("notifications/", self.admin_view(digest_views.notifications), name="notifications"),
            path("notifications/send/", self.admin_view(digest_views.send_mine), name="notifications_send"),
            path("my-tokens/", self.admin_view(token_views.my_tokens), name="my_tokens"),
            path("my-tokens/<int:token_id>/revoke/", self.admin_view(token_views.revoke_mine), name="my_tokens_revoke"),
            path("roles/", self.admin_view(rolespage.roles), name="roles"),
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
            *self.text_urls(),
            path("outbox/", self.admin_view(outboxviews.outbox), name="outbox"),
            path("outbox/<str:name>/", self.admin_view(outboxviews.mail), name="outbox_mail"),
        ]

    def text_urls(self) -> list[URLPattern]:
        view, texts = self.admin_view, generated_pages
        return [
            path("changes/", view(log_views.change_log), name="change_log"),
            path("changes/<int:team_id>/ask/", view(log_views.ask_log), name="change_log_ask"),
            path("generated/", view(texts.generated), name="generated"),
            path("generated/incident/<int:incident_id>/", view(texts.generated_incident), name="generated_incident"),
            path("generated/<int:text_id>/opinion/", view(texts.opinion), name="generated_opinion"),
        ]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Pages that show the banner read what it says; others, such as the sign-in page, do not ask."""
        return {**super().each_context(request), "standing": SimpleLazyObject(lambda: banner(utc_now()))}

    @method_decorator(secure_admin_login)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Never the form of the admin, which knows no second step and no limits: allauth's page has its address."""
        return views.overview(request)

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Instead of the theme's own, which keeps what it found for minutes, whatever the person may see by then."""
        return search_views.search(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Never the form of the admin, which knows nothing of the company login: allauth's page stands in."""
        return redirect("account_change_password")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return views.overview(request)
