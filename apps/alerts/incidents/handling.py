"""What people do with an incident: take it, hand it on, say that it is fixed, close it, note something.

Where a person acts from outside (a link in a mail, a button in Slack) and is no user here, `by` names who it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from apps.alerts.incidents import order, parts
from apps.alerts.incidents.closing import Ending, close, leads_after
from apps.alerts.incidents.finding import rank
from apps.alerts.incidents.nextact import replan
from apps.alerts.models import (
    DeliveryKind,
    Incident,
    IncidentStatus,
    Outcome,
    Severity,
    TimelineEntry,
    TimelineKind,
)
from apps.alerts.outbox.events import Event
from apps.alerts.outbox.telling import announce
from apps.common.errors import InvalidInput
from apps.teams.models import User

NOTES = ("cause", "fix", "prevention")


def acknowledge(incident: Incident, user: User | None, now: datetime, *, by: str = "") -> None:
    """Note that somebody takes care: reminders and escalation stop. A second time changes nothing.

    Messages go out about the lead alone, so who takes a part takes its lead too, unless somebody has that already.
    """
    row = locked(incident, "acknowledge")
    _take(row, f"{by or user} takes care of it.", user, now, by)
    if lead := locked_lead(row):
        _take(lead, f"{by or user} takes care of {row.title}, which is part of it, and so of it all.", user, now, by)
    incident.refresh_from_db()


def _take(row: Incident, text: str, user: User | None, now: datetime, by: str) -> None:
    if row.status == IncidentStatus.ACKNOWLEDGED:
        return
    row.status, row.acknowledged_by, row.acknowledged_at = IncidentStatus.ACKNOWLEDGED, user, now
    row.assigned_to = row.assigned_to or user
    row.save(update_fields=["status", "acknowledged_by", "acknowledged_at", "assigned_to"])
    _line(row, TimelineKind.ACKNOWLEDGED, text, user, now)
    _show(row, text, f"acknowledged-{now:%Y%m%dT%H%M%S}", now, acknowledged=str(by or user))


def assign(incident: Incident, to: User | None, user: User | None, now: datetime, *, by: str = "") -> None:
    """Say who has it; nobody when `to` is None. Raises InvalidInput when that person is not in the team."""
    row = locked(incident, "assign")
    if to and not to.memberships.filter(team=row.team_id).exists():
        raise InvalidInput(f"{to} is not in the team {row.team}. Choose one of its members.", field="to")
    row.assigned_to = to
    row.save(update_fields=["assigned_to"])
    text = f"{user or by} gave it to {to}." if to else f"{user or by} took it from everybody."
    _line(row, TimelineKind.ASSIGNED, text, user, now)
    incident.refresh_from_db()


def say_fixed(incident: Incident, user: User | None, now: datetime, *, by: str = "") -> None:
    """Note that somebody calls it fixed. It stays open until a check proves it; one that disproves it is told."""
    row = locked(incident, "call fixed")
    row.fixed_by, row.fixed_at = user, now
    row.save(update_fields=["fixed_by", "fixed_at"])
    text = f"{user or by} says that it is fixed. The next check shows whether it is, and closes it."
    _line(row, TimelineKind.NOTED, text, user, now)
    incident.refresh_from_db()


def close_as(incident: Incident, outcome: str, user: User | None, now: datetime, *, by: str = "") -> None:
    """Close it with what it was, with everything that is part of it; who heard of its beginning hears of it.

    Raises InvalidInput for an outcome that does not exist, and when it is resolved.
    """
    if outcome and outcome not in Outcome.values:
        known = ", ".join(Outcome.values)
        raise InvalidInput(f"{outcome!r} is no outcome of an incident. Choose one of {known}.", field="outcome")
    row = locked(incident, "close")
    rows = [row, *parts.open_parts([row.pk]).get(row.pk, [])]
    endings = [Ending(each, user=user, by=by, outcome=outcome) for each in rows]
    close(endings, now=now)
    leads_after(endings, {each.pk for each in rows}, now)
    incident.refresh_from_db()


def set_severity(incident: Incident, severity: str, user: User | None, now: datetime, *, by: str = "") -> None:
    """Give it another severity. A higher one is told like one that a check found; a lower one is shown where a message
    can be changed. Either stays until something worse is found."""
    if severity not in Severity.values:
        known = ", ".join(Severity.values)
        raise InvalidInput(f"{severity!r} is no severity. Choose one of {known}.", field="severity")
    row = locked(incident, "change")
    if severity == row.severity:
        return
    lowered = rank(severity) > rank(row.severity)
    text = f"{user or by} {'lowered' if lowered else 'raised'} the severity from {row.severity} to {severity}."
    said, other = ("lowered_from", "raised_from") if lowered else ("raised_from", "lowered_from")
    row.facts = row.facts | {said: row.severity, other: ""}
    row.severity = severity
    if not lowered:
        replan(row, now=now)
    row.save(update_fields=["severity", "facts", "next_action_at", "reminded_at"])
    told = not lowered and not row.merged_into_id
    serial = f"severity-{severity}-{now:%Y%m%dT%H%M%S}" if told else f"lowered-{now:%Y%m%dT%H%M%S}"
    event = Event(row, DeliveryKind.CHANGED, row.facts | {"change": text}, serial=serial, in_place=not told)
    _line(row, TimelineKind.CHANGED, text, user, now, event=event.name if told else "")
    announce([] if row.merged_into_id else [event], now=now)
    if lead := locked_lead(row):
        parts.refresh([lead], now)
    incident.refresh_from_db()


def note(incident: Incident, user: User | None, text: str, now: datetime, *, by: str = "") -> None:
    """Add somebody's line to the timeline; also to one that is over."""
    if not text.strip():
        raise InvalidInput("The note is empty. Write what others should know.", field="text")
    said = text.strip() if user or not by else f"{by}: {text.strip()}"
    _line(incident, TimelineKind.NOTED, said, user, now)


def describe(incident: Incident, texts: Mapping[str, str], user: User | None, now: datetime, *, by: str = "") -> None:
    """Keep what was learned: `cause`, `fix` and `prevention`. What is not given stays as it is."""
    row = Incident.objects.select_for_update(no_key=True).get(pk=incident.pk)
    changed = [name for name in NOTES if name in texts and texts[name].strip() != getattr(row, name)]
    for name in changed:
        setattr(row, name, texts[name].strip())
    if changed:
        row.save(update_fields=changed)
        lines = [f"By {by}."] if by and not user else []
        lines += [f"{name.capitalize()}: {getattr(row, name) or 'removed'}" for name in changed]
        _line(row, TimelineKind.NOTED, "\n".join(lines), user, now)
    incident.refresh_from_db()


def locked(incident: Incident, act: str) -> Incident:
    """The row as it is now, locked with its team's incidents. Raises InvalidInput when it is resolved."""
    order.hold([incident.team_id])
    row = Incident.objects.select_for_update(of=("self",), no_key=True).select_related("team").get(pk=incident.pk)
    if row.status == IncidentStatus.RESOLVED:
        raise InvalidInput(f"This incident is resolved already; there is nothing to {act}.")
    return row


def locked_lead(row: Incident) -> Incident | None:
    """The unresolved lead that `row` is part of, locked; None where it stands by itself."""
    leads = Incident.objects.select_for_update(of=("self",), no_key=True).select_related("team")
    return leads.filter(pk=row.merged_into_id or 0).exclude(status=IncidentStatus.RESOLVED).first()


def _show(row: Incident, text: str, serial: str, now: datetime, **facts: str) -> None:
    """Let the messages that can be changed in place show it. Those about a part have ended: its lead has its own."""
    if row.merged_into_id:
        return
    changed = row.facts | {"change": text} | facts
    announce([Event(row, DeliveryKind.CHANGED, changed, serial=serial, in_place=True)], now=now)


def _line(
    incident: Incident, kind: TimelineKind, text: str, user: User | None, now: datetime, *, event: str = ""
) -> None:
    TimelineEntry.objects.create(incident=incident, at=now, kind=kind, text=text, user=user, event=event)
