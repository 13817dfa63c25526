"""The list of incidents, and where the page of one lives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import Case, IntegerField, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import action, display
from unfold.views import ChangeList as UnfoldChangeList

from apps.alerts import services
from apps.alerts.incidents.pages import evidenceview, views
from apps.alerts.incidents.pages.exporting import HEAD, export_rows, trouble_of
from apps.alerts.incidents.pages.listfilters import Condition, Said, Shown
from apps.alerts.incidents.pages.words import lasted_words, state_badges
from apps.alerts.incidents.reach import lead_shown, marked
from apps.alerts.models import Incident, IncidentStatus, Outcome
from apps.alerts.readonly import ReadOnlyAdmin
from apps.common.clock import utc_now
from apps.common.csvfile import download
from apps.common.errors import InvalidInput
from apps.common.templatetags.midwatch import relative
from apps.teams.adminsite import of_team
from apps.teams.permissions import Act, grant_of

SEVERITY_LABELS = {"Critical": "danger", "High": "warning", "Medium": "info", "Low": ""}


class IncidentList(UnfoldChangeList):
    def url_for_result(self, result: Incident) -> str:
        return reverse("admin:alerts_incident_page", args=[result.pk])


def _closing(outcome: Outcome) -> Callable[..., None]:
    """The bulk action that closes as `outcome`."""

    @action(description=f"Close as: {outcome.label.lower()}")
    def close(model_admin: IncidentAdmin, request: HttpRequest, incidents: QuerySet[Incident]) -> None:
        model_admin.each(request, incidents, partial(services.close_as, outcome=outcome))

    close.__name__ = f"close_as_{outcome}"
    return close


@admin.register(Incident)
class IncidentAdmin(ReadOnlyAdmin):
    list_display = ("title", "trouble", "state", "who", "severity_label", "since", "lasted", "team")
    list_filter = (Shown, "status", Condition, "severity", Said, of_team("team"))
    list_select_related = ("team", "assigned_to")
    list_before_template = "alerts/incident/list_head.html"
    search_fields = ("title", "table", "facts__connection")
    actions = ("acknowledge", *(_closing(outcome) for outcome in Outcome))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Incident]:
        return marked(super().get_queryset(request), grant_of(request.user))

    def get_list_display(self, request: HttpRequest) -> Sequence[Any]:
        """Who is in one team alone needs no column for it."""
        several = grant_of(request.user).of_several_teams
        return self.list_display if several else [name for name in self.list_display if name != "team"]

    def get_ordering(self, request: HttpRequest) -> Sequence[Any]:
        open_first = Case(When(status=IncidentStatus.RESOLVED, then=1), default=0, output_field=IntegerField())
        return (open_first.asc(), "-opened_at")

    @display(description="What happened")
    def trouble(self, incident: Incident) -> str | SafeString:
        parts = int((incident.facts.get("parts") or {}).get("count", 0))
        more = format_html(' <span class="mw-badge">and {} more</span>', f"{parts:,}") if parts else ""
        return format_html("<span>{}{}</span>", trouble_of(incident), more)

    @display(description="Severity", ordering="severity", label=SEVERITY_LABELS)
    def severity_label(self, incident: Incident) -> str:
        return incident.get_severity_display()

    @display(description="State", ordering="status")
    def state(self, incident: Incident) -> SafeString:
        badges = ((badge.look, badge.text) for badge in state_badges(incident, utc_now(), lead_shown(incident)))
        shown = format_html_join(" ", '<span class="mw-badge {}">{}</span>', badges)
        return format_html('<span class="mw-badges mw-in-list">{}</span>', shown)

    @display(description="Who has it", ordering="assigned_to__name")
    def who(self, incident: Incident) -> str:
        return str(incident.assigned_to or "Nobody")

    @display(description="Since", ordering="opened_at")
    def since(self, incident: Incident) -> str | SafeString:
        return relative(incident.opened_at)

    @display(description="Lasted")
    def lasted(self, incident: Incident) -> str:
        return lasted_words(incident, utc_now())

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return IncidentList

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("admin:alerts_incident_page", self.found(request, object_id).pk)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("export.csv", wrap(self.file), name="alerts_incident_file"),
            path("<int:incident_id>/", wrap(views.incident_page), name="alerts_incident_page"),
            path("<int:incident_id>/evidence/", wrap(evidenceview.evidence), name="alerts_incident_evidence"),
            path("<path:object_id>/change/", wrap(self.change_view)),  # where messages lead
            path("<int:incident_id>/<str:act>/", wrap(views.act), name="alerts_incident_act"),
        ]
        return own + super().get_urls()

    def file(self, request: HttpRequest) -> HttpResponseBase:
        """What the list shows with the same filters and search, all of it, as CSV. Times are in the person's zone."""
        found = self.get_changelist_instance(request).get_queryset(request)
        zone = ZoneInfo(request.user.timezone)  # type: ignore[union-attr]
        return download("incidents", HEAD, export_rows(found), zone)

    @action(description="Acknowledge")
    def acknowledge(self, request: HttpRequest, incidents: QuerySet[Incident]) -> None:
        self.each(request, incidents, services.acknowledge)

    def each(self, request: HttpRequest, incidents: QuerySet[Incident], do: Callable[..., None]) -> None:
        """Do something to each chosen incident that the person's role allows it for, and say what was left out."""
        chosen = list(incidents.select_related("team"))
        mine = [incident for incident in chosen if self.may(request, Act.OPERATE, incident)]
        done = 0
        for incident in mine:
            try:
                do(incident=incident, user=request.user, now=utc_now())
                done += 1
            except InvalidInput as error:
                messages.warning(request, f"#{incident.pk}: {error}")
        messages.success(request, f"Done for {done} of {len(chosen)} incidents.")
        if len(mine) < len(chosen):
            messages.warning(request, "The others belong to a team in which your role does not allow it.")
