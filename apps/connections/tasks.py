"""Celery's entry points of connections: which catalogues are due, and reading one."""

from __future__ import annotations

import logging

from celery import shared_task
from kombu.exceptions import OperationalError

from apps.common.clock import utc_now
from apps.connections.models import Connection
from apps.connections.refresh import refresh
from apps.connections.schedule import Claim, claim_due, give_back

log = logging.getLogger("midwatch.connections")


@shared_task
def tick() -> None:
    """Claim the catalogues that are due, and queue one task for each: a slow store delays no other."""
    for claim in claim_due(utc_now()):
        try:
            read_catalogue.delay(claim.connection_id, claim.token)
        except OperationalError:
            log.warning("The broker did not take the reading of a catalogue; it is claimed again.")
            give_back(claim)


@shared_task
def read_catalogue(connection_id: int, token: str) -> None:
    """Read the catalogue that was claimed with `token`."""
    connection = Connection.objects.filter(pk=connection_id).first()
    if connection is not None:  # it may have been deleted since
        refresh(connection, Claim.of(connection_id, token), utc_now())
