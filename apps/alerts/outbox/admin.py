"""The pages of deliveries: what is on its way, held back, sent, given up; and sending again."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.decorators import display

from apps.alerts import services
from apps.alerts.models import Delivery, DeliveryStatus
from apps.alerts.outbox.replaying import is_passed
from apps.alerts.readonly import ReadOnlyAdmin
from apps.common.clock import utc_now
from apps.common.errors import InvalidInput
from apps.common.templatetags.midwatch import relative
from apps.teams.adminsite import of_team, page, require, seen
from apps.teams.permissions import Act

STATE_LABELS = {
    "Sent": "success",
    "Given up": "danger",
    "Waiting": "info",
    "Being sent": "info",
    "Held back": "warning",
}


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    team_path = "channel__team"
    list_display = ("created", "kind", "channel", "state", "attempts", "incident", "remark")
    list_filter = ("status", "kind", ("fallback_of", admin.EmptyFieldListFilter), of_team("channel"))
    list_select_related = ("channel__team", "incident", "fallback_of__channel")
    search_fields = ("channel__name", "incident__title", "error")

    @display(description="Made", ordering="created_at")
    def created(self, delivery: Delivery) -> str | SafeString:
        return relative(delivery.created_at)

    @display(description="State", ordering="status", label=STATE_LABELS)
    def state(self, delivery: Delivery) -> str:
        return delivery.get_status_display()

    @display(description="Remark")
    def remark(self, delivery: Delivery) -> str:
        return remark_of(delivery)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        delivery = self.found(request, object_id)
        may = self.may(request, Act.OPERATE, delivery)
        dead = delivery.status == DeliveryStatus.DEAD
        context = {
            "delivery": delivery,
            "remark": remark_of(delivery),
            "fallback": Delivery.objects.filter(fallback_of=delivery).select_related("channel").first(),
            "may_replay": may and dead and not is_passed(delivery),
            "passed": dead and is_passed(delivery),
        }
        return page(request, "alerts/delivery.html", context, title=str(delivery))

    def get_urls(self) -> list[URLPattern]:
        replay_path = path(
            "<int:delivery_id>/replay/", self.admin_site.admin_view(replay), name="alerts_delivery_replay"
        )
        return [replay_path, *super().get_urls()]


def remark_of(delivery: Delivery) -> str:
    """Why it stands where it does, as far as there is something to say."""
    if delivery.status == DeliveryStatus.HELD:
        return delivery.held_because
    missed = delivery.facts.get("fallback")
    stands_in = f"Stands in for {missed['channel']}. " if missed else ""
    return f"{stands_in}{delivery.error}".strip()


@require_POST
def replay(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """Send again what was given up, and go back to where the button was."""
    rows: QuerySet[Delivery] = Delivery.objects.select_related("channel")
    delivery = seen(request, rows, delivery_id, team="channel__team")
    require(request, Act.OPERATE, delivery.channel.team_id)
    user: Any = request.user
    try:
        services.replay(delivery=delivery, user=user, now=utc_now())
    except InvalidInput as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, f"The message to {delivery.channel} is sent again.")
    if request.POST.get("from") == "channel":
        return redirect("admin:alerts_channel_change", delivery.channel_id)
    return redirect("admin:alerts_delivery_change", delivery_id)
