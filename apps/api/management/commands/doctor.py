"""`manage.py doctor`: is everything well, and if not, how is it mended?"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.api.doctor import Level, deep_checks, examine, language_model
from apps.api.modelcheck import ask_model
from apps.common.clock import utc_now
from apps.common.errors import NotFoundNearby
from apps.connections.services import ENGINES, Outcome


class Command(BaseCommand):
    help = "Check settings, keys, broker, mail, database and every connection. Exit code 1 when there is a problem."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print one JSON object a line.")
        parser.add_argument("--connection", metavar="NAME", help="Try this connection alone; goes with --deep.")
        parser.add_argument(
            "--deep",
            action="store_true",
            help="Try everything that Midwatch asks of that data store, in about a minute; it changes nothing there. "
            "Without a connection: ask the language model for a word as well, which costs a few tokens.",
        )

    def handle(self, **options: Any) -> None:
        if options["connection"] and not options["deep"]:
            raise CommandError("Write both: doctor --connection NAME --deep.")
        if options["deep"] and not options["connection"]:
            problems = self._examine(**options) + self._ask_model(**options)
        else:
            problems = self._deep(**options) if options["deep"] else self._examine(**options)
        if problems:
            sys.exit(1)

    def _examine(self, *, json: bool, **_: Any) -> int:
        problems = 0
        for answer in examine(utc_now()):
            style = {Level.OK: self.style.SUCCESS, Level.WARNING: self.style.WARNING, Level.PROBLEM: self.style.ERROR}
            line = f"{style[answer.level](f'{answer.level:<8}')} {answer.subject}: {answer.message}"
            self.stdout.write(_as_json(asdict(answer)) if json else line)
            problems += answer.level is Level.PROBLEM
        return problems

    def _ask_model(self, *, json: bool, **_: Any) -> int:
        answer = language_model(ask_model())
        style = self.style.SUCCESS if answer.level is Level.OK else self.style.WARNING
        line = f"{style(f'{answer.level:<8}')} {answer.subject}, asked for a word: {answer.message}"
        self.stdout.write(_as_json(asdict(answer)) if json else line)
        return 0

    def _deep(self, *, connection: str, json: bool, **_: Any) -> int:
        style: dict[Outcome, Callable[[str], str]] = {
            Outcome.OK: self.style.SUCCESS,
            Outcome.WARNING: self.style.WARNING,
            Outcome.FAILED: self.style.ERROR,
            Outcome.NOT_OFFERED: str,
        }
        failed = 0
        try:
            for row, steps in deep_checks(connection):
                if not json:
                    self.stdout.write(f"{row.name} ({row.team}), {ENGINES[row.engine].label}")
                for step in steps:
                    line = f"{style[step.outcome](f'{step.outcome:<11}')} {step.name}: {step.message}"
                    named = {"connection": row.name, "team": row.team.name, **asdict(step)}
                    self.stdout.write(_as_json(named) if json else line)
                    failed += step.outcome is Outcome.FAILED
        except NotFoundNearby as error:
            raise CommandError(str(error)) from error
        return failed


def _as_json(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False)
