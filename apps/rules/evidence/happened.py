"""What happened shortly before a trouble began, the likeliest cause first. Never more is claimed than that.

The order is plain. A source of the table that broke comes first, then changed columns of the table itself, then a
change of the rule, then columns of its sources, the connection, and last what else broke there; within each, the
nearest in time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from django.db.models import Q

from apps.alerts.models import Dependency, Incident
from apps.alerts.services import Happened
from apps.changes.models import Act, AuditEntry
from apps.common.records import record
from apps.connections.models import Table, TableVersion
from apps.connections.services import TableName, column_history, parse_table
from apps.rules.edits import folded, history_link
from apps.rules.items import connection_key

LOOK_BACK = timedelta(hours=24)
TOGETHER = timedelta(hours=2)  # before it, in which something else on the connection may have broken of the same
AT_ONCE = timedelta(minutes=10)  # after it, because not all is checked in the same minute
# The catalogue is read every hour: a change of columns may be noticed after what it broke.
NOTICED_LATE = timedelta(minutes=90)
SHOWN = 8
SOURCES = 10
OF_EACH = 5
TOLD_ACTS = (Act.ADDED, Act.CHANGED, Act.UNDONE)
UPSTREAM, COLUMNS, RULE, UPSTREAM_COLUMNS, CONNECTION, BESIDE = range(6)


@record
class Candidate:
    """Something that may have to do with it; the lower the `order`, the likelier."""

    order: int
    happened: Happened


def happened_before(incident: Incident, *, began: datetime) -> tuple[Happened, ...]:
    """The likeliest first."""
    sources = _sources(incident)
    found = [*_broken(incident, sources, began), *_edited(incident, began), *_columns(incident, sources, began)]
    return ranked(found, began)


def ranked(candidates: Sequence[Candidate], began: datetime) -> tuple[Happened, ...]:
    """By likelihood, then by nearness to the beginning. Pure."""
    order = sorted(candidates, key=lambda each: (each.order, abs(each.happened.at - began), each.happened.sentence))
    return tuple(each.happened for each in islice(order, SHOWN))


def _sources(incident: Incident) -> list[tuple[int, str]]:
    """The tables that feed the incident's table, each with its connection."""
    if not incident.table or incident.connection_id is None:
        return []
    rows = Dependency.objects.filter(connection_id=incident.connection_id, table=incident.table)
    return list(rows.values_list("upstream_connection_id", "upstream_table")[:SOURCES])


def _broken(incident: Incident, sources: Sequence[tuple[int, str]], began: datetime) -> Iterator[Candidate]:
    """Other troubles of the team: of the sources, of the connection itself, and of its other tables."""
    if incident.connection_id is None:
        return
    place = Q(connection_id=incident.connection_id)
    for connection_id, table in sources:
        place |= Q(connection_id=connection_id, table=table)
    near = Q(opened_at__gte=began - TOGETHER, opened_at__lte=incident.opened_at + AT_ONCE)
    rows = Incident.objects.filter(place, near, team=incident.team_id).exclude(pk=incident.pk)
    rows = rows.exclude(merged_into=incident.pk)
    for row in rows.order_by("opened_at")[: 2 * OF_EACH]:
        whole = row.key.startswith(connection_key(incident.connection_id))
        is_source = (row.connection_id, row.table) in sources
        yield Candidate(
            UPSTREAM if is_source or whole else BESIDE,
            Happened(row.opened_at, f"{_beside_words(is_source, whole)}: {row.title}.", f"/alerts/incident/{row.pk}/"),
        )


def _beside_words(is_source: bool, whole: bool) -> str:
    if is_source:
        return "A table that feeds this one broke"
    return "The connection had trouble" if whole else "On the same connection something else broke"


def _edited(incident: Incident, began: datetime) -> Iterator[Candidate]:
    """Who changed the rule, or the connection."""
    ours = Q(model="rules.rule", object_id=str(incident.rule_id)) if incident.rule_id else Q(pk=None)
    theirs = Q(model="connections.connection", object_id=str(incident.connection_id))
    rows = AuditEntry.objects.filter(
        ours | theirs, act__in=TOLD_ACTS, at__gte=began - LOOK_BACK, at__lte=incident.opened_at
    )
    for entry in folded(rows.order_by("-at", "-pk")[: 2 * OF_EACH]):
        order = RULE if entry.model == "rules.rule" else CONNECTION
        yield Candidate(order, Happened(entry.at, entry.sentence, history_link(entry)))


def _columns(incident: Incident, sources: Sequence[tuple[int, str]], began: datetime) -> Iterator[Candidate]:
    """Changes of columns, of the table and of its sources, and tables that vanished. Two statements, and two more for
    each table of which something changed."""
    places = Q(pk=None)
    own = _table_name(incident.table)
    if own and incident.connection_id is not None:
        places |= Q(connection=incident.connection_id, schema=own.schema, name=own.name)
    for connection_id, written in sources:
        if source := _table_name(written):
            places |= Q(connection=connection_id, schema=source.schema, name=source.name)
    begins, ends = began - LOOK_BACK, incident.opened_at + NOTICED_LATE
    tables = {table.pk: table for table in Table.objects.filter(places)} if places != Q(pk=None) else {}
    changed = TableVersion.objects.filter(table__in=tables, seen_at__gte=begins, seen_at__lte=ends)
    for table_id in list(changed.order_by().values_list("table_id", flat=True).distinct()[:OF_EACH]) if tables else []:
        yield from _of_table(tables[table_id], incident, begins, ends)
    for table in tables.values():
        if table.gone_at and begins <= table.gone_at <= ends:
            words = f"{table} is no longer there; that was noticed then."
            yield Candidate(COLUMNS, Happened(table.gone_at, words, f"/tables/{table.pk}/"))


def _of_table(table: Table, incident: Incident, begins: datetime, ends: datetime) -> Iterator[Candidate]:
    own = table.connection_id == incident.connection_id and str(table) == incident.table
    for at, sentences in column_history(table, limit=OF_EACH):
        if begins <= at <= ends:
            words = f"Columns of {table} changed: {' '.join(sentences[:OF_EACH])}"
            yield Candidate(COLUMNS if own else UPSTREAM_COLUMNS, Happened(at, words, f"/tables/{table.pk}/"))


def _table_name(written: str) -> TableName | None:
    try:
        return parse_table(written) if written else None
    except ValueError:
        return None
