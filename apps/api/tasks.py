"""The Celery task of the outward heartbeat."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings

from apps.api import heartbeat as outward
from apps.common.clock import utc_now


@shared_task
def heartbeat() -> None:
    """Tell the address in MIDWATCH_HEARTBEAT_URL, if there is one, that the watch is kept."""
    if settings.MIDWATCH_HEARTBEAT_URL:
        outward.send(settings.MIDWATCH_HEARTBEAT_URL, now=utc_now())
