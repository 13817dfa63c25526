from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.alerts.models import Incident, IncidentStatus
from apps.common.clock import utc_now
from apps.common.durations import elapsed_words
from apps.common.errors import near
from apps.teams.models import Purpose, Team


class Command(BaseCommand):
    help = "List the open incidents, the latest first, each with how many others are part of it."
    requires_system_checks: list[str] = []  # noqa: RUF012 (Django's own annotation)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="One JSON object a line.")
        parser.add_argument("--all", action="store_true", help="Also those that are resolved.")
        parser.add_argument("--team", help="Only those of this team.")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = Incident.objects.select_related("team", "assigned_to").filter(merged_into=None)
        rows = rows.exclude(team__purpose=Purpose.CANARY)
        if not options["all"]:
            rows = rows.exclude(status=IncidentStatus.RESOLVED)
        if options["team"]:
            rows = rows.filter(team=_team(options["team"]))
        now, describe = utc_now(), _as_json if options["json"] else _as_line
        for incident in rows.iterator():
            self.stdout.write(describe(incident, now))
        if not options["json"] and not rows.exists():
            self.stdout.write("There are no incidents." if options["all"] else "There are no open incidents.")


def _team(name: str) -> Team:
    team = Team.objects.filter(name=name).first()
    if team is None:
        hint = near(name, Team.objects.values_list("name", flat=True))
        raise CommandError(f"There is no team {name!r}. {hint}".strip())
    return team


def _lasted(incident: Incident, now: datetime) -> str:
    return elapsed_words((incident.resolved_at or now) - incident.opened_at)


def _parts(incident: Incident) -> int:
    return int((incident.facts.get("parts") or {}).get("count", 0))


def _as_line(incident: Incident, now: datetime) -> str:
    state = f"{incident.get_severity_display()}, {incident.get_status_display().lower()}"
    more = f" and {_parts(incident):,} more" if _parts(incident) else ""
    return f"#{incident.pk}  {state} for {_lasted(incident, now)}  [{incident.team}]  {incident.title}{more}"


def _as_json(incident: Incident, now: datetime) -> str:
    resolved = incident.resolved_at
    values = {
        "id": incident.pk,
        "team": incident.team.name,
        "key": incident.key,
        "title": incident.title,
        "severity": incident.severity,
        "status": incident.status,
        "parts": _parts(incident),
        "assigned_to": str(incident.assigned_to) if incident.assigned_to else None,
        "outcome": incident.outcome,
        "opened_at": incident.opened_at.isoformat(),
        "last_seen_at": incident.last_seen_at.isoformat(),
        "resolved_at": resolved.isoformat() if resolved else None,
        "reopened": incident.reopened,
        "facts": incident.facts,
    }
    return json.dumps(values, ensure_ascii=False)
