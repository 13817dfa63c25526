"""What people are to hear of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from apps.alerts.incidents.finding import event_number, lasting_name
from apps.alerts.models import Channel, DeliveryKind, Incident
from apps.common.records import record

BEGINNINGS = (DeliveryKind.OPENED, DeliveryKind.REOPENED)
KEY = re.compile(r"incident-\d+-\d{8}T\d{6}Z-(.+)-channel-\d+")


@dataclass(frozen=True, slots=True, eq=False)  # each is itself: two are never the same one
class Event:
    """Something about an incident that people are to hear of.

    `channel_ids` and `people` (users) are those that the rule names, or that are to hear of this event alone. A
    beginning without any goes where the team's routes lead; every other event goes to those named here, else to
    everybody who heard of the beginning. `serial` tells events of one kind apart where an incident may have several.
    """

    incident: Incident
    kind: DeliveryKind
    facts: dict[str, Any]
    channel_ids: tuple[int, ...] = ()
    people: tuple[int, ...] = ()
    serial: str = ""
    in_place: bool = False  # only for channels that change a message which they have already

    @property
    def name(self) -> str:
        """The same however often the event is announced, and different from all other events of the incident."""
        if self.serial:
            return f"{self.kind}-{self.serial}"
        number = event_number(reopened=self.incident.reopened, resolved=self.kind == DeliveryKind.RESOLVED)
        return f"event-{number}"

    @property
    def names_anybody(self) -> bool:
        """Whether it is for somebody in particular."""
        return bool(self.channel_ids or self.people)

    @property
    def is_routed(self) -> bool:
        """Whether the routes are asked: of a beginning, and of a severity that rose."""
        rose = self.kind == DeliveryKind.CHANGED and self.serial.startswith("severity-") and not self.in_place
        return self.kind in BEGINNINGS or (rose and not self.names_anybody)


@record
class Address:
    """A channel that is to hear of something, and why: what follows on "You get this because"."""

    channel: Channel
    because: str
    without: tuple[str, ...] = ()  # addresses of a mail channel that another one tells of the same event


def delivery_key(event: Event, channel: Channel) -> str:
    """One key per incident, event and channel."""
    incident = event.incident
    name = lasting_name(incident_id=incident.pk, opened_at=incident.opened_at)
    return f"{name}-{event.name}-channel-{channel.pk}"


def name_in(key: str) -> str:
    """The name of the event that the delivery of this key tells; empty where it tells of no single one."""
    found = KEY.fullmatch(key)
    return found[1] if found else ""
