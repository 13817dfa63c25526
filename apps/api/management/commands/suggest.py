"""`manage.py suggest CONNECTION`: which tables to watch, why, and the rules to paste into a file."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from apps.api.suggested import choose, preset_lines, suggested
from apps.common.clock import utc_now
from apps.common.errors import InvalidInput, MidwatchError, NotFoundNearby
from apps.connections.models import Connection
from apps.connections.services import refresh_catalogue
from apps.rules.services import Reading, Suggestion, Suggestions, preset_of, suggest_tables

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
        parser.add_argument("--table", action="append", default=[], help="Only tables of this pattern. Repeatable.")
        parser.add_argument(
            "--history", action="store_true", help="Read back the history of the tables for the limits."
        )
        parser.add_argument("--values", action="store_true", help="Read what columns hold, for rules about values.")
        parser.add_argument("--preset", default="", help="Print the rules of a preset: fintech, shop or services.")
        parser.add_argument("--json", action="store_true", help="Print one JSON object a line.")

    def handle(self, *, connection: str, team: str, limit: int, look: bool, **options: Any) -> None:
        reading = Reading(history=options["history"], values=options["values"])
        try:
            found = _found(_named(connection, team), look=look)
            if options["preset"]:
                lines = _as_preset(preset_lines(preset_of(options["preset"]), found), as_json=options["json"])
            else:
                chosen = choose(found, options["table"])[: limit if limit > 0 else None]
                lines = _as_json(found, chosen, reading) if options["json"] else _as_text(found, chosen, reading)
            for line in lines:
                self.stdout.write(line)
        except MidwatchError as error:
            self.stderr.write(str(error))
            sys.exit(2)


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


def _as_preset(rules: Sequence[dict[str, Any]], *, as_json: bool) -> Iterator[str]:
    if as_json:
        yield from (json.dumps(rule, ensure_ascii=False, cls=DjangoJSONEncoder) for rule in rules)
        return
    yield "rules:"
    for rule in rules:
        yield f"  # {rule['title']}" if rule["entry"] else f"  # {rule['title']}: left out. {rule['problem']}"
        if rule["entry"]:
            yield rule["yaml"].removesuffix("\n")


def _as_json(found: Suggestions, chosen: Sequence[tuple[int, Suggestion]], reading: Reading) -> Iterator[str]:
    for values in suggested(found, chosen, reading, utc_now()):
        yield json.dumps(values, ensure_ascii=False, cls=DjangoJSONEncoder)


def _as_text(found: Suggestions, chosen: Sequence[tuple[int, Suggestion]], reading: Reading) -> Iterator[str]:
    if not chosen:
        none = "no such table" if found.ranked else "no table that its login can see"
        yield f"{found.connection} has {none}."
        return
    rows = [HEAD, *(_row(each) for _, each in chosen)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:-1]
    for row in rows:
        yield "  ".join([*map(str.ljust, row, widths), row[-1]])
    if left := len(found.ranked) - len(chosen):
        yield f"{left:,} more: list them with --limit 0."
    asked = reading.most_tables is not None  # then the rules of all that are listed are wanted
    advised = chosen if asked else [each for each in enumerate(found.ranked, start=1) if each[1].advised]
    if advised:
        which = "those above" if asked else "those marked *"
        yield f"\nThe rules for {which}, to paste into a file for manage.py apply:\n\nrules:"
        for values in suggested(found, advised, reading, utc_now()):
            for rule in values["rules"]:
                yield (f"  # {rule['why']}\n" if asked else "") + rule["yaml"].removesuffix("\n")


def _row(each: Suggestion) -> tuple[str, ...]:
    watched = f"Watched: {', '.join(sorted(each.table.watched_by))}. " if each.table.watched_by else ""
    mark = "*" if each.advised else "w" if watched else ""
    return mark, str(each.table.name), each.table.size_words or "–", watched + each.reason
