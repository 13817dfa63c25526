"""`manage.py suggest CONNECTION`: which tables to watch, why, and the rules to paste into a file."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from apps.api.suggested import suggested
from apps.common.clock import utc_now
from apps.common.errors import InvalidInput, MidwatchError, NotFoundNearby
from apps.connections.models import Connection
from apps.connections.services import refresh_catalogue
from apps.rules.services import Suggestion, Suggestions, suggest_tables

HEAD = ("", "TABLE", "SIZE", "WHY")


class Command(BaseCommand):
    help = (
        "Rank the tables of a connection by what they seem to be worth, with the reason, and print the rules for those "
        "to begin with as YAML. Reads the data store's catalogue where that was not done yet. Exit code 2 on trouble."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("connection", help="The name of the connection.")
        parser.add_argument("--team", default="", help="The team of the connection, where several have one so named.")
        parser.add_argument("--limit", type=int, default=20, help="How many tables to list (20); 0: all.")
        parser.add_argument("--look", action="store_true", help="Read the catalogue anew, even if it is known.")
        parser.add_argument("--json", action="store_true", help="Print one JSON object a line.")

    def handle(self, *, connection: str, team: str, limit: int, look: bool, **options: Any) -> None:
        try:
            found = _found(_named(connection, team), look=look)
        except MidwatchError as error:
            self.stderr.write(str(error))
            sys.exit(2)
        chosen = list(enumerate(found.ranked, start=1))[: limit if limit > 0 else None]
        for line in _as_json(found, chosen) if options["json"] else _as_text(found, chosen):
            self.stdout.write(line)


def _named(name: str, team: str) -> Connection:
    rows = Connection.objects.select_related("team")
    rows = rows.filter(team__name=team) if team else rows
    named = list(rows.filter(name=name))
    if not named:
        where = f"in team {team!r}" if team else "in any team"
        known = rows.values_list("name", flat=True)
        raise NotFoundNearby(f"There is no connection {name!r} {where}.", name, known)
    if len(named) > 1:
        teams = ", ".join(sorted(row.team.name for row in named))
        raise InvalidInput(f"Several teams have a connection {name!r}: {teams}. Choose one with --team.")
    return named[0]


def _found(connection: Connection, *, look: bool) -> Suggestions:
    found = suggest_tables(connection=connection, now=utc_now())
    if found.catalogued_at is not None and not look:
        return found
    refresh_catalogue(connection=connection, now=utc_now())
    return suggest_tables(connection=connection, now=utc_now())


def _as_json(found: Suggestions, chosen: Sequence[tuple[int, Suggestion]]) -> Iterator[str]:
    for values in suggested(found, chosen):
        yield json.dumps(values, ensure_ascii=False, cls=DjangoJSONEncoder)


def _as_text(found: Suggestions, chosen: Sequence[tuple[int, Suggestion]]) -> Iterator[str]:
    if not chosen:
        yield f"{found.connection} has no table that its login can see."
        return
    rows = [HEAD, *(_row(each) for _, each in chosen)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:-1]
    for row in rows:
        yield "  ".join([*map(str.ljust, row, widths), row[-1]])
    if left := len(found.ranked) - len(chosen):
        yield f"{left:,} more: list them with --limit 0."
    advised = [(place, each) for place, each in enumerate(found.ranked, start=1) if each.advised]
    if advised:
        yield "\nThe rules for those marked *, to paste into a file for manage.py apply:\n\nrules:"
        for values in suggested(found, advised):
            yield "".join(rule["yaml"] for rule in values["rules"]).removesuffix("\n")


def _row(each: Suggestion) -> tuple[str, ...]:
    watched = f"Watched: {', '.join(sorted(each.table.watched_by))}. " if each.table.watched_by else ""
    mark = "*" if each.advised else "w" if watched else ""
    return mark, str(each.table.name), each.table.size_words or "–", watched + each.reason
