"""A person sends a message again that was given up."""

from __future__ import annotations

from datetime import datetime

from apps.alerts.channels.contract import ACCEPTED
from apps.alerts.models import Delivery, DeliveryStatus, IncidentStatus, TimelineEntry, TimelineKind
from apps.alerts.outbox.events import BEGINNINGS
from apps.alerts.outbox.telling import deadline_of
from apps.common.errors import InvalidInput
from apps.teams.models import User

NOT_DEAD = "Only a message that was given up can be sent again; this one is {status}."
PASSED = (
    "A newer message about the same incident went to {channel} meanwhile, so this one would be news of yesterday. Send "
    "a test message instead to see whether the channel works."
)
OVER = (
    "The incident is over, so a message about its beginning would call people for nothing. Send a test message instead "
    "to see whether {channel} works."
)
REPLAYED = "{who} sends the message “{kind}” to {channel} again."


def replay(delivery: Delivery, user: User | None, now: datetime, *, by: str = "") -> None:
    """Put it back in the queue, as new but under its key, so that a receiver that had it after all drops it.

    Raises InvalidInput when it was not given up, when a newer one about the same incident was sent, or when it tells of
    the beginning of what is over: nothing would ever end a page that it begins.
    """
    row = Delivery.objects.select_for_update(of=("self",)).select_related("channel", "incident").get(pk=delivery.pk)
    if row.status != DeliveryStatus.DEAD:
        raise InvalidInput(NOT_DEAD.format(status=row.get_status_display().lower()))
    if is_passed(row):
        raise InvalidInput(PASSED.format(channel=row.channel))
    if row.kind in BEGINNINGS and row.incident and row.incident.status == IncidentStatus.RESOLVED:
        raise InvalidInput(OVER.format(channel=row.channel))
    told_elsewhere = Delivery.objects.filter(fallback_of=row).exists()
    row.status, row.attempts, row.due_at = DeliveryStatus.QUEUED, 0, now
    row.deadline_at = None if told_elsewhere else deadline_of(str(row.facts.get("severity", "")), now)
    row.planned_at = now
    row.served = {to: how for to, how in row.served.items() if how == ACCEPTED}  # a refusal may be mended by now
    row.save(update_fields=["status", "attempts", "due_at", "planned_at", "deadline_at", "served"])
    if row.incident_id is not None:
        text = REPLAYED.format(who=user or by, kind=row.get_kind_display(), channel=row.channel)
        TimelineEntry.objects.create(
            incident_id=row.incident_id, at=now, kind=TimelineKind.QUEUED, text=text, user=user
        )
    delivery.refresh_from_db()


def is_passed(delivery: Delivery) -> bool:
    """Whether its channel heard something newer about the incident. An opening after the end would be a false alarm."""
    if delivery.incident_id is None:
        return False
    newer = Delivery.objects.filter(incident=delivery.incident_id, channel=delivery.channel_id, pk__gt=delivery.pk)
    return newer.filter(status=DeliveryStatus.SENT).exists()
