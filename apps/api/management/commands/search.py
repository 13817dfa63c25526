"""`manage.py search WORDS`: find tables over all connections."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from apps.api.oneteam import team_named
from apps.api.tablevalues import table_values
from apps.common.errors import NotFoundNearby
from apps.connections.models import Table
from apps.connections.services import Column, columns_by_table, columns_that_match, search_tables

Found = tuple[Table, Sequence[Column]]  # with the columns for which it was found
NOTHING, UNKNOWN = 1, 2
HEAD = ("CONNECTION", "TABLE", "KIND", "COLUMNS", "COMMENT")


class Command(BaseCommand):
    help = (
        "Find tables of all connections by their names and comments, and by those of their columns: every word must be "
        "found. Exit code 1 when there is no such table, 2 when there is no such team."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("words", nargs="+", help="What to look for; upper and lower case do not count.")
        parser.add_argument("--team", default="", help="Only tables of this team's connections.")
        parser.add_argument("--json", action="store_true", help="Print one JSON object a line.")

    def handle(self, *, words: list[str], team: str, json: bool, **_: Any) -> None:
        asked = " ".join(words)
        there = Table.objects.filter(gone_at=None).select_related("connection__team")
        if team:
            try:
                there = there.filter(connection__team=team_named(team))
            except NotFoundNearby as error:
                self.stderr.write(str(error))
                sys.exit(UNKNOWN)
        found = list(search_tables(there, asked).order_by("connection__name", "schema", "name"))
        columns = columns_by_table([table.pk for table in found])
        matched = [(table, columns_that_match(columns.get(table.pk, ()), asked)) for table in found]
        if not matched:
            self.stderr.write(f"No table is known in which {asked!r} is found.")
            sys.exit(NOTHING)
        for line in _as_json(matched) if json else _as_text(matched):
            self.stdout.write(line)


def _as_json(found: Sequence[Found]) -> Iterator[str]:
    for table, columns in found:
        values = table_values(table) | {"columns": [column._asdict() for column in columns]}
        yield json.dumps(values, ensure_ascii=False, cls=DjangoJSONEncoder)


def _as_text(found: Sequence[Found]) -> Iterator[str]:
    rows = [HEAD, *(_row(table, columns) for table, columns in found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:-1]
    yield from ("  ".join([*map(str.ljust, row, widths), row[-1]]).rstrip() for row in rows)


def _row(table: Table, columns: Sequence[Column]) -> tuple[str, ...]:
    values = table_values(table)
    names = ", ".join(column.name for column in columns)
    return (values["connection"], values["name"], values["kind"], names, " ".join(table.comment.split()))
