"""The undo of a change to a status page: its public link stays as it is, whatever else is set back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apps.status.models import StatusPage

FIELDS = ("name", "slug", "description", "timezone", "days")


def restore(*, row: StatusPage, before: Any, now: datetime) -> None:
    """Give the page the words and the zone that it had. A link that was revoked is not brought back by an undo."""
    for name in FIELDS:
        setattr(row, name, getattr(before, name))
    row.save()
