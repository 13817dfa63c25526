"""A day of a rule, or of the looks at a connection, as plain values: for the API and the command line."""

from __future__ import annotations

from typing import Any

from apps.common.sizes import dollars_of
from apps.connections.models import Usage
from apps.connections.services import tariff_of


def usage_entry(row: Usage) -> dict[str, Any]:
    """`rule_id` is null, and `rule` empty, for looks that no rule asked for. `dollars` are US dollars at the price in
    the settings of the connection."""
    price = tariff_of(connection=row.connection).price_per_tib
    return {
        "team": row.connection.team.name,
        "connection": row.connection.name,
        "day": row.day.isoformat(),
        "rule_id": row.rule_key or None,
        "rule": row.rule_name,
        "statements": row.statements,
        "bytes_billed": row.bytes_billed,
        "dollars": round(dollars_of(row.bytes_billed, price), 6),
    }
