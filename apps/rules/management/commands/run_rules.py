"""`manage.py run_rules`: check rules now, in this process, by the same runner as the worker."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.common.clock import utc_now
from apps.common.errors import near
from apps.rules.checking import CheckResult, check_now
from apps.rules.models import Rule
from apps.teams.models import Team

ALL_OK, BREACHED, UNKNOWN = 0, 1, 2


class Command(BaseCommand):
    # Scripts and the benchmark start this as a process of its own: it imports nothing that it does not need.
    help = (
        "Check rules now and wait for the results. Exit code 0: all ok or learning; 1: any breached; "
        "2: none breached but some could not be checked, or a name is not known."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rule", action="append", default=[], help="Only this rule; may be given several times.")
        parser.add_argument("--team", default="", help="Only the rules of this team.")
        parser.add_argument("--json", action="store_true", help="Print one JSON object a line.")

    def handle(self, *, rule: list[str], team: str, json: bool, **_: Any) -> None:
        rules = self._chosen(rule, team) if rule or team else None
        results = check_now(rules=rules, clock=utc_now)
        lines = map(_as_json, results) if json else _as_table(results)
        for line in lines:
            self.stdout.write(line)
        if code := exit_code(results):
            sys.exit(code)

    def _chosen(self, names: list[str], team: str) -> list[Rule]:
        """The rules of these names (all when there are none) in the team (every one when it is empty)."""
        rules = Rule.objects.all()
        if team:
            teams = list(Team.objects.values_list("name", flat=True))
            self._known("team", team, teams)
            rules = rules.filter(team__name=team)
        known = list(rules.values_list("name", flat=True)) if names else []
        for name in names:
            self._known("rule", name, known)
        chosen = list(rules.filter(name__in=names) if names else rules)
        for paused in (rule for rule in chosen if rule.paused):
            self.stderr.write(f"{paused.name} is paused and was not checked.")
        return chosen

    def _known(self, noun: str, name: str, known: Sequence[str]) -> None:
        if name not in known:
            self.stderr.write(f"There is no {noun} {name!r}. {near(name, known)}".strip())
            sys.exit(UNKNOWN)


def exit_code(results: Sequence[CheckResult]) -> int:
    """A breach is certain trouble, so it outweighs a check that could not look. Learning is no trouble."""
    verdicts = {result.verdict for result in results}
    if "breached" in verdicts:
        return BREACHED
    return UNKNOWN if "unknown" in verdicts else ALL_OK


def _as_json(result: CheckResult) -> str:
    judgement = result.outcome.judgement
    values = {
        "rule": result.rule,
        "table": result.table,
        "verdict": result.verdict,
        "sentence": result.sentence,
        "measured": judgement.measured,
        "unit": result.unit,
        "expected": {"low": judgement.low, "high": judgement.high},
        "source": judgement.source,
        "trust": str(judgement.trust),
        "reason": judgement.reason,
    }
    return json.dumps(values, ensure_ascii=False)


def _as_table(results: Sequence[CheckResult]) -> list[str]:
    if not results:
        return ["There was no rule to check."]
    rows = [("VERDICT", "RULE", "TABLE", "MEASURED", "WHY")]
    for result in results:
        judgement = result.outcome.judgement
        why = judgement.reason or result.sentence
        rows.append((result.verdict, result.rule, result.table, result.measured_words, why))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:-1]
    return ["  ".join([*map(str.ljust, row, widths), row[-1]]) for row in rows]
