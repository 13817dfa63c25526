"""`manage.py token`: a key for scripts that use the API."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.api.oneteam import team_named
from apps.common.errors import NotFoundNearby
from apps.teams.models import Role
from apps.teams.services import issue_token


class Command(BaseCommand):
    help = "Make an API token for a team, or replace the team's token of that name. It is shown once."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--team", required=True, help="The team that the token acts for.")
        parser.add_argument("--name", required=True, help="What the token is for, such as ci.")
        parser.add_argument("--role", choices=Role.values, default=Role.MANAGER.value, help="What it may do.")

    def handle(self, *, team: str, name: str, role: str, **_: Any) -> None:
        try:
            found = team_named(team)
        except NotFoundNearby as error:
            raise CommandError(str(error)) from error
        self.stdout.write(issue_token(team=found, name=name, role=Role(role)))
        self.stderr.write("Keep it safe: it cannot be shown again. Send it as: Authorization: Bearer TOKEN")
