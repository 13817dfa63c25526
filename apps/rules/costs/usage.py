"""What passes ask of data stores, in the ledger of the connection."""

from __future__ import annotations

from datetime import UTC, datetime

from apps.connections import services
from apps.connections.models import Connection
from apps.connections.services import Used, billed_on, tariff_of
from apps.rules.costs.spending import Spending


def spending_of(connection: Connection, now: datetime, *, lot: int = 0) -> Spending:
    """What may be spent on a connection today. Passes at the same time do not see each other: each may use up what it
    finds left."""
    tariff, day = tariff_of(connection=connection), now.astimezone(UTC).date()
    return Spending(tariff, day, billed_on(connection, day) if tariff.per_day is not None else 0, lot)


def add_usage(connection: Connection, spending: Spending) -> None:
    """Add what a pass has spent. Call it once, in the transaction that stores the pass."""
    used = [Used(key, spent.name, spent.statements, spent.bytes) for key, spent in spending.by_rule.items()]
    services.add_usage(connection, spending.day, used)
