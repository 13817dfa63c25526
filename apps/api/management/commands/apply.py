"""`manage.py apply`: bring a team in line with a YAML file."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser

from apps.api.apply import Source, apply_file
from apps.api.plan_text import Outcome, as_values, render
from apps.api.problems import FileRefused
from apps.common.clock import utc_now
from apps.common.errors import InvalidInput, MidwatchError

REFUSED = 2


class Command(BaseCommand):
    help = "Print the plan for a YAML file and apply it, all or nothing. Exit code 2 when the file is refused."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="The file to apply; - reads standard input.")
        parser.add_argument("--dry-run", action="store_true", help="Print the plan and change nothing.")
        parser.add_argument("--prune", action="store_true", help="Remove what the team has and the file has not.")
        parser.add_argument("--json", action="store_true", help="Print the plan as one JSON object.")

    def handle(self, *, file: str, dry_run: bool, prune: bool, json: bool, **_: Any) -> None:
        try:
            outcome = apply_file(
                source=_source(file),
                environ=os.environ,
                now=utc_now(),
                dry_run=dry_run,
                prune=prune,
                announce=_say_nothing if json else self._tell,
            )
        except MidwatchError as error:
            self._refuse(error, file, as_json=json)
        if json:
            self.stdout.write(_as_json(outcome))
        else:
            self.stdout.write("Dry run: nothing was changed." if dry_run else "Applied.")

    def _tell(self, outcome: Outcome) -> None:
        for warning in outcome.warnings:
            self.stderr.write(f"Warning: {warning}")
        self.stdout.write(render(outcome))

    def _refuse(self, error: MidwatchError, file: str, *, as_json: bool) -> NoReturn:
        if as_json:
            problems = error.problems if isinstance(error, FileRefused) else ()
            errors = [{"file": file, "line": problem.line, "error": problem.text} for problem in problems]
            self.stdout.write(json.dumps({"errors": errors or [{"file": file, "line": None, "error": str(error)}]}))
        else:
            self.stderr.write(f"{error}\nNothing was changed.")
        sys.exit(REFUSED)


def _source(file: str) -> Source:
    if file == "-":
        return Source(sys.stdin.buffer.read(), "standard input", str(Path.cwd()))
    path = Path(file)
    try:
        return Source(path.read_bytes(), file, str(path.resolve().parent))
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read: {error.strerror}.") from error


def _say_nothing(_: Outcome) -> None:
    pass


def _as_json(outcome: Outcome) -> str:
    return json.dumps(as_values(outcome), ensure_ascii=False)
