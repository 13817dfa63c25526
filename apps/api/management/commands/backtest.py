"""`manage.py backtest`: what would have come of a rule in the last days."""

from __future__ import annotations

import json
import sys
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser

from apps.api.drafting import draft_of, existing_rows
from apps.api.snapshot import rule_spec
from apps.api.trials import lines_of, values_of
from apps.common.clock import utc_now
from apps.common.errors import MidwatchError, near
from apps.rules.models import Rule
from apps.rules.services import backtest

REFUSED = 2


class Command(BaseCommand):
    help = (
        "Try a rule on the past of its table: on which days it would have alerted. Exit code 2 when there is no such "
        "rule, or it cannot be tried."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rule", required=True, help="The name of the rule.")
        parser.add_argument("--team", default="", help="The rule of this team.")
        parser.add_argument("--days", type=int, default=90, help="How many days back (90; at most 400).")
        parser.add_argument("--read", action="store_true", help="Read the table also where that is billed.")
        parser.add_argument("--json", action="store_true", help="Print one JSON object, with all points.")

    def handle(self, *, rule: str, team: str, days: int, read: bool, json: bool, **_: Any) -> None:
        chosen = self._rule(rule, team)
        draft = draft_of(rule_spec(chosen), existing_rows(chosen.team))
        try:
            found = backtest(draft=draft, rule=chosen, days=days, may_spend=read, now=utc_now())
        except MidwatchError as error:
            self._refuse(str(error))
        if json:
            self.stdout.write(_as_json(values_of(found, points=True)))
            return
        for line in lines_of(found):
            self.stdout.write(line)

    def _rule(self, name: str, team: str) -> Rule:
        rows = Rule.objects.filter(team__name=team) if team else Rule.objects.all()
        found = list(rows.filter(name=name).select_related("team", "connection").order_by("team__name")[:2])
        if len(found) > 1:
            self._refuse(f"Several teams have a rule {name!r}. Say which one with --team NAME.")
        if not found:
            self._refuse(f"There is no rule {name!r}. {near(name, rows.values_list('name', flat=True))}".strip())
        return found[0]

    def _refuse(self, words: str) -> NoReturn:
        self.stderr.write(words)
        sys.exit(REFUSED)


def _as_json(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False)
