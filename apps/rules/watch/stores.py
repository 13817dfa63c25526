"""How each connection fares, those that fail first."""

from __future__ import annotations

from django.db.models import Count, F, Q

from apps.common.records import record
from apps.connections.models import Connection, ConnectionState
from apps.connections.services import ENGINES
from apps.teams.permissions import Grant, allowed

SHOWN = 12


@record
class Store:
    """A connection, what it is, and how it fares."""

    connection: Connection
    state: ConnectionState | None
    rules: int

    @property
    def label(self) -> str:
        return ENGINES[self.connection.engine].label if self.connection.engine in ENGINES else self.connection.engine

    @property
    def failing(self) -> bool:
        return bool(self.state and self.state.failing_since)


@record
class Stores:
    """`more` connections are not listed."""

    rows: list[Store]
    more: int


def read_stores(grant: Grant) -> Stores:
    """Read the first ones in two statements."""
    found = allowed(Connection.objects.select_related("state", "team"), grant)
    live = Count("rules", filter=Q(rules__paused=False))
    ordered = found.annotate(live=live).order_by(F("state__failing_since").asc(nulls_last=True), "name", "pk")
    rows = [Store(each, getattr(each, "state", None), each.live) for each in ordered[:SHOWN]]
    return Stores(rows, max(0, found.count() - len(rows)))
