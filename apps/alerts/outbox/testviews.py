"""The test message of a channel, and how it fares."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from apps.alerts import services
from apps.alerts.models import Channel, Delivery
from apps.alerts.watching.heartbeats import last_worked, resting
from apps.common.clock import utc_now
from apps.teams.adminsite import require, seen
from apps.teams.permissions import Act


@require_POST
def send_test(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Queue a test message; the answer is a fragment that follows its delivery."""
    channel = seen(request, Channel.objects.all(), channel_id)
    require(request, Act.OPERATE, channel.team_id)
    return _delivery(request, services.send_test(channel=channel, now=utc_now()))


@require_GET
def delivery_state(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """How far a delivery is."""
    return _delivery(request, seen(request, Delivery.objects.all(), delivery_id, team="channel__team"))


def _delivery(request: HttpRequest, delivery: Delivery) -> HttpResponse:
    waiting = delivery.status in ("queued", "sending")
    works = not resting(last_worked(), now=utc_now())
    return render(request, "alerts/_delivery.html", {"delivery": delivery, "waiting": waiting, "works": works})
