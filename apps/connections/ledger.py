"""What was asked of data stores, kept by connection, rule and day (UTC)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import NamedTuple

from django.db.models import Sum

from apps.common.bulk import upsert_rows
from apps.connections.engines.contract import Engine
from apps.connections.models import Connection, Usage

COUNTS = ("statements", "bytes_billed")
KEY = ("connection", "day", "rule_key")
LOOKS = 0  # the key of what no rule asked for


class Used(NamedTuple):
    """Statements that were sent and bytes that were billed, for the rule of this id and name."""

    rule_key: int = LOOKS
    rule_name: str = ""
    statements: int = 0
    bytes_billed: int = 0


def billed_on(connection: Connection, day: date) -> int:
    """The bytes that a connection was billed on a day, as far as what asked for them has ended."""
    found: int | None = Usage.objects.filter(connection=connection, day=day).aggregate(sum=Sum("bytes_billed"))["sum"]
    return found or 0


def add_usage(connection: Connection, day: date, used: Iterable[Used]) -> None:
    """Add to what is known. Call it once, in the transaction that stores what was asked for."""
    # In the order of their keys, so that two transactions never wait for each other in a circle.
    rows = [(connection.pk, day, *each) for each in sorted(used)]
    upsert_rows(Usage, (*KEY, "rule_name", *COUNTS), rows, key=KEY, adding=COUNTS)


def add_asked(connection: Connection, engine: Engine, now: datetime) -> None:
    """Add all that a session asked for no rule. Call it once, when the session has ended. A connection that is not
    saved yet, as in a plan, has no ledger."""
    if connection.pk and (engine.statements or engine.bytes_billed):
        asked = Used(statements=engine.statements, bytes_billed=engine.bytes_billed)
        add_usage(connection, now.astimezone(UTC).date(), [asked])
