"""Carrying out an answer for somebody outside the pages."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from apps.alerts import services
from apps.alerts.answering.acts import Answer
from apps.alerts.models import Incident, IncidentStatus, Outcome, SeenRequest, Snooze
from apps.common.errors import MidwatchError
from apps.common.records import record
from apps.teams.models import User
from apps.teams.permissions import Act, grant_of

USED = "This was done already, and nothing was done a second time."
REMEMBERED = timedelta(days=8)  # longer than any signature is valid


class AnswerRefused(MidwatchError):
    """It cannot be done; the text says why, for the person who tried."""


class UsedAlready(AnswerRefused):
    """The very same signed request was carried out before."""


@record
class Somebody:
    """Who answers. `user` is None where the message went to an address that is nobody's in particular; `name` is what
    the timeline says."""

    user: User | None
    name: str


def remember(digest: str, now: datetime) -> None:
    """Note that a signed request is carried out. Raises UsedAlready for one that was."""
    SeenRequest.objects.filter(at__lt=now - REMEMBERED).delete()
    _, new = SeenRequest.objects.get_or_create(digest=digest, defaults={"at": now})
    if not new:
        raise UsedAlready(USED)


def require_right(user: User, incident: Incident) -> None:
    """Raises AnswerRefused unless the user may operate in the incident's team."""
    if not grant_of(user).allows(Act.OPERATE, incident.team_id):
        raise AnswerRefused(
            f"{user} may not do this: it needs the role of an operator in the team {incident.team}. An administrator "
            "of the team can give it."
        )


@transaction.atomic
def carry_out(answer: Answer, incident: Incident, who: Somebody, *, digest: str, now: datetime) -> str:
    """Do what `answer` asks for, once per `digest`, and return what came of it as a sentence.

    What belongs to a larger incident is answered for that. Raises UsedAlready, and InvalidInput when it is over.
    """
    remember(digest, now)
    lead = incident.merged_into or incident
    if answer is Answer.ACKNOWLEDGE:
        if lead.status == IncidentStatus.ACKNOWLEDGED:
            return f"{lead.acknowledged_by or 'Somebody'} takes care of it already."
        services.acknowledge(incident=lead, user=who.user, now=now, by=who.name)
        return f"{who.name} takes care of it now."
    if answer is Answer.SNOOZE:
        services.snooze(incident=lead, mode=Snooze.MORNING, until=None, user=who.user, now=now, by=who.name)
        return f"It is snoozed{_until(lead)}."
    services.close_as(incident=lead, outcome=Outcome.FALSE_ALARM, user=who.user, now=now, by=who.name)
    return "It is closed as a false alarm."


def _until(incident: Incident) -> str:
    if incident.snoozed_until is None:
        return ""
    zone = incident.team.timezone
    return f" until {incident.snoozed_until.astimezone(ZoneInfo(zone)):%H:%M on %A, %d %B} ({zone})"
