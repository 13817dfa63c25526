"""The snooze of one incident: nobody is told for a while, and what is still broken at its end is told once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from apps.alerts.incidents import order
from apps.alerts.incidents.finding import lasting_name
from apps.alerts.incidents.nextact import next_action
from apps.alerts.models import (
    Delivery,
    DeliveryKind,
    DeliveryStatus,
    Incident,
    IncidentStatus,
    Snooze,
    TimelineEntry,
    TimelineKind,
)
from apps.alerts.silences.recurring import instant
from apps.alerts.silences.sentences import moment_words
from apps.alerts.silences.worsening import badness, is_worse
from apps.common.errors import InvalidInput
from apps.teams.models import User

Told: Any = Incident.channels.through  # django-stubs takes the class of a link table for that of its target
MORNING = time(9)
LONGEST = timedelta(days=90)
FRIDAY = 4
FIELDS = ("snooze", "snoozed_until", "snoozed_facts", "reminded_at", "next_action_at")
WORDS = {
    Snooze.GOOD_LOAD: "Nobody is told until the next good check.",
    Snooze.WORSE: "Nobody is told until it gets worse: a higher severity, or more than 1.5 times as bad as now.",
}


def snooze(
    incident: Incident, *, mode: str, until: datetime | None, user: User | None, now: datetime, by: str = ""
) -> None:
    """Tell nobody of the incident until `mode` is fulfilled, at `until` at the latest where that is given.

    Raises InvalidInput when it is resolved or part of another one, or when the end is no time to come.
    """
    order.hold([incident.team_id])
    row = Incident.objects.select_for_update(of=("self",), no_key=True).select_related("team").get(pk=incident.pk)
    _check(row, mode)
    zone = ZoneInfo(row.team.timezone)
    end = next_morning(now, zone) if mode == Snooze.MORNING else until
    if (end is None and mode == Snooze.TIME) or (end is not None and not now < end <= now + LONGEST):
        raise InvalidInput("Choose a time to come, at most 90 days from now.", field="until")
    row.snooze, row.snoozed_until = mode, end
    row.snoozed_facts = badness(severity=row.severity, facts=row.facts) | {"at": now.isoformat()}
    row.next_action_at = next_action(row, now=now)
    row.save(update_fields=FIELDS)
    time_words = moment_words(end, zone) if end else ""
    words = WORDS.get(Snooze(mode), f"Nobody is told until {time_words}.")
    words += f" It ends at {time_words} at the latest." if end and mode in WORDS else ""
    TimelineEntry.objects.create(
        incident=row, at=now, kind=TimelineKind.SNOOZED, text=f"{by or user} snoozed it. {words}", user=user
    )
    incident.refresh_from_db()


def unsnooze(incident: Incident, *, user: User | None, now: datetime, by: str = "") -> None:
    """End the snooze early; who would have been told is told at once. Without a snooze nothing happens."""
    order.hold([incident.team_id])
    row = Incident.objects.select_for_update(no_key=True).get(pk=incident.pk)
    if not row.snooze:
        return
    wake([row], [f"{user or by} ended the snooze."], now=now, user=user)
    row.save(update_fields=FIELDS)
    incident.refresh_from_db()


def wake(incidents: Sequence[Incident], reasons: Sequence[str], *, now: datetime, user: User | None = None) -> None:
    """End the snoozes. What is still broken waits for the next look at what is held back, which is at once, so that a
    channel hears of everything in one summary. The caller saves the incidents."""
    lines, open_ones = [], []
    for incident, reason in zip(incidents, reasons, strict=True):
        incident.snooze, incident.snoozed_until, incident.snoozed_facts = "", None, {}
        if incident.status != IncidentStatus.RESOLVED:
            incident.reminded_at = now
            incident.next_action_at = next_action(incident, now=now)
            open_ones.append(incident)
        lines.append(TimelineEntry(incident=incident, at=now, kind=TimelineKind.SNOOZED, text=reason, user=user))
    TimelineEntry.objects.bulk_create(lines)
    Delivery.objects.filter(incident__in=incidents, status=DeliveryStatus.HELD).update(due_at=now, planned_at=now)
    rows = {incident.pk: incident for incident in open_ones}
    links = Told.objects.filter(incident__in=rows).order_by("pk").values_list("incident_id", "channel_id")
    held = [_still_broken(rows[incident_id], channel_id, now) for incident_id, channel_id in links]
    Delivery.objects.bulk_create(held, ignore_conflicts=True)


def why_over(incident: Incident, *, now: datetime) -> str:
    """Why the snooze of an incident is over, as a sentence; empty while it lasts. Pure."""
    if incident.snoozed_until and incident.snoozed_until <= now:
        return "The snooze is over."
    before, facts = incident.snoozed_facts, incident.facts
    if incident.snooze == Snooze.WORSE and is_worse(before, severity=incident.severity, facts=facts):
        return "The snooze is over, because it got worse."
    began = datetime.fromisoformat(before["at"]) if before.get("at") else datetime.min.replace(tzinfo=UTC)
    good = [moment for moment in (incident.over_at, incident.stable_since) if moment and moment > began]
    if incident.snooze == Snooze.GOOD_LOAD and good:
        return "The snooze is over, because a check was good."
    return ""


def next_morning(now: datetime, zone: ZoneInfo) -> datetime:
    """09:00 of the next working day (Monday to Friday); today's, where it is still to come."""
    local = now.astimezone(zone)
    day = local.date()
    while instant(datetime.combine(day, MORNING), zone) <= now or day.weekday() > FRIDAY:
        day += timedelta(days=1)
    return instant(datetime.combine(day, MORNING), zone)


def _check(row: Incident, mode: str) -> None:
    if mode not in Snooze.values:
        raise InvalidInput(f"{mode!r} ends no snooze; write one of {', '.join(Snooze.values)}.", field="mode")
    if row.status == IncidentStatus.RESOLVED:
        raise InvalidInput("This incident is resolved already; there is nothing to snooze.")
    if row.merged_into_id:
        raise InvalidInput("This incident is part of another one, which is told of. Snooze that one.")


def _still_broken(incident: Incident, channel_id: int, now: datetime) -> Delivery:
    name = lasting_name(incident_id=incident.pk, opened_at=incident.opened_at)
    return Delivery(
        channel_id=channel_id,
        incident=incident,
        kind=DeliveryKind.SUMMARY,
        key=f"{name}-snooze-{now:%Y%m%dT%H%M%S}-channel-{channel_id}",
        facts=incident.facts,
        status=DeliveryStatus.HELD,
        held_because="The incident was snoozed.",
        created_at=now,
        due_at=now,
    )
