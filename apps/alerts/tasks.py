"""Celery's entry points of alerts: one sends what waits, which only makes things faster, since the dispatcher needs no
nudge; the other has texts written, for which no message waits."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings

from apps.alerts.outbox.dispatcher import deliver_due
from apps.common.clock import utc_now


@shared_task
def nudge() -> None:
    """One sweep of the outbox."""
    deliver_due(now_source=utc_now)


@shared_task
def write_texts() -> None:
    """One turn of writing what a language model adds; nothing where none is configured."""
    if settings.MIDWATCH_LLM_URL:
        from apps.alerts.generating import working  # noqa: PLC0415 (few have one, and every worker pays for imports)

        working.write_texts(clock=utc_now)
