"""`manage.py export`: a team's configuration as YAML."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.api.apply import export_team
from apps.common.errors import InvalidInput, MidwatchError
from apps.teams.models import Team


class Command(BaseCommand):
    help = "Print a team's connections, channels and rules as YAML, secrets as ${NAME}. Exit code 2 without a team."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--team", default="", help="Which team; may be left out when there is one team.")

    def handle(self, *, team: str, **_: Any) -> None:
        try:
            text = export_team(team or _only_team())
        except MidwatchError as error:
            self.stderr.write(str(error))
            sys.exit(2)
        self.stdout.write(text, ending="")


def _only_team() -> str:
    names = list(Team.objects.values_list("name", flat=True))
    if not names:
        raise InvalidInput("There is no team yet. Apply a file, or make one on the pages.")
    if len(names) > 1:
        raise InvalidInput(f"There are {len(names):,} teams: {', '.join(names)}. Choose one with --team.")
    return names[0]
