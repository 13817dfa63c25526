"""What a channel knows of an incident: whether anything that begins it was sent and nothing that ends it since."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from apps.alerts.models import Delivery, DeliveryKind, DeliveryStatus

Pair = tuple[int, int]  # incident and channel
GONE_OUT = (DeliveryStatus.QUEUED, DeliveryStatus.SENDING, DeliveryStatus.SENT, DeliveryStatus.DEAD)


@dataclass(slots=True)
class Knowledge:
    """`held_until`: when the last of what is held back about it is looked at; None where nothing is."""

    known: bool = False
    held_until: datetime | None = None


def knowledge_of(pairs: Collection[Pair]) -> dict[Pair, Knowledge]:
    """What each channel knows of each incident; one statement. What goes into a summary of several incidents is known
    by the receipt of the message that it replaced."""
    found = {pair: Knowledge() for pair in pairs}
    if not pairs:
        return found
    rows = Delivery.objects.filter(
        incident__in={incident for incident, _ in pairs}, channel__in={channel for _, channel in pairs}
    ).order_by("pk")
    for incident, channel, kind, status, receipt, due_at in rows.values_list(
        "incident_id", "channel_id", "kind", "status", "receipt", "due_at"
    ):
        each = found.get((incident, channel))
        if each is None:
            continue
        if status == DeliveryStatus.HELD:
            each.held_until = max(due_at, each.held_until or due_at)
        elif status in GONE_OUT or receipt:
            each.known = kind != DeliveryKind.RESOLVED
    return found
