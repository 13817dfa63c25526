"""Channels, deliveries and incidents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Case, IntegerField, Model, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.views import ChangeList as UnfoldChangeList

from apps.alerts import incidentviews, services
from apps.alerts.channels import CHANNELS
from apps.alerts.models import Channel, Delivery, DeliveryStatus, Incident, IncidentStatus
from apps.common.templatetags.midwatch import exact, relative
from apps.summaries.services import write_title
from apps.teams.adminsite import TeamAdmin, of_team
from apps.teams.driveradmin import DriverAdmin
from apps.teams.models import Team

SEVERITY_LABELS = {"Critical": "danger", "High": "warning", "Medium": "info", "Low": ""}


@admin.register(Channel)
class ChannelAdmin(DriverAdmin):
    registry = CHANNELS
    key_field = "type"
    form_template = "alerts/channel.html"
    choose_title = "Add a channel: how should people hear of it?"
    list_display = ("name", "type_label", "rules_told", "team")
    list_filter = ("type", of_team("team"))
    list_select_related = ("team",)
    search_fields = ("name",)

    @display(description="Type", ordering="type")
    def type_label(self, channel: Channel) -> str:
        return CHANNELS[channel.type].label

    @display(description="Rules that tell it")
    def rules_told(self, channel: Channel) -> int:
        return channel.rules.count()

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<int:channel_id>/test/", wrap(incidentviews.send_test), name="alerts_channel_test"),
            path("delivery/<int:delivery_id>/", wrap(incidentviews.delivery_state), name="alerts_delivery_state"),
        ]
        return own + super().get_urls()

    def save(self, *, team: Team, frame: Mapping[str, Any], key: str, settings: Mapping[str, Any], row: Any) -> Any:
        return services.save_channel(team=team, name=frame["name"], type=key, settings=settings, instance=row)

    def page_context(self, request: HttpRequest, key: str, row: Any) -> dict[str, Any]:
        if row is None:
            return {}
        return {"rules": row.rules.order_by("name"), "deliveries": row.deliveries.select_related("incident")[:10]}

    def goes_along(self, row: Channel) -> dict[str, int]:
        return {
            "Rules that no longer tell it": row.rules.count(),
            "Deliveries, also those that wait": row.deliveries.count(),
        }


class ReadOnlyAdmin(TeamAdmin):
    """What Midwatch writes itself: nobody adds, changes or deletes it here, so it has no history either."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        raise Http404

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    team_path = "channel__team"
    list_display = ("created", "kind", "channel", "state", "attempts", "incident", "error")
    list_filter = ("status", "kind", of_team("channel"))
    list_select_related = ("channel__team", "incident")
    search_fields = ("channel__name", "incident__title", "error")
    fields = ("channel", "incident", "kind", "status", "made_at", "next_attempt", "attempts", "confirmed", "arrived_at",
              "error", "receipt", "key")  # fmt: skip

    @display(description="Made", ordering="created_at")
    def created(self, delivery: Delivery) -> str | SafeString:
        return relative(delivery.created_at)

    @display(
        description="State",
        ordering="status",
        label={"Sent": "success", "Given up": "danger", "Waiting": "info", "Being sent": "info"},
    )
    def state(self, delivery: Delivery) -> str:
        return delivery.get_status_display()

    @display(description="Made")
    def made_at(self, delivery: Delivery) -> str:
        return exact(delivery.created_at)

    @display(description="Next attempt")
    def next_attempt(self, delivery: Delivery) -> str:
        return exact(delivery.due_at) if delivery.status == DeliveryStatus.QUEUED else "None: it is done."

    @display(description="Sent")
    def arrived_at(self, delivery: Delivery) -> str:
        return exact(delivery.sent_at)

    @display(description="Earlier attempts")
    def confirmed(self, delivery: Delivery) -> str:
        if delivery.unconfirmed:
            return "One may have arrived all the same."
        return "None arrived." if delivery.attempts > 1 else "There were none."

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().change_view(request, object_id, form_url, {"show_history": False, **(extra_context or {})})


class IncidentList(UnfoldChangeList):
    def url_for_result(self, result: Incident) -> str:
        return reverse("admin:alerts_incident_page", args=[result.pk])


@admin.register(Incident)
class IncidentAdmin(ReadOnlyAdmin):
    list_display = ("title", "trouble", "severity_label", "state", "opened", "resolved", "team")
    list_filter = ("status", "severity", of_team("team"))
    list_select_related = ("team",)
    search_fields = ("title",)

    def get_ordering(self, request: HttpRequest) -> Sequence[Any]:
        open_first = Case(When(status=IncidentStatus.RESOLVED, then=1), default=0, output_field=IntegerField())
        return (open_first.asc(), "-opened_at")

    @display(description="What happened")
    def trouble(self, incident: Incident) -> str:
        return incident.facts.get("trouble") or write_title(facts=incident.facts)

    @display(description="Severity", ordering="severity", label=SEVERITY_LABELS)
    def severity_label(self, incident: Incident) -> str:
        return incident.get_severity_display()

    @display(
        description="State",
        ordering="status",
        label={"Open": "danger", "Acknowledged": "warning", "Resolved": "success"},
    )
    def state(self, incident: Incident) -> str:
        return incident.get_status_display()

    @display(description="Opened", ordering="opened_at")
    def opened(self, incident: Incident) -> str | SafeString:
        return relative(incident.opened_at)

    @display(description="Resolved", ordering="resolved_at")
    def resolved(self, incident: Incident) -> str | SafeString:
        return relative(incident.resolved_at)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return IncidentList

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("admin:alerts_incident_page", self.found(request, object_id).pk)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<int:incident_id>/", wrap(incidentviews.incident_page), name="alerts_incident_page"),
            path("<int:incident_id>/<str:act>/", wrap(incidentviews.act), name="alerts_incident_act"),
        ]
        return own + super().get_urls()
