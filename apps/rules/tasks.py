"""Celery's entry points of rules: ids in, then the runner."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from kombu.exceptions import OperationalError

from apps.alerts.services import beat, called_fixed
from apps.common import fault
from apps.common.clock import utc_now
from apps.rules.again import look_again
from apps.rules.due import claim_due
from apps.rules.retention import Keep, prune
from apps.rules.runner import run_batch

log = logging.getLogger("midwatch.rules")

JUST_NOW = timedelta(seconds=10)  # ticks come every second; to ask again changes nothing


@shared_task
def tick() -> None:
    """Claim what is due and queue one batch per connection. A batch that cannot be queued is claimed again later. What
    somebody just called fixed is due within a minute, so that a check proves it."""
    now = utc_now()
    beat("beat", now)
    look_again(called_fixed(since=now - JUST_NOW), now)
    for batch in claim_due(now):
        fault.reached("check claimed")
        try:
            check_batch.delay(batch.connection_id, batch.token)
        except OperationalError:
            log.warning("The broker did not take a batch of %s checks; they are claimed again.", batch.size)


@shared_task
def check_batch(connection_id: int, token: str) -> None:
    """Check what was claimed with `token`."""
    run_batch(connection_id=connection_id, token=token, clock=utc_now)
    fault.reached("result committed")
    beat("worker", utc_now())


@shared_task
def remove_old() -> None:
    """Remove results that are older than the settings keep them, and generated texts."""
    keep = Keep(settings.MIDWATCH_KEEP_CHECKS, settings.MIDWATCH_KEEP_OBSERVATIONS)
    done = prune(keep=keep, now=utc_now())
    from apps.summaries.texts import remove_old as remove_old_texts  # noqa: PLC0415 (checks must not load it)

    remove_old_texts(now=utc_now())
    if done.rows:
        log.info("Removed %s old checks and %s old observations.", done.checks, done.observations)
