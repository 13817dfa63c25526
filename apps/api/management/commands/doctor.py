"""`manage.py doctor`: is everything well, and if not, how is it mended?"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.api.doctor import Answer, Level, examine
from apps.common.clock import utc_now


class Command(BaseCommand):
    help = "Check settings, keys, broker, mail, database and every connection. Exit code 1 when there is a problem."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print one JSON object a line.")

    def handle(self, **options: Any) -> None:
        problems = 0
        for answer in examine(utc_now()):
            self.stdout.write(_as_json(answer) if options["json"] else self._line(answer))
            problems += answer.level is Level.PROBLEM
        if problems:
            sys.exit(1)

    def _line(self, answer: Answer) -> str:
        style = {Level.OK: self.style.SUCCESS, Level.WARNING: self.style.WARNING, Level.PROBLEM: self.style.ERROR}
        return f"{style[answer.level](f'{answer.level:<8}')} {answer.subject}: {answer.message}"


def _as_json(answer: Answer) -> str:
    return json.dumps(asdict(answer), ensure_ascii=False)
