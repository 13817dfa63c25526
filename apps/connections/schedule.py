"""When the catalogue of a connection is read again, and who reads it: told by `ConnectionState.catalogued_at` alone.

- None: it is wanted at once. The connection is new, was changed, came back, or a person asked.
- In the past: when it was last read, or when that was last tried in vain.
- In the future: somebody is reading it, and has until then. That very moment is the reader's token: whoever finds
  another one in its place came too late, and writes nothing. No lock is held while a store is read.

A store that hangs must not hold two workers for long. While the passes over its rules fail, they alone try it: its
catalogue is read again when one of them succeeds, or when a person asks. Without rules nobody else would find it back,
so it is read. A reading that failed is tried again after `AGAIN`, whatever the passes find meanwhile.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from operator import itemgetter

from django.db.models import Q

from apps.common.records import record
from apps.connections.engines import ENGINES
from apps.connections.models import Connection, ConnectionState

EVERY = timedelta(hours=1)
EVERY_WHERE_IT_COSTS = timedelta(days=1)  # BigQuery counts at least 10 MB for the columns of a dataset
AGAIN = timedelta(minutes=10)  # after a failure
LEASE = timedelta(minutes=5)
A_TICK = 2  # readings that one tick of beat begins: a restart must not fill every worker at once


@record
class Claim:
    """The right to read the catalogue of a connection until `until`. `before` is what stood in its place."""

    connection_id: int
    until: datetime
    before: datetime | None = None

    @property
    def token(self) -> str:
        return self.until.isoformat()

    @classmethod
    def of(cls, connection_id: int, token: str) -> Claim:
        return cls(connection_id, datetime.fromisoformat(token))


def is_due(last: datetime | None, *, failing: bool, costs: bool, now: datetime) -> bool:
    """Whether the catalogue is to be read. Pure. `costs`: reading is paid for."""
    if last is None:
        return True
    pause = AGAIN if failing else EVERY_WHERE_IT_COSTS if costs else EVERY
    return now - last >= pause


def claim_due(now: datetime) -> list[Claim]:
    """Claim what has been due for longest, a few at a time."""
    left_to_passes = Q(state__failures__gt=0, state__catalogued_at__isnull=False, rules__paused=False)
    fields = ("pk", "engine", "state__catalogued_at", "state__failing_since")
    found = [
        (last or datetime.min.replace(tzinfo=now.tzinfo), pk, last)
        for pk, engine, last, failing in Connection.objects.exclude(left_to_passes).order_by().values_list(*fields)
        if is_due(last, failing=failing is not None, costs=ENGINES[engine].bills_bytes, now=now)
    ]
    claims: list[Claim] = []
    for _, pk, last in sorted(found, key=itemgetter(0, 1)):
        if len(claims) < A_TICK and (claim := _claim(pk, last, now)):
            claims.append(claim)
    return claims


def claim_now(connection: Connection, now: datetime) -> Claim | None:
    """Claim the catalogue whether due or not; None while somebody else is reading it."""
    state, _ = ConnectionState.objects.get_or_create(connection=connection)
    if state.catalogued_at is not None and state.catalogued_at > now:
        return None
    return _claim(connection.pk, state.catalogued_at, now)


def ask(connection: Connection, now: datetime) -> None:
    """Let the catalogue be read as soon as a worker is free; a reading that has begun goes on."""
    ConnectionState.objects.get_or_create(connection=connection)
    done = Q(catalogued_at=None) | Q(catalogued_at__lte=now)
    ConnectionState.objects.filter(done, connection=connection).update(catalogued_at=None)


def ask_anew(connection: Connection) -> None:
    """The same, for a connection that was changed: what is being read with the old settings is of no use any more."""
    anew = {"catalogued_at": None, "refusals": 0, "next_try_at": None}
    ConnectionState.objects.update_or_create(connection=connection, defaults=anew)


def finish(claim: Claim, now: datetime) -> bool:
    """End the reading. False when the claim ran out and another took its place, or the connection is gone."""
    return _replace(claim, now)


def give_back(claim: Claim) -> None:
    """Nobody could be found to read it: as if it had not been claimed."""
    _replace(claim, claim.before)


def _claim(connection_id: int, before: datetime | None, now: datetime) -> Claim | None:
    ConnectionState.objects.get_or_create(connection_id=connection_id)
    claim = Claim(connection_id, now + LEASE, before)
    rows = ConnectionState.objects.filter(connection=connection_id, catalogued_at=before)
    return claim if rows.update(catalogued_at=claim.until) else None


def _replace(claim: Claim, at: datetime | None) -> bool:
    rows = ConnectionState.objects.filter(connection=claim.connection_id, catalogued_at=claim.until)
    return bool(rows.update(catalogued_at=at))
