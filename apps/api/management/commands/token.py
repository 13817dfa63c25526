"""`manage.py token`: a key for scripts that use the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.api.oneteam import team_named
from apps.common.clock import utc_now
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
        parser.add_argument("--days", type=int, help="How many days it is valid. Left out: until it is revoked.")

    def handle(self, *, team: str, name: str, role: str, days: int | None, **_: Any) -> None:
        if days is not None and days < 1:
            raise CommandError("Write --days as a whole number from 1 on.")
        try:
            found = team_named(team)
        except NotFoundNearby as error:
            raise CommandError(str(error)) from error
        expires_at = utc_now() + timedelta(days=days) if days else None
        self.stdout.write(issue_token(team=found, name=name, role=Role(role), expires_at=expires_at))
        self.stderr.write("Keep it safe: it cannot be shown again. Send it as: Authorization: Bearer TOKEN")
