"""Channels, deliveries and incidents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from unfold.decorators import display

from apps.alerts import services
from apps.alerts.channels import CHANNELS
from apps.alerts.incidents.pages.admin import IncidentAdmin
from apps.alerts.models import Channel
from apps.alerts.outbox import testviews
from apps.alerts.outbox.admin import DeliveryAdmin
from apps.alerts.outbox.channelstate import state_of
from apps.alerts.outbox.fallbackfield import ChannelForm, set_fallback
from apps.alerts.routing.admin import EscalationAdmin, RotationAdmin, RouteAdmin
from apps.alerts.silences.admin import SilenceAdmin
from apps.teams.adminsite import of_team
from apps.teams.driveradmin import DriverAdmin
from apps.teams.models import Team

# The site finds the pages here.
__all__ = ["ChannelAdmin", "DeliveryAdmin", "EscalationAdmin", "IncidentAdmin", "RotationAdmin", "RouteAdmin",
           "SilenceAdmin"]  # fmt: skip


@admin.register(Channel)
class ChannelAdmin(DriverAdmin):
    registry = CHANNELS
    key_field = "type"
    frame_form = ChannelForm
    form_template = "alerts/channel.html"
    choose_title = "Add a channel: how should people hear of it?"
    list_display = ("name", "type_label", "rules_told", "team")
    list_filter = ("type", of_team("team"))
    list_select_related = ("team",)
    search_fields = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Channel]:
        return super().get_queryset(request).annotate(rules_count=Count("rules"))

    @display(description="Type", ordering="type")
    def type_label(self, channel: Channel) -> str:
        return CHANNELS[channel.type].label

    @display(description="Rules that tell it")
    def rules_told(self, channel: Channel) -> int:
        return channel.rules_count  # type: ignore[attr-defined]  # see get_queryset

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<int:channel_id>/test/", wrap(testviews.send_test), name="alerts_channel_test"),
            path("delivery/<int:delivery_id>/", wrap(testviews.delivery_state), name="alerts_delivery_state"),
        ]
        return own + super().get_urls()

    def save(self, *, team: Team, frame: Mapping[str, Any], key: str, settings: Mapping[str, Any], row: Any) -> Any:
        with transaction.atomic():
            saved = services.save_channel(team=team, name=frame["name"], type=key, settings=settings, instance=row)
            set_fallback(saved, frame.get("fallback") if row else saved.fallback)
        return saved

    def page_context(self, request: HttpRequest, key: str, row: Any) -> dict[str, Any]:
        if row is None:
            return {}
        return {
            "rules": row.rules.order_by("name"),
            "deliveries": row.deliveries.select_related("incident")[:10],
            "state": state_of(row),
        }

    def goes_along(self, row: Channel) -> dict[str, int]:
        return {
            "Rules that no longer tell it": row.rules.count(),
            "Deliveries, also those that wait": row.deliveries.count(),
        }
