"""When something is next to be done about an open incident: pure.

Reminders, steps of an escalation and ends of snoozes share one time, `next_action_at`. What is due and was not done yet
lies in the past, so whichever act looks first loses nothing for the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from apps.alerts.models import Incident, IncidentStatus

REMIND_AFTER = {"critical": timedelta(minutes=30), "high": timedelta(hours=4), "medium": timedelta(days=1)}
ASK_AFTER = timedelta(days=1)  # somebody took it, and since then nothing was heard
LOOK_AFTER = timedelta(minutes=1)  # of a snooze that no time ends
SELDOM = timedelta(days=7)  # where nothing is due, it is looked at all the same


def first(incident: Incident, *, now: datetime) -> datetime:
    """When an incident that has just begun is looked at: at once where an escalation has steps to plan."""
    return now if incident.escalation_id else next_action(incident, now=now)


def replan(incident: Incident, *, now: datetime) -> None:
    """It became more severe, and people hear of that now: the next act is planned anew, and counts from here."""
    incident.next_action_at = now
    if incident.status == IncidentStatus.OPEN:
        incident.reminded_at = now


def next_action(
    incident: Incident, *, now: datetime, steps: Sequence[timedelta] = (), active_at: datetime | None = None
) -> datetime:
    """When the next reminder, step or end of a snooze is due; never empty, and in the past where it is overdue.

    `steps` are the escalation's that were not taken yet, as delays after the beginning. `active_at` is when a person
    last did something about it.
    """
    if incident.snooze:
        look = [now + LOOK_AFTER] if incident.snooze in ("good_load", "worse") else []
        return min([*look, *([incident.snoozed_until] if incident.snoozed_until else [])], default=now + SELDOM)
    due = [reminder_due(incident, active_at=active_at)]
    if incident.status == IncidentStatus.OPEN:
        due += [began_at(incident) + step for step in steps]
    return min([moment for moment in due if moment], default=now + SELDOM)


def reminder_due(incident: Incident, *, active_at: datetime | None = None) -> datetime | None:
    """When people are reminded of it, or asked whether it is still worked on; None when they are not."""
    began = began_at(incident)
    reminded = max(began, incident.reminded_at or began)
    if incident.status != IncidentStatus.ACKNOWLEDGED:
        wait = REMIND_AFTER.get(incident.severity)
        return reminded + wait if wait else None
    taken = incident.acknowledged_at or began
    return None if incident.reminded_at and incident.reminded_at > taken else max(taken, active_at or taken) + ASK_AFTER


def began_at(incident: Incident) -> datetime:
    """When it began, or came back last."""
    return datetime.fromisoformat(incident.facts.get("opened_at") or incident.opened_at.isoformat())
