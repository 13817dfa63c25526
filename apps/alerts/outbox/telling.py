"""From events to deliveries: who is told, what is held back and why, all in the caller's transaction.

Every event leaves a line in its incident's timeline, also one of which nobody is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from apps.alerts.channels import CHANNELS
from apps.alerts.generating.later import with_generated
from apps.alerts.models import Channel, Delivery, DeliveryKind, DeliveryStatus, Incident, TimelineEntry, TimelineKind
from apps.alerts.outbox.events import BEGINNINGS, Address, Event, delivery_key
from apps.alerts.routing.recipients import addresses_of
from apps.alerts.silences.holding import Hold, holds_for
from apps.alerts.silences.storms import roll_up
from apps.common.bulk import update_rows

# Which channels heard of an incident. django-stubs takes the class of a link table for that of its target.
Told: Any = Incident.channels.through
# How long a message may wait for its channel before the fallback is told as well.
DEADLINES = {"critical": timedelta(minutes=2), "high": timedelta(minutes=10)}
LONGEST = timedelta(hours=1)
NOBODY = "Nobody was told: the rule names no channel, and no route of the team leads to anybody."
NOBODY_AT_END = "Nobody is told of the end: there is nobody left who was told of the beginning."


def announce(events: Sequence[Event], *, now: datetime) -> None:
    """One delivery per event and channel, and timeline lines that say who is told, who is not, and why."""
    if not events:
        return
    events = with_generated(events)
    told = {event: _able(event, addresses) for event, addresses in addresses_of(events, now=now).items()}
    rolled = roll_up(events, told, now=now)
    pairs = [(event, address) for event in events for address in told[event] if event not in rolled]
    holds = holds_for([(event, address.channel) for event, address in pairs], now=now)
    held = {pair: hold for pair, hold in zip(pairs, holds, strict=True) if hold}
    Delivery.objects.bulk_create([_delivery(*pair, held.get(pair), now) for pair in pairs], ignore_conflicts=True)
    lines = [line for event in events for line in _lines(event, told[event], rolled.get(event, ""), held, now)]
    TimelineEntry.objects.bulk_create(lines)
    _remember(events, told)
    _keep_escalations(events)


def deadline_of(severity: str, now: datetime) -> datetime:
    """Until when a message of this severity must have been sent."""
    return now + DEADLINES.get(severity, LONGEST)


def _able(event: Event, addresses: Sequence[Address]) -> list[Address]:
    """Those who can hear of this event. A change that is worth no message of its own is only for channels that change
    the message which stands there, or that call people until somebody takes it."""
    if not event.in_place:
        return list(addresses)
    drivers = [(CHANNELS[each.channel.type], each) for each in addresses]
    return [each for driver, each in drivers if driver.edits or driver.pages]


def _delivery(event: Event, address: Address, hold: Hold | None, now: datetime) -> Delivery:
    incident = event.incident
    facts = event.facts | {"severity": incident.severity, "event_at": now.isoformat(), "because": address.because}
    facts |= {"told_elsewhere": list(address.without)} if address.without else {}
    return Delivery(
        channel=address.channel,
        incident=incident,
        kind=event.kind,
        key=delivery_key(event, address.channel),
        facts=facts,
        status=DeliveryStatus.HELD if hold else DeliveryStatus.QUEUED,
        held_because=hold.reason if hold else "",
        created_at=now,
        due_at=hold.until if hold else now,
        deadline_at=None if hold else deadline_of(incident.severity, now),
    )


def _lines(
    event: Event,
    addresses: Sequence[Address],
    rolled: str,
    held: Mapping[tuple[Event, Address], Hold],
    now: datetime,
) -> list[TimelineEntry]:
    if rolled:
        return [_line(event, TimelineKind.SUPPRESSED, rolled, now)]
    if not addresses:
        if event.kind not in (*BEGINNINGS, DeliveryKind.RESOLVED) and not event.is_routed:
            return []
        ended = event.kind == DeliveryKind.RESOLVED
        return [_line(event, TimelineKind.SUPPRESSED, NOBODY_AT_END if ended else NOBODY, now)]
    names = [address.channel.name for address in addresses if (event, address) not in held]
    lines = [_line(event, TimelineKind.QUEUED, f"A message goes to {' and '.join(names)}.", now)] if names else []
    for address in addresses:
        hold = held.get((event, address))
        if hold:
            text = f"The message to {address.channel} is held back. {hold.reason}"
            lines.append(_line(event, TimelineKind.SUPPRESSED, text, now))
    return lines


def _line(event: Event, kind: TimelineKind, text: str, now: datetime) -> TimelineEntry:
    return TimelineEntry(incident=event.incident, at=now, kind=kind, text=text, event=event.name)


def _keep_escalations(events: Sequence[Event]) -> None:
    """Store which escalation the routes gave to incidents that begin, or that got worse."""
    rows = [(event.incident.escalation_id, event.incident.pk) for event in events if event.is_routed]
    update_rows(Incident, ["escalation"], rows)


def _remember(events: Sequence[Event], told: Mapping[Event, Sequence[Address]]) -> None:
    """Whoever is told of a beginning hears of the end."""
    channels: dict[tuple[int, int], Channel] = {
        (event.incident.pk, address.channel.pk): address.channel
        for event in events
        for address in told[event]
        if event.kind != DeliveryKind.RESOLVED
    }
    links = [Told(incident_id=incident_id, channel_id=channel_id) for incident_id, channel_id in channels]
    Told.objects.bulk_create(links, ignore_conflicts=True)
