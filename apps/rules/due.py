"""Which rules are due, and claiming them: one batch per connection, one UPDATE each.

The claim moves `next_check_at` on in the same statement. Whoever dies after it loses nothing: the lease runs out, and
the states are claimed again. No broker, countdown or lock stands between a due rule and its check.

A connection has at most one batch under way. While one lives, what comes due meanwhile waits for its end: a store that
hangs costs one worker slot, and not another one at every tick.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Case, F, Max, Q, QuerySet, Value, When

from apps.common.claim import claim, free
from apps.common.records import record
from apps.connections.models import Connection
from apps.rules.models import RuleState

LEASE = timedelta(seconds=120)
SPREAD = 30  # seconds over which connections are spread, so that they don't all start in the same second


@record
class Batch:
    """Claimed states of one connection, to be checked in one pass."""

    connection_id: int
    token: str
    size: int


def claim_due(now: datetime) -> list[Batch]:
    """Claim everything that is due, or whose earlier claim ran out, of the connections that nobody works on."""
    under_way = RuleState.objects.exclude(lease_token="").filter(lease_until__gte=now)
    wanted = Q(next_check_at__lte=now) & free(now) | Q(lease_until__lt=now)
    due = RuleState.objects.filter(wanted).exclude(connection__in=under_way.values("connection"))
    rhythms: dict[int, list[int]] = {}
    for connection_id, seconds in due.order_by().values_list("connection_id", "check_every").distinct():
        rhythms.setdefault(connection_id, []).append(seconds)
    batches = (_claim_alone(due, connection_id, seconds, now) for connection_id, seconds in sorted(rhythms.items()))
    return [batch for batch in batches if batch and batch.size]


def claim_now(wanted: QuerySet[RuleState], connection_id: int, now: datetime) -> Batch:
    """Claim these states of a connection whether due or not; a worker that is at them is fenced off."""
    seconds = wanted.filter(connection_id=connection_id).order_by().values_list("check_every", flat=True).distinct()
    return _claim_one(wanted, connection_id, list(seconds), now)


@dataclass(slots=True)
class Lease:
    """The lease of a batch that is being worked on, taken or renewed at `since`."""

    token: str
    since: datetime

    @classmethod
    def of(cls, token: str) -> Lease | None:
        """The lease of a claimed batch; None when nothing carries the token any more."""
        until = RuleState.objects.filter(lease_token=token).aggregate(until=Max("lease_until"))["until"]
        return cls(token, until - LEASE) if until else None

    def keep(self, now: datetime) -> None:
        """Renew it once a quarter is over, so that a batch which takes long is not taken for dead."""
        if now - self.since > LEASE / 4:
            RuleState.objects.filter(lease_token=self.token).update(lease_until=now + LEASE)
            self.since = now


def next_slot(seconds: int, connection_id: int, now: datetime) -> datetime:
    """The next common moment for rules that are checked every `seconds`: rules of one connection come due together."""
    offset = connection_id * 7 % min(SPREAD, seconds)
    elapsed = int(now.timestamp()) - offset
    return datetime.fromtimestamp((elapsed // seconds + 1) * seconds + offset, UTC)


@transaction.atomic
def _claim_alone(due: QuerySet[RuleState], connection_id: int, rhythms: Iterable[int], now: datetime) -> Batch | None:
    """Claim unless another tick is just claiming of this connection; None then.

    The lock has a statement of its own, so that the claim's own sees the leases of whoever held the lock before.
    """
    lock = Connection.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=connection_id)
    return _claim_one(due, connection_id, rhythms, now) if list(lock.values("pk")) else None


def _claim_one(rows: QuerySet[RuleState], connection_id: int, rhythms: Iterable[int], now: datetime) -> Batch:
    slots = [When(check_every=seconds, then=Value(next_slot(seconds, connection_id, now))) for seconds in rhythms]
    token, size = claim(
        rows.filter(connection_id=connection_id),
        now=now,
        lease=LEASE,
        attempts=F("attempts") + 1,
        next_check_at=Case(*slots, default=F("next_check_at")),
    )
    return Batch(connection_id, token, size)
