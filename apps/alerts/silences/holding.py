"""Which messages are held back, until when and why.

Snoozes, mutes and maintenance windows hold everything, also what is critical: a person decided so. The quiet hours of a
person hold only messages to that person's own address, and critical ones pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from apps.alerts.models import Channel, DeliveryKind, Incident, IncidentStatus, Preference, Severity, Snooze
from apps.alerts.outbox.events import Event
from apps.alerts.silences.covering import Open, silences_over
from apps.alerts.silences.known import Knowledge, Pair, knowledge_of
from apps.alerts.silences.quiet import QuietHours, quiet_until
from apps.alerts.silences.sentences import moment_words
from apps.alerts.silences.worsening import is_worse
from apps.common.records import record

NAME_LIMIT = 100
LOOK_AGAIN = timedelta(days=1)  # where no time ends a hold
SNOOZED = {
    Snooze.GOOD_LOAD: "The incident is snoozed until the next good check.",
    Snooze.WORSE: "The incident is snoozed until it gets worse.",
}
BEGINNING_HELD = "The message about the beginning is held back as well."


@record
class Hold:
    """A message waits: until when it is looked at again, and the reason as a sentence."""

    until: datetime
    reason: str


def holds_for(pairs: Sequence[tuple[Event, Channel]], *, now: datetime) -> list[Hold | None]:
    """The hold of each message, or None where it may go at once. A constant number of statements.

    The end of what a channel does not know yet waits with the beginning: when the hold ends, neither is sent. A change
    of a message that stands there already disturbs nobody and always passes.
    """
    holds = silencing(pairs, now=now)
    after = {_pair(*each) for each in pairs if each[0].kind == DeliveryKind.RESOLVED or each[0].in_place}
    known = knowledge_of(after)
    return [
        _following(event, known[_pair(event, channel)], hold) if _pair(event, channel) in known else hold
        for (event, channel), hold in zip(pairs, holds, strict=True)
    ]


def silencing(pairs: Sequence[tuple[Event, Channel]], *, now: datetime) -> list[Hold | None]:
    """The hold of each message by silences, snoozes and quiet hours alone."""
    silences = silences_over({event.incident.pk: event.incident for event, _ in pairs}.values(), now=now)
    quiet = quiet_times([channel for _, channel in pairs], now=now)
    return [_hold(event, channel, silences, quiet, now) for event, channel in pairs]


def quiet_times(channels: Sequence[Channel], *, now: datetime) -> dict[int, Hold]:
    """The quiet hours that hold now, by the number of the person's channel; one statement where there are persons."""
    persons = {channel.pk: channel.person_id for channel in channels if channel.person_id is not None}
    found = {}
    for wish in Preference.objects.filter(user__in=persons.values()).select_related("user") if persons else ():
        zone = ZoneInfo(wish.user.timezone)
        hours = QuietHours(zone, wish.quiet_from, wish.quiet_until, wish.quiet_weekends)
        if end := quiet_until(hours, now):
            name = str(wish.user)[:NAME_LIMIT]
            found[wish.user_id] = Hold(end, f"The quiet hours of {name} last until {moment_words(end, zone)}.")
    return {pk: found[person] for pk, person in persons.items() if person in found}


def snoozed(incident: Incident, *, now: datetime, ends: bool = False) -> Hold | None:
    """The hold by the incident's own snooze. What no time ends lets the end (`ends`) of the incident pass."""
    until = incident.snoozed_until
    if not incident.snooze or (until is not None and until <= now):
        return None
    mode = Snooze(incident.snooze)
    if mode in SNOOZED:
        worse = mode == Snooze.WORSE and is_worse(
            incident.snoozed_facts, severity=incident.severity, facts=incident.facts
        )
        return None if ends or worse else Hold(until or now + LOOK_AGAIN, SNOOZED[mode])
    zone = ZoneInfo(incident.team.timezone)
    return Hold(until, f"The incident is snoozed until {moment_words(until, zone)}.") if until else None


def _hold(
    event: Event, channel: Channel, silences: Mapping[int, Open], quiet: Mapping[int, Hold], now: datetime
) -> Hold | None:
    """Of several holds the one that lasts longest."""
    incident = event.incident
    ends = event.kind == DeliveryKind.RESOLVED or incident.status == IncidentStatus.RESOLVED
    holds = [snoozed(incident, now=now, ends=ends)]
    if silence := silences.get(incident.pk):
        holds.append(Hold(silence.until or now + LOOK_AGAIN, silence.sentence))
    if incident.severity != Severity.CRITICAL:
        holds.append(quiet.get(channel.pk))
    return max((hold for hold in holds if hold), key=lambda hold: hold.until, default=None)


def _following(event: Event, knowledge: Knowledge, hold: Hold | None) -> Hold | None:
    """The hold of what only makes sense to somebody who knows of the beginning."""
    if not knowledge.known and knowledge.held_until:
        until = max(knowledge.held_until, hold.until) if hold else knowledge.held_until
        return Hold(until, BEGINNING_HELD)
    return None if event.in_place else hold


def _pair(event: Event, channel: Channel) -> Pair:
    return event.incident.pk, channel.pk
