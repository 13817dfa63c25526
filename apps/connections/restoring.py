"""A connection as it was: for the undo of a change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apps.connections.models import Connection
from apps.connections.services import save_connection


def restore(*, row: Connection, before: Any, now: datetime) -> None:
    """Save the connection again with the values of the historical row `before`. Its secrets stay as they are: no
    history holds them. Raises InvalidInput when the connection cannot be so any more."""
    save_connection(
        team=row.team,
        name=before.name,
        engine=before.engine,
        settings=before.settings,
        timezone=before.timezone,
        secret_names=before.secret_names,
        instance=row,
    )
