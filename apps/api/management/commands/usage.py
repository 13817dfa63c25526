"""`manage.py usage`: what data stores were asked and billed, by day, connection and rule."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.api.oneteam import team_named
from apps.api.usage import usage_entry
from apps.common.clock import utc_now
from apps.common.errors import NotFoundNearby
from apps.common.sizes import bytes_words, dollars_words
from apps.connections.models import Usage

HEAD = ("DAY", "CONNECTION", "RULE", "STATEMENTS", "BILLED", "MONEY")
LOOKS = "(looks)"


class Command(BaseCommand):
    help = "Print what was asked of data stores and what they billed, by day (UTC), connection and rule."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=30, help="How many days, today included. 30 unless said.")
        parser.add_argument("--team", default="", help="Only connections of this team.")
        parser.add_argument("--json", action="store_true", help="Print one JSON object a line.")

    def handle(self, *, days: int, team: str, json: bool, **_: Any) -> None:
        if days < 1:
            raise CommandError("--days must be 1 or more.")
        since = utc_now().date() - timedelta(days=days - 1)
        rows = Usage.objects.filter(day__gte=since).select_related("connection__team")
        if team:
            try:
                rows = rows.filter(connection__team=team_named(team))
            except NotFoundNearby as error:
                raise CommandError(str(error)) from error
        entries = [usage_entry(row) for row in rows.order_by("-day", "connection__name", "-bytes_billed", "rule_name")]
        for line in map(_as_json, entries) if json else _as_table(entries):
            self.stdout.write(line)


def _as_json(entry: dict[str, Any]) -> str:
    return json.dumps(entry, ensure_ascii=False)


def _as_table(entries: Sequence[dict[str, Any]]) -> list[str]:
    if not entries:
        return ["Nothing was asked of any data store in this time."]
    rows = [HEAD, *map(_cells, entries), _total(entries)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:-1]
    return ["  ".join([*map(str.ljust, row, widths), row[-1]]).rstrip() for row in rows]


def _cells(entry: dict[str, Any]) -> tuple[str, ...]:
    amounts = (f"{entry['statements']:,}", bytes_words(entry["bytes_billed"]), dollars_words(entry["dollars"]))
    return (entry["day"], f"{entry['connection']} ({entry['team']})", entry["rule"] or LOOKS, *amounts)


def _total(entries: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    statements, billed, dollars = (sum(e[key] for e in entries) for key in ("statements", "bytes_billed", "dollars"))
    return ("Total", "", "", f"{statements:,}", bytes_words(billed), dollars_words(dollars))
