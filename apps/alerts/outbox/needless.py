"""What a message that goes out makes needless, put aside with a line in the timeline: the one place for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet

from apps.alerts.models import Delivery, DeliveryStatus, TimelineKind
from apps.alerts.outbox.outcome import note
from apps.alerts.outbox.superseding import BEGINNINGS, Settlement, Unsent, settle

NEWER = "The message “{kind}” to {channel} had not gone out yet and is not sent any more: “{newer}” says it all."
COMBINED = "The message about the beginning had not reached {channel} when the trouble ended; one message tells both."
CARRIED = "The message “{kind}” to {channel} is not sent by itself: “{newer}”, which had not gone out yet, says it."


def put_aside(first: Delivery, rows: QuerySet[Delivery], *, now: datetime) -> Delivery:
    """The message to send in place of `first`, which is leased, and of those that wait behind it: often itself.

    Call it in the transaction that leased it: nobody takes what waits behind a message that is being sent.
    """
    if first.incident_id is None:
        return first
    same = rows.filter(incident=first.incident_id, channel=first.channel_id, pk__gt=first.pk)
    later = list(same.filter(status=DeliveryStatus.QUEUED).select_for_update(of=("self",)).order_by("pk"))
    if not later:
        return first
    messages = {row.pk: row for row in (first, *later)}
    settled = settle([Unsent(pk, row.kind) for pk, row in messages.items()])
    chosen = messages[settled.send]
    if chosen is not first:
        _hand_over(first, chosen)
    chosen.facts = _facts(chosen.facts, messages[settled.facts_of].facts, settled)
    chosen.save()
    for pk in settled.dropped:
        _drop(messages[pk], chosen, settled, now)
    return Delivery.objects.select_related("channel__team", "channel__person", "incident").get(pk=chosen.pk)


def _hand_over(first: Delivery, chosen: Delivery) -> None:
    """The lease goes over to the message that is sent instead."""
    chosen.status, chosen.attempts = DeliveryStatus.SENDING, F("attempts") + 1
    chosen.lease_token, chosen.lease_until = first.lease_token, first.lease_until


def _facts(own: dict[str, Any], latest: dict[str, Any], settled: Settlement) -> dict[str, Any]:
    if settled.combined:
        return own | {"combined": True}
    if settled.facts_of == settled.send:
        return own
    # Why somebody is told stays that of the message itself; what changed is no news to who never heard of the rest.
    kept = {name: own[name] for name in ("because", "fallback") if name in own}
    return {name: value for name, value in latest.items() if name not in ("because", "change")} | kept


def _drop(row: Delivery, chosen: Delivery, settled: Settlement, now: datetime) -> None:
    row.status, row.lease_token, row.lease_until = DeliveryStatus.SUPERSEDED, "", None
    row.save()
    text = CARRIED if row.pk > chosen.pk else NEWER
    if settled.combined and row.kind in BEGINNINGS:
        text = COMBINED
    words = text.format(kind=row.get_kind_display(), newer=chosen.get_kind_display(), channel=row.channel)
    note(row, now, TimelineKind.SUPPRESSED, words)
