"""The list of tables: what is known of every connection, searched, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.core.paginator import Page, Paginator
from django.db.models import Count

from apps.common.records import record
from apps.common.sizes import bytes_words
from apps.connections.models import Connection, Table
from apps.connections.services import BLANKS, Column, TableName, columns_by_table, columns_that_match, search_tables
from apps.rules.models import RuleState
from apps.teams.permissions import Grant, allowed

PAGE = 100
SHOWN = {"table": "Tables", "view": "Views", "gone": "No longer there"}


@record
class Question:
    """What a person asked to see. Empty means everything that is there."""

    search: str = ""
    connection: str = ""
    kind: str = ""
    page: str = "1"

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Question:
        """Read the query string; what makes no sense is as good as not asked."""
        kind, connection = asked.get("kind", ""), asked.get("connection", "")
        return cls(
            search=asked.get("q", "").strip(BLANKS)[:200],
            connection=connection if connection.isdecimal() else "",
            kind=kind if kind in SHOWN else "",
            page=asked.get("page", "1"),
        )


@record
class Line:
    """A table on the page. `found` are the columns for which it was found."""

    table: Table
    name: TableName
    columns: int
    found: list[Column]
    rules: int

    @property
    def size(self) -> str:
        return "" if self.table.bytes is None else bytes_words(self.table.bytes)


@record
class TableList:
    """Everything the page shows. `known`: whether any table is known at all."""

    question: Question
    lines: list[Line]
    page: Page[int]
    connections: list[Connection]
    known: bool


def read_tables(grant: Grant, question: Question) -> TableList:
    """Read what `grant` may see of what was asked."""
    connections = list(allowed(Connection.objects.select_related("team"), grant))
    visible = Table.objects.filter(connection__in=[connection.pk for connection in connections])
    asked = visible.filter(gone_at__isnull=question.kind != "gone")
    if question.kind in ("table", "view"):
        asked = asked.filter(kind=question.kind)
    if question.connection:
        asked = asked.filter(connection=int(question.connection))
    found = search_tables(asked, question.search).order_by("connection__name", "connection", "schema", "name", "pk")
    page = Paginator(list(found.values_list("pk", flat=True)), PAGE).get_page(question.page)
    lines = _lines(list(page.object_list), question.search)
    return TableList(question, lines, page, connections, known=bool(lines) or visible.exists())


def _lines(ids: list[int], search: str) -> list[Line]:
    tables = Table.objects.select_related("connection__team").in_bulk(ids)
    columns, rules = columns_by_table(ids), _rules_on(tables.values())
    lines = []
    for table in (tables[pk] for pk in ids if pk in tables):  # one may have been deleted since
        known, name = columns.get(table.pk, ()), TableName(table.schema, table.name)
        count = rules.get((table.connection_id, name), 0)
        lines.append(Line(table, name, len(known), columns_that_match(known, search), count))
    return lines


def _rules_on(tables: Collection[Table]) -> dict[tuple[int, TableName], int]:
    """How many rules each of the tables has."""
    states = RuleState.objects.filter(
        connection__in={table.connection_id for table in tables}, table__in={table.name for table in tables}
    )
    counts = states.order_by().values_list("connection_id", "schema", "table").annotate(Count("pk"))
    return {(pk, TableName(schema, name)): count for pk, schema, name, count in counts}
