"""A message that was not sent by its deadline, or was given up, goes to another channel as well, once.

The fallback's message falls back itself, to a channel that was not tried yet; so it ends.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from apps.alerts.incidents import order
from apps.alerts.models import Channel, Delivery, DeliveryKind, DeliveryStatus, Incident, IncidentStatus, TimelineKind
from apps.alerts.outbox import elsewhere
from apps.alerts.outbox.events import Event
from apps.alerts.outbox.outcome import note
from apps.alerts.outbox.telling import Told, deadline_of
from apps.alerts.silences.holding import Hold, holds_for
from apps.common import fault

log = logging.getLogger("midwatch.alerts")

AT_ONCE = 50  # of one look; the next one comes a second later
ENOUGH = "{channel} {failed} {other} heard of it already."
TOLD = "{channel} {failed} {others} told instead."
NOBODY = (
    "{channel} {failed} Nobody else was told: the team has no other channel that works, and no manager who can be "
    "reached."
)
LATE = "has not taken the message “{kind}” in time ({error})."
DEAD = "does not take the message “{kind}” ({error})."
NO_ERROR = "it still waits for its turn"
BECAUSE = "the channel {channel} does not take messages, and this one stands in for it."


def fall_back(*, now: datetime) -> int:
    """Tell somebody else of what is overdue or given up. Returns how many messages that were."""
    done = 0
    while done < AT_ONCE and due(now=now).exists():
        done += _one(now)
    return done


def due(*, now: datetime) -> QuerySet[Delivery]:
    """The messages that need a fallback. A deadline that was acted upon is emptied."""
    return Delivery.objects.filter(status__in=(DeliveryStatus.QUEUED, DeliveryStatus.DEAD), deadline_at__lte=now)


@transaction.atomic
def _one(now: datetime) -> int:
    rows = due(now=now).select_related("channel__team", "channel__person", "incident")
    row = rows.select_for_update(skip_locked=True, of=("self",)).order_by("deadline_at", "pk").first()
    if row is None or not order.try_hold([row.channel.team_id]):
        return 1  # another dispatcher is just at it, or the incident just changes
    tried = [*row.facts.get("fallback", {}).get("tried", ()), row.channel_id]
    event, _, _ = row.key.rpartition("-channel-")
    event = event or row.key
    shared = elsewhere.others(row.channel, tried=tried)
    people = elsewhere.managers(row.channel, tried=tried)
    keys = {f"{event}-channel-{channel.pk}": channel for channel in (*shared, *people)}
    present = Delivery.objects.filter(key__in=keys).values_list("key", "status")
    chosen, heard = elsewhere.choose(shared, people, {keys[key].pk: status for key, status in present})
    facts = _facts(row, tried)
    made = [_delivery(row, channel, f"{event}-channel-{channel.pk}", facts, now) for channel in chosen]
    if made:
        made[0].fallback_of = row  # the database takes only one: a second fallback of the same message is refused
    Delivery.objects.bulk_create(made)
    _tell_end(row, chosen, facts, now)
    _remember(row, chosen)
    _say(row, chosen, heard, now)
    row.deadline_at = None
    row.save(update_fields=["deadline_at"])
    fault.reached("act written")
    return 1


def _facts(row: Delivery, tried: list[int]) -> dict[str, Any]:
    # Whom another mail was to tell is told here as well: that one may have failed like this one.
    own = {name: value for name, value in row.facts.items() if name != "told_elsewhere"}
    fallback = {"channel": str(row.channel), "error": row.error, "tried": tried}
    return own | {"fallback": fallback, "because": BECAUSE.format(channel=row.channel)}


def _delivery(row: Delivery, channel: Channel, key: str, facts: dict[str, Any], now: datetime) -> Delivery:
    hold = _hold(row, channel, facts, now)
    return Delivery(
        channel=channel,
        incident=row.incident,
        kind=row.kind,
        key=key,
        facts=facts,
        status=DeliveryStatus.HELD if hold else DeliveryStatus.QUEUED,
        held_because=hold.reason if hold else "",
        created_at=now,
        due_at=hold.until if hold else now,
        deadline_at=None if hold else deadline_of(str(facts.get("severity", "")), now),
    )


def _tell_end(row: Delivery, channels: Sequence[Channel], facts: dict[str, Any], now: datetime) -> None:
    """What is over by now was told as over before these were chosen, so not to them. They get both as one message."""
    if not Incident.objects.filter(pk=row.incident_id or 0, status=IncidentStatus.RESOLVED).exists():
        return
    later = Delivery.objects.filter(incident=row.incident_id, channel=row.channel_id, pk__gt=row.pk)
    end = later.filter(kind=DeliveryKind.RESOLVED).order_by("pk").last()
    if end is None:
        return
    event, _, _ = end.key.rpartition("-channel-")
    kept = {name: facts[name] for name in ("fallback", "because")}
    rows = [_delivery(end, channel, f"{event}-channel-{channel.pk}", end.facts | kept, now) for channel in channels]
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)


def _hold(row: Delivery, channel: Channel, facts: dict[str, Any], now: datetime) -> Hold | None:
    """Whoever stands in has quiet hours too."""
    if row.incident is None:
        return None
    (hold,) = holds_for([(Event(row.incident, DeliveryKind(row.kind), facts), channel)], now=now)
    return hold


def _remember(row: Delivery, channels: Sequence[Channel]) -> None:
    """Whoever hears of a beginning hears of the end."""
    if row.incident_id is not None and row.kind != DeliveryKind.RESOLVED:
        links = [Told(incident_id=row.incident_id, channel_id=channel.pk) for channel in channels]
        Told.objects.bulk_create(links, ignore_conflicts=True)


def _say(row: Delivery, chosen: Sequence[Channel], heard: Channel | None, now: datetime) -> None:
    template = DEAD if row.status == DeliveryStatus.DEAD else LATE
    failed = template.format(kind=row.get_kind_display(), error=row.error.rstrip(".") or NO_ERROR)
    names = [str(channel) for channel in chosen]
    if chosen:
        verb = "is" if len(names) == 1 else "are"
        text = TOLD.format(channel=row.channel, failed=failed, others=f"{' and '.join(names)} {verb}")
    elif heard:
        text = ENOUGH.format(channel=row.channel, failed=failed, other=heard)
    else:
        text = NOBODY.format(channel=row.channel, failed=failed)
        log.error("Delivery %s: %s", row.key, text)
    note(row, now, TimelineKind.FALLBACK, text)
