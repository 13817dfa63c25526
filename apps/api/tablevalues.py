"""A table of the catalogue as plain values, for REST and for programs that read a command's output."""

from __future__ import annotations

from typing import Any

from apps.connections.models import Table
from apps.connections.services import TableName

FIELDS = ("kind", "comment", "rows", "bytes", "changed_at", "changes", "watched_since", "first_seen_at", "gone_at")


def table_values(table: Table) -> dict[str, Any]:
    """What is known of a table, whose connection and team were fetched with it. Times are datetimes."""
    return {
        "id": table.pk,
        "team": table.connection.team.name,
        "connection": table.connection.name,
        "name": str(TableName(table.schema, table.name)),
        **{field: getattr(table, field) for field in FIELDS},
    }
