"""What was asked of data stores, kept by connection, rule and day (UTC)."""

from __future__ import annotations

from datetime import UTC, date, datetime

from django.db.models import Sum

from apps.common.bulk import upsert_rows
from apps.connections.models import Connection
from apps.connections.services import tariff_of
from apps.rules.models import Usage
from apps.rules.spending import Spending

COUNTS = ("statements", "bytes_billed")
KEY = ("connection", "day", "rule_key")


def billed_on(connection: Connection, day: date) -> int:
    """The bytes that a connection was billed on a day, as far as passes have ended."""
    found: int | None = Usage.objects.filter(connection=connection, day=day).aggregate(sum=Sum("bytes_billed"))["sum"]
    return found or 0


def spending_of(connection: Connection, now: datetime, *, lot: int = 0) -> Spending:
    """What may be spent on a connection today. Passes at the same time do not see each other: each may use up what it
    finds left."""
    tariff, day = tariff_of(connection=connection), now.astimezone(UTC).date()
    return Spending(tariff, day, billed_on(connection, day) if tariff.per_day is not None else 0, lot)


def add_usage(connection: Connection, spending: Spending) -> None:
    """Add what a pass has spent. Call it once, in the transaction that stores the pass."""
    upsert_rows(
        Usage,
        (*KEY, "rule_name", *COUNTS),
        # In the order of their keys, so that two passes never wait for each other in a circle.
        [
            (connection.pk, spending.day, key, spent.name, spent.statements, spent.bytes)
            for key, spent in sorted(spending.by_rule.items())
        ],
        key=KEY,
        adding=COUNTS,
    )
