"""The columns of tables as they are stored: a snapshot per table, taken when they changed. Read in streams."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice, pairwise
from typing import Any, NamedTuple

from django.db.models import OuterRef, QuerySet, Subquery

from apps.common.bulk import insert_rows
from apps.connections.difference import comment_words, difference
from apps.connections.engines.contract import Column
from apps.connections.models import Table, TableVersion

CHUNK = 500
USUAL = Column._field_defaults
OFTEN_USUAL = Column._fields[2:]


class Snapshot(NamedTuple):
    """The columns and the comment of a table, by the table's id."""

    table_id: int
    comment: str
    columns: Sequence[Column]


def columns_of(stored: Iterable[Mapping[str, Any]]) -> tuple[Column, ...]:
    """The columns of a `TableVersion`."""
    return tuple(Column(**values) for values in stored)


def written(columns: Iterable[Column]) -> list[dict[str, Any]]:
    """Columns as a `TableVersion` stores them: what is as usual is left out."""
    return [
        {"name": column.name, "type": column.type}
        | {key: value for key, value in zip(OFTEN_USUAL, column[2:], strict=True) if value != USUAL[key]}
        for column in columns
    ]


def newest(tables: QuerySet[Table]) -> QuerySet[TableVersion]:
    """The latest version of each table that has one."""
    return TableVersion.objects.filter(pk__in=tables.order_by().values(newest=latest("pk"))).order_by()


def latest(field: str) -> Subquery:
    """A field of a table's latest version."""
    versions = TableVersion.objects.filter(table=OuterRef("pk")).order_by("-seen_at", "-pk")
    return Subquery(versions.values(field)[:1])


def columns_by_table(table_ids: Collection[int]) -> dict[int, tuple[Column, ...]]:
    """The columns of the tables as they were last seen, by the table's id."""
    rows = newest(Table.objects.filter(pk__in=table_ids)).values_list("table_id", "columns")
    return {table_id: columns_of(columns) for table_id, columns in rows}


def store_changed(tables: QuerySet[Table], seen: Mapping[int, Snapshot], *, now: datetime) -> int:
    """Store those of `seen` (by table id) that differ from the table's latest version. Returns how many."""
    unchanged = set()
    known = newest(tables).values_list("table_id", "comment", "columns")
    for table_id, comment, columns in known.iterator(chunk_size=CHUNK):
        snapshot = seen.get(table_id)
        if snapshot and snapshot.comment == comment and written(snapshot.columns) == columns:
            unchanged.add(table_id)
    changed = (snapshot for table_id, snapshot in seen.items() if table_id not in unchanged)
    while rows := [(one.table_id, now, one.comment, written(one.columns)) for one in islice(changed, CHUNK)]:
        insert_rows(TableVersion, ("table", "seen_at", "comment", "columns"), rows)
    return len(seen) - len(unchanged)


def changes_between(before: TableVersion, after: TableVersion) -> list[str]:
    """What changed from one version of a table to the next, a sentence each."""
    changes = difference(columns_of(before.columns), columns_of(after.columns))
    sentences = [change.sentence for change in changes]
    if before.comment != after.comment:
        sentences.append(comment_words("the table", before.comment, after.comment))
    return sentences


def column_history(table: Table, *, limit: int) -> Iterator[tuple[datetime, list[str]]]:
    """The latest changes of a table's columns with the time they were noticed, the newest first."""
    versions = list(TableVersion.objects.filter(table=table).order_by("-seen_at", "-pk")[: limit + 1])
    for after, before in pairwise(versions):
        if sentences := changes_between(before, after):
            yield after.seen_at, sentences
