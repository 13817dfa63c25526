"""How a connection fares: noted after every pass over its rules, and after every reading of its catalogue.

`failures` belongs to the passes: the one that finds the store back also ends the incident that an earlier one opened.
While it is 0, `failing_since` and `error` tell of the catalogue: only a reading that succeeds ends that.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from apps.connections.engines.errors import LoginRefused
from apps.connections.models import Connection, ConnectionState

# Never the whole row: `catalogued_at` is a claim, and may have been taken since the row was read.
ANSWER = ("answered_at", "tables", "views")
FARES = ("failures", "failing_since", "error", "refusals", "next_try_at", *ANSWER)
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15))  # accounts are locked after a few tries


def pause_after(refusals: int) -> timedelta:
    """How long no login is tried after so many in a row were refused (1 or more)."""
    return PAUSES[min(refusals, len(PAUSES)) - 1]


def hold_off(connection: Connection, now: datetime) -> None:
    """Raise LoginRefused, with the words of the last refusal, while it is too soon to try the login again."""
    waiting = ConnectionState.objects.filter(connection=connection, next_try_at__gt=now)
    error = waiting.values_list("error", flat=True).first()
    if error is not None:
        raise LoginRefused(error)


def try_login_again(connection: Connection) -> None:
    """A person asks, or the login was seen to work: the next pass tries it at once."""
    ConnectionState.objects.filter(connection=connection, refusals__gt=0).update(refusals=0, next_try_at=None)


def note_answer(connection: Connection, *, tables: int, views: int, now: datetime) -> bool:
    """The store answered a pass. Returns whether a pass had failed before."""
    state, _ = ConnectionState.objects.get_or_create(connection=connection)
    recovered = state.failures > 0
    state.answered_at, state.tables, state.views = now, tables, views
    if recovered:  # what happened meanwhile is to be seen at once
        state.failures, state.failing_since, state.error = 0, None, ""
        state.refusals, state.next_try_at, state.catalogued_at = 0, None, None
    state.save(update_fields=(*FARES, "catalogued_at") if recovered else ANSWER)
    return recovered


def note_failure(connection: Connection, *, reason: str, now: datetime, refused: bool = False) -> datetime:
    """The store could not be used; `refused`: it knows no such login. Returns since when it cannot be used."""
    state, _ = ConnectionState.objects.select_for_update().get_or_create(connection=connection)
    state.failing_since = state.failing_since if state.failures and state.failing_since else now
    state.failures += 1
    state.error = reason
    if not refused:
        state.refusals, state.next_try_at = 0, None
    elif state.next_try_at is None or now >= state.next_try_at:  # else nobody was asked
        state.refusals += 1
        state.next_try_at = now + pause_after(state.refusals)
    state.save(update_fields=FARES)
    return state.failing_since


def note_catalogue(connection: Connection, *, tables: int, views: int, now: datetime) -> None:
    """The catalogue was read."""
    state, _ = ConnectionState.objects.select_for_update().get_or_create(connection=connection)
    state.answered_at, state.tables, state.views = now, tables, views
    if not state.failures or not connection.rules.filter(paused=False).exists():
        state.failures, state.failing_since, state.error = 0, None, ""
    state.save(update_fields=FARES)


def note_no_catalogue(connection: Connection, *, reason: str, now: datetime) -> None:
    """The catalogue could not be read; the one that is stored stays."""
    state, _ = ConnectionState.objects.select_for_update().get_or_create(connection=connection)
    state.failing_since = state.failing_since or now
    state.error = reason
    state.save(update_fields=FARES)
