from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.common.clock import utc_now
from apps.common.errors import near
from apps.status.models import StatusPage
from apps.status.services import board_values, show
from apps.status.view import Shown
from apps.teams.models import Team


class Command(BaseCommand):
    help = "Print the status pages: the sentence of each, and its data products with the SLA of the month."
    requires_system_checks: list[str] = []  # noqa: RUF012 (Django's own annotation)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("page", nargs="?", help="The slug of one page. Without it: all.")
        parser.add_argument("--team", help="Only the pages of this team.")
        parser.add_argument("--json", action="store_true", help="One JSON object a line, as docs/status-pages.md says.")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = StatusPage.objects.select_related("team")
        if options["team"]:
            rows = rows.filter(team=_team(options["team"]))
        if options["page"]:
            rows = rows.filter(slug=options["page"])
            if not rows.exists():
                hint = near(options["page"], StatusPage.objects.values_list("slug", flat=True))
                raise CommandError(f"There is no status page {options['page']!r}. {hint}".strip())
        now = utc_now()
        for row in rows:
            shown = show(page=row, now=now)
            values = {"team": row.team.name, **board_values(shown)}
            self.stdout.write(json.dumps(values, ensure_ascii=False) if options["json"] else _text(shown))
        if not options["json"] and not rows:
            self.stdout.write("There is no status page yet. Make one on the page Status pages.")


def _team(name: str) -> Team:
    team = Team.objects.filter(name=name).first()
    if team is None:
        hint = near(name, Team.objects.values_list("name", flat=True))
        raise CommandError(f"There is no team {name!r}. {hint}".strip())
    return team


def _text(shown: Shown) -> str:
    lines = [f"{shown.page.name} [{shown.page.team}]: {shown.board.sentence}"]
    for line in shown.products:
        month = line.this_month
        share = f"{month.percent} in {month.month} (target {line.target})" if month else "no SLA yet"
        lines.append(f"  {line.product.asked.name}: {line.sentence} {share}")
    return "\n".join(lines)
