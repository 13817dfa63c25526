"""The Celery tasks of what needs all apps: the outward heartbeat, and the digests."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings

from apps.alerts.services import send_due_digests
from apps.api import heartbeat as outward
from apps.api.digests.content import digest_facts
from apps.common.clock import utc_now


@shared_task
def heartbeat() -> None:
    """Tell the address in MIDWATCH_HEARTBEAT_URL, if there is one, that the watch is kept."""
    if settings.MIDWATCH_HEARTBEAT_URL:
        outward.send(settings.MIDWATCH_HEARTBEAT_URL, now=utc_now())


@shared_task
def digests() -> None:
    """Queue the digests whose time has come."""
    send_due_digests(facts_of=digest_facts, now=utc_now())
