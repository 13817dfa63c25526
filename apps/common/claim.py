"""Claiming shared work with a lease: a conditional UPDATE, and a token that fences off whoever comes late.

A worker that dies simply lets its lease run out; a worker that was only slow finds that its token no longer matches
and writes nothing. No lock is held while work is done.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction


class Leased(models.Model):
    """Rows that are worked on by whoever holds the lease."""

    lease_token = models.CharField(max_length=32, default="", blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True


def free(now: datetime) -> models.Q:
    """Rows that nobody works on at `now`: never leased, or the lease ran out."""
    return models.Q(lease_until__isnull=True) | models.Q(lease_until__lt=now)


@transaction.atomic(savepoint=False)  # PostgreSQL locks rows only inside a transaction
def claim(rows: models.QuerySet[Any], *, now: datetime, lease: timedelta, **changes: Any) -> tuple[str, int]:
    """Lease `rows` in one statement, with `changes` to the same rows. Returns the token and how many rows it got.

    On PostgreSQL rows that another claim is just taking are skipped rather than waited for.
    """
    token = uuid.uuid4().hex
    wanted = rows.select_for_update(skip_locked=True).values("pk")
    claimed = rows.model._default_manager.filter(pk__in=wanted).update(
        lease_token=token, lease_until=now + lease, **changes
    )
    return token, claimed
