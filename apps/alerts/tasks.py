"""The Celery task that sends what waits. It only makes things faster: the dispatcher needs no nudge."""

from __future__ import annotations

from celery import shared_task

from apps.alerts.outbox.dispatcher import deliver_due
from apps.common.clock import utc_now


@shared_task
def nudge() -> None:
    """One sweep of the outbox."""
    deliver_due(now_source=utc_now)
