"""`manage.py days`: which days of a table are all there."""

from __future__ import annotations

import json
import sys
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser

from apps.api.tabledays import lines_of, values_of
from apps.common.clock import utc_now
from apps.common.errors import MidwatchError, near
from apps.connections.models import Connection
from apps.connections.services import ENGINES, TableName, parse_table
from apps.rules.services import days_of

REFUSED = 2


class Command(BaseCommand):
    help = (
        "Show the last days of a table: present, short, missing or late. It asks the data store. "
        "Exit code 2 when that cannot be told."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("connection", help="The name of the connection.")
        parser.add_argument("table", help="The table, written schema.table.")
        parser.add_argument("--column", help="Count rows by this column. Without it: the days that the store keeps.")
        parser.add_argument("--days", type=int, default=90, help="How many days up to today (90; at most 400).")
        parser.add_argument("--team", default="", help="The connection of this team.")
        parser.add_argument("--json", action="store_true", help="Print one JSON object.")

    def handle(
        self, *, connection: str, table: str, column: str | None, days: int, team: str, json: bool, **_: Any
    ) -> None:
        found = self._connection(connection, team)
        name = self._table(table, found)
        try:
            shown = days_of(connection=found, table=name, column=column, days=days, now=utc_now())
        except MidwatchError as error:
            self._refuse(str(error))
        if json:
            self.stdout.write(_as_json(values_of(shown)))
            return
        for line in lines_of(shown):
            self.stdout.write(line)

    def _connection(self, name: str, team: str) -> Connection:
        rows = Connection.objects.filter(team__name=team) if team else Connection.objects.all()
        found = list(rows.filter(name=name).select_related("team").order_by("team__name")[:2])
        if len(found) > 1:
            self._refuse(f"Several teams have a connection {name!r}. Say which one with --team NAME.")
        if not found:
            known = list(rows.values_list("name", flat=True))
            self._refuse(f"There is no connection {name!r}. {near(name, known)}".strip())
        return found[0]

    def _table(self, text: str, connection: Connection) -> TableName:
        try:
            return parse_table(text, default_schema=ENGINES[connection.engine].default_schema)
        except ValueError as error:
            self._refuse(f"{error}.")

    def _refuse(self, words: str) -> NoReturn:
        self.stderr.write(words)
        sys.exit(REFUSED)


def _as_json(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False)
