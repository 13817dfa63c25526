"""Celery's entry points of changes."""

from __future__ import annotations

from celery import shared_task

from apps.changes.services import seal as seal_now
from apps.common.clock import utc_now


@shared_task
def seal() -> None:
    """Chain what was added to the audit since the last time."""
    while seal_now(now=utc_now()):
        pass
