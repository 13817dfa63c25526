"""A channel as it was: for the undo of a change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apps.alerts.channels import store
from apps.alerts.models import Channel


def restore(*, row: Channel, before: Any, now: datetime) -> None:
    """Save the channel again with the values of the historical row `before`. Its secrets stay as they are: no history
    holds them. Raises InvalidInput when the channel cannot be so any more."""
    store.save(
        team=row.team,
        name=before.name,
        channel_type=before.type,
        settings=before.settings,
        secret_names=before.secret_names,
        instance=row,
        keep_secrets=True,
    )
