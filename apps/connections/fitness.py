"""How a connection fares: noted after every pass."""

from __future__ import annotations

from datetime import datetime

from apps.connections.models import Connection, ConnectionState


def note_answer(connection: Connection, *, tables: int, views: int, now: datetime) -> bool:
    """The store answered. Returns whether it had failed before."""
    state, _ = ConnectionState.objects.get_or_create(connection=connection)
    recovered = state.failures > 0
    state.failures, state.failing_since, state.error = 0, None, ""
    state.answered_at, state.tables, state.views = now, tables, views
    state.save()
    return recovered


def note_failure(connection: Connection, *, reason: str, now: datetime) -> datetime:
    """The store could not be used. Returns since when that is so."""
    state, _ = ConnectionState.objects.select_for_update().get_or_create(connection=connection)
    state.failures += 1
    state.failing_since = state.failing_since or now
    state.error = reason
    state.save()
    return state.failing_since
