"""What changed in a connection lately: tables that appeared, vanished or were renamed, and columns that changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from operator import attrgetter
from typing import Any

from django.db.models import Min, OuterRef, Subquery

from apps.common.records import record
from apps.connections.difference import TableSeen, pair_up
from apps.connections.models import Connection, Table, TableVersion
from apps.connections.names import TableName
from apps.connections.snapshots import changes_between


@record
class Event:
    """Something that was noticed `at` a moment, in sentences. `table` is its name now, or when it was last there."""

    at: datetime
    table_id: int
    table: TableName
    sentences: tuple[str, ...]


def what_changed(connection: Connection, *, since: datetime, limit: int) -> list[Event]:
    """The latest events since a moment, the newest first, at most `limit`."""
    events = chain(_of_tables(connection, since, limit), _of_columns(connection, since, limit))
    return sorted(events, key=attrgetter("at"), reverse=True)[:limit]


def _of_tables(connection: Connection, since: datetime, limit: int) -> Iterator[Event]:
    """What was there at the first look did not appear: from then on, appearing is news."""
    tables = Table.objects.filter(connection=connection)
    first: datetime | None = tables.aggregate(first=Min("first_seen_at"))["first"]
    if first is None:
        return
    appeared = tables.filter(first_seen_at__gt=max(first, since)).order_by("-first_seen_at")
    vanished = tables.filter(gone_at__gt=since).order_by("-gone_at")
    come = _seen(appeared.values_list("schema", "name", "kind", "identity", "pk", "first_seen_at")[:limit])
    gone = _seen(vanished.values_list("schema", "name", "kind", "identity", "pk", "gone_at")[:limit])
    for change in pair_up(gone, come):
        pk, at = (gone if change.aspect == "vanished" else come)[change.table]
        yield Event(at, pk, change.table.name, (change.sentence,))


def _of_columns(connection: Connection, since: datetime, limit: int) -> Iterator[Event]:
    """A first version is no change."""
    earlier = TableVersion.objects.filter(table=OuterRef("table"), seen_at__lt=OuterRef("seen_at"))
    versions = TableVersion.objects.filter(table__connection=connection, seen_at__gt=since).select_related("table")
    versions = versions.annotate(before=Subquery(earlier.order_by("-seen_at").values("pk")[:1]))
    changed = list(versions.filter(before__isnull=False).order_by("-seen_at")[:limit])
    before = TableVersion.objects.in_bulk([version.before for version in changed])
    for version in changed:
        if sentences := changes_between(before[version.before], version):
            table = version.table
            yield Event(version.seen_at, table.pk, TableName(table.schema, table.name), tuple(sentences))


def _seen(rows: Iterable[tuple[str, str, str, str, int, Any]]) -> dict[TableSeen, tuple[int, datetime]]:
    return {
        TableSeen(TableName(schema, name), kind, identity): (pk, at) for schema, name, kind, identity, pk, at in rows
    }
