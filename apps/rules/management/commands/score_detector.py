"""`manage.py score_detector`: the learned limits for a program that measures how good they are."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand

from apps.rules.learned.protocol import BadLine, Conversation


class Command(BaseCommand):
    help = "Judge series that are sent as JSON lines with the learned limits, one answer per point. Needs no database."
    requires_system_checks = ()

    def handle(self, **_: Any) -> None:
        conversation = Conversation()
        for count, line in enumerate(sys.stdin, 1):
            if not line.strip():
                continue
            try:
                answer = conversation.answer(line)
            except BadLine as error:
                self.stderr.write(f"Line {count}: {error}")
                continue
            if answer is not None:
                self.stdout.write(json.dumps(answer))
                self.stdout.flush()
