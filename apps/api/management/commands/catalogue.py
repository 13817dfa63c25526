"""`manage.py catalogue`: what is known of the tables of connections, read anew where that is asked for."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from apps.api.tablevalues import table_values
from apps.common.clock import utc_now
from apps.common.durations import elapsed_words
from apps.common.errors import MidwatchError, NotFoundNearby
from apps.common.sizes import bytes_words
from apps.connections.models import Connection, ConnectionState, Table
from apps.connections.services import refresh_catalogue

NOT_READ, UNKNOWN = 1, 2
HEAD = ("TABLE", "KIND", "ROWS", "SIZE", "LAST CHANGE", "COMMENT")


class Command(BaseCommand):
    help = (
        "Show what is known of the tables of every connection, or of one table by table. Exit code 1 when a data store "
        "could not be read, 2 when there is no such connection."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--connection", default="", help="Only connections of this name, and all their tables.")
        parser.add_argument("--team", default="", help="Only connections of this team.")
        parser.add_argument("--refresh", action="store_true", help="Read tables and columns of the data stores first.")
        parser.add_argument("--json", action="store_true", help="Print one JSON object a line.")

    def handle(self, *, connection: str, team: str, refresh: bool, json: bool, **_: Any) -> None:
        try:
            chosen = _chosen(connection, team)
        except MidwatchError as error:
            self.stderr.write(str(error))
            sys.exit(UNKNOWN)
        failed = [one for one in chosen if refresh and not self._refresh(one)]
        now, describe = utc_now(), _as_json if json else _as_text
        for one in chosen:
            for line in describe(one, _tables(one) if connection else None, now):
                self.stdout.write(line)
        if failed:
            sys.exit(NOT_READ)

    def _refresh(self, connection: Connection) -> bool:
        try:
            refresh_catalogue(connection=connection, now=utc_now())
        except MidwatchError as error:
            self.stderr.write(f"{connection}: {error}")
            return False
        return True


def _chosen(name: str, team: str) -> list[Connection]:
    rows = Connection.objects.select_related("team").order_by("name", "team__name")
    rows = rows.filter(team__name=team) if team else rows
    chosen = list(rows.filter(name=name) if name else rows)
    if not chosen and (name or team):
        words = f"There is no connection {name!r}" if name else "There is no connection"
        known = rows.values_list("name", flat=True)
        raise NotFoundNearby(f"{words}{f' in team {team!r}' if team else ''}.", name, known)
    return chosen


def _tables(connection: Connection) -> list[Table]:
    return list(Table.objects.filter(connection=connection, gone_at=None).select_related("connection__team"))


def _as_json(connection: Connection, tables: Sequence[Table] | None, now: datetime) -> Iterator[str]:
    if tables is None:
        state = ConnectionState.objects.filter(connection=connection).first() or ConnectionState()
        fields = ("tables", "views", "catalogued_at", "failing_since", "error")
        values = {"connection": connection.name, "team": connection.team.name}
        yield _line(values | {field: getattr(state, field) for field in fields})
    for table in tables or ():
        yield _line(table_values(table))


def _as_text(connection: Connection, tables: Sequence[Table] | None, now: datetime) -> Iterator[str]:
    yield f"{connection.name} ({connection.team}): {_state_words(connection, now)}"
    rows = [HEAD, *(_row(table, now) for table in tables)] if tables else []
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:-1]
    yield from ("  ".join([*map(str.ljust, row, widths), row[-1]]).rstrip() for row in rows)


def _state_words(connection: Connection, now: datetime) -> str:
    state = ConnectionState.objects.filter(connection=connection).first()
    if state is None or state.tables is None:
        return f"not read yet. {state.error if state else ''}".strip()
    words = f"{_counted(state.tables, 'table')}, {_counted(state.views or 0, 'view')}."
    if state.failing_since:
        return f"{words} Failing for {elapsed_words(now - state.failing_since)}: {state.error}"
    if state.catalogued_at is None or state.catalogued_at > now:
        return f"{words} They are being read, or will be in a moment."
    return f"{words} Read {elapsed_words(now - state.catalogued_at)} ago."


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _row(table: Table, now: datetime) -> tuple[str, ...]:
    values = table_values(table)
    return (
        values["name"],
        values["kind"],
        f"{table.rows:,}" if table.rows is not None else "–",
        bytes_words(table.bytes) if table.bytes is not None else "–",
        f"{elapsed_words(now - table.changed_at)} ago" if table.changed_at else "–",
        " ".join(table.comment.split()),
    )


def _line(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, cls=DjangoJSONEncoder)
