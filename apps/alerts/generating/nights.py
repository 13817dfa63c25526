"""What happened last night, for each team: asked for in the morning, when the night is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from apps.alerts.generating.incidents import people_of
from apps.alerts.models import Incident
from apps.common.records import record
from apps.summaries.models import GeneratedText, Purpose
from apps.summaries.texts import Happened, Request, ask_for, period_facts, period_plain
from apps.teams.models import Team

BEGINS, ENDS = time(18), time(6)
TOLD_FOR = timedelta(hours=18)  # after its end nobody asks for this night any more
MOST = 200


@record
class Night:
    """From the evening to the morning, in the zone of the team."""

    begins: datetime
    ends: datetime

    @property
    def occasion(self) -> str:
        return f"night-{self.begins:%Y%m%dT%H%M}"


def last_night(zone: str, now: datetime) -> Night:
    """The last night that is over at `now`."""
    local = now.astimezone(ZoneInfo(zone))
    day = local.date() if local.time() >= ENDS else local.date() - timedelta(days=1)
    ends = datetime.combine(day, ENDS, ZoneInfo(zone))
    begins = datetime.combine(day - timedelta(days=1), BEGINS, ZoneInfo(zone))
    return Night(begins.astimezone(UTC), ends.astimezone(UTC))


def ask_for_nights(teams: Sequence[Team], now: datetime) -> int:
    """Ask for the text of the last night of each team in which something happened. Returns how many were asked for."""
    asked = 0
    for team in teams:
        night = last_night(team.timezone, now)
        known = GeneratedText.objects.filter(purpose=Purpose.PERIOD, team_id=team.pk, occasion=night.occasion)
        if now - night.ends > TOLD_FOR or known.exists():
            continue
        happened = _happened(team, night)
        if happened:
            ask_for(_request(team, night, happened), now=now)
            asked += 1
    return asked


def _happened(team: Team, night: Night) -> list[Happened]:
    """What began, ended, or was open in that night, the worst and newest first."""
    rows = Incident.objects.filter(
        Q(resolved_at=None) | Q(resolved_at__gt=night.begins),
        team=team,
        merged_into=None,
        opened_at__lte=night.ends,
        opened_at__gt=night.begins - timedelta(days=7),
    )
    return [
        Happened(
            number=row.pk,
            facts=row.facts,
            severity=str(row.get_severity_display()),
            began=row.opened_at.isoformat(),
            ended=row.resolved_at.isoformat() if row.resolved_at and row.resolved_at <= night.ends else "",
        )
        for row in rows.order_by("-opened_at")[:MOST]
    ]


def _request(team: Team, night: Night, happened: Sequence[Happened]) -> Request:
    begins, ends = night.begins.isoformat(), night.ends.isoformat()
    return Request(
        purpose=Purpose.PERIOD,
        team_id=team.pk,
        subject_id=0,
        occasion=night.occasion,
        language=team.language,
        facts=period_facts(begins=begins, ends=ends, timezone=team.timezone, team=team.name, incidents=happened),
        plain=period_plain(begins=begins, ends=ends, timezone=team.timezone, incidents=happened),
        people=people_of(team.pk),
    )
