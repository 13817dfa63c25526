"""Who heard of an incident by itself, when it becomes part of another or is no longer watched.

A service that calls people goes on calling until it hears of an end, and a message that stands for an incident goes on
showing it as it was. So these are told even where nobody else is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from apps.alerts.channels import CHANNELS
from apps.alerts.channels.contract import ChannelDriver
from apps.alerts.models import DeliveryKind, Incident, TimelineEntry, TimelineKind
from apps.alerts.outbox.events import Event
from apps.alerts.outbox.telling import Told, announce

Driver = type[ChannelDriver]
UNWATCHED = "Nobody is told of the end: it is no longer watched, and no page or message stands for it."
PART = "It is part of incident {number} ({title}) now, and messages go out about that one."


def end_pages(joined: Sequence[Incident], now: datetime) -> None:
    """End the pages about these, which know the lead that they joined: it has pages of its own. A message that can be
    changed says where it went on."""
    paging = _heard(joined, lambda driver: driver.pages)
    showing = _heard(joined, lambda driver: driver.edits)
    events = []
    for row in joined:
        text = PART.format(number=row.merged_into_id, title=row.merged_into.title if row.merged_into else "")
        serial = f"part-of-{row.merged_into_id}-{now:%Y%m%dT%H%M%S}"
        if channels := paging.get(row.pk):
            events.append(_event(row, DeliveryKind.RESOLVED, channels, serial, joined=text))
        if channels := showing.get(row.pk):
            events.append(_event(row, DeliveryKind.CHANGED, channels, serial, change=text))
    announce(events, now=now)


def end_unwatched(incidents: Sequence[Incident], now: datetime) -> None:
    """Show the end of these in such channels alone."""
    places = _heard(incidents, lambda driver: driver.pages or driver.edits)
    TimelineEntry.objects.bulk_create(
        TimelineEntry(incident=row, at=now, kind=TimelineKind.SUPPRESSED, text=UNWATCHED)
        for row in incidents
        if row.pk not in places
    )
    announce(
        [_event(row, DeliveryKind.RESOLVED, places[row.pk]) for row in incidents if row.pk in places],
        now=now,
    )


def page_again(heir: Incident, lead: Incident, now: datetime) -> None:
    """Let whoever was paged about `lead`, which is no longer watched, be paged about what takes its place."""
    channels = _heard([lead], lambda driver: driver.pages or driver.edits).get(lead.pk)
    serial = f"in-place-of-{lead.pk}-{now:%Y%m%dT%H%M%S}"
    event = Event(heir, DeliveryKind.OPENED, heir.facts, channel_ids=channels or (), serial=serial)
    announce([event] if channels else [], now=now)


def _event(row: Incident, kind: DeliveryKind, channels: tuple[int, ...], serial: str = "", **facts: str) -> Event:
    return Event(row, kind, row.facts | facts, channel_ids=channels, serial=serial, in_place=True)


def _heard(incidents: Sequence[Incident], fits: Callable[[Driver], bool]) -> dict[int, tuple[int, ...]]:
    """By incident, the channels of a fitting type that heard of it."""
    found: dict[int, tuple[int, ...]] = {}
    links = Told.objects.filter(incident__in=[row.pk for row in incidents]) if incidents else Told.objects.none()
    for pk, channel_id, name in links.order_by("channel_id").values_list("incident_id", "channel_id", "channel__type"):
        if fits(CHANNELS[name]):
            found[pk] = (*found.get(pk, ()), channel_id)
    return found
