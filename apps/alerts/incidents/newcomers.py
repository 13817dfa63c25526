"""Who cares for a part, or heard of it, and has not heard of its lead, is told of the lead: nobody loses an alert by
grouping."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from apps.alerts.incidents.finding import Pair
from apps.alerts.models import DeliveryKind, Incident, IncidentStatus
from apps.alerts.outbox.events import Event
from apps.alerts.outbox.telling import Told, announce
from apps.alerts.routing.recipients import addresses_of

Link = tuple[int, int]  # a lead and a channel


def tell(leads: Sequence[Incident], parts: Sequence[Pair], now: datetime) -> None:
    """Announce these leads to whomever the rules or routes of the new `parts` lead, and to whoever heard of an earlier
    incident before it joined, as far as they were not told of the lead yet."""
    if not leads:
        return
    numbers = [lead.pk for lead in leads]
    known = set(Told.objects.filter(incident__in=numbers).values_list("incident_id", "channel_id"))
    wanted: dict[int, dict[int, None]] = {}
    for link in (*_routed(parts, now), *_heard(numbers)):
        if link not in known:
            wanted.setdefault(link[0], {})[link[1]] = None
    announce([_event(lead, tuple(wanted[lead.pk])) for lead in leads if lead.pk in wanted], now=now)


def _routed(parts: Sequence[Pair], now: datetime) -> list[Link]:
    """Whom the parts themselves would have told."""
    leads = {}
    for pair in parts:
        incident, finding = pair.incident, pair.finding
        event = Event(
            incident,
            DeliveryKind.OPENED,
            incident.facts,
            channel_ids=finding.channel_ids,
            people=finding.people,
        )
        leads[event] = incident.merged_into_id or 0
    found = addresses_of(list(leads), now=now) if leads else {}
    return [(leads[event], each.channel.pk) for event, addresses in found.items() for each in addresses]


def _heard(leads: Sequence[int]) -> list[Link]:
    """Who heard of parts that stood by themselves before."""
    links = Told.objects.filter(incident__merged_into__in=leads).exclude(incident__status=IncidentStatus.RESOLVED)
    return list(links.order_by("channel_id").values_list("incident__merged_into", "channel_id"))


def _event(lead: Incident, channels: tuple[int, ...]) -> Event:
    kind = DeliveryKind.REOPENED if lead.reopened else DeliveryKind.OPENED
    return Event(lead, kind, lead.facts, channel_ids=channels)
