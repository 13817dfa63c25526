"""The outbox: deliveries are written with their event, claimed with a lease, and finished by whoever holds it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, QuerySet, Subquery, When

from apps.alerts.incidents import delivery_key, event_number
from apps.alerts.models import (
    Channel,
    Delivery,
    DeliveryKind,
    DeliveryStatus,
    Incident,
    Severity,
    TimelineEntry,
    TimelineKind,
)
from apps.alerts.retry import next_attempt, plan_for
from apps.common.claim import claim

log = logging.getLogger("midwatch.alerts")

REQUEST_TIMEOUT = timedelta(seconds=20)  # no attempt to send takes longer
LEASE = 3 * REQUEST_TIMEOUT
UNSENT = (DeliveryStatus.QUEUED, DeliveryStatus.SENDING)
RECEIPT_LIMIT = 300
# Which channels heard of an incident. django-stubs takes the class of a link table for that of its target.
Told: Any = Incident.channels.through
NO_CHANNEL = "Nobody was told: the rule names no channel."
NO_CHANNEL_AT_END = "Nobody was told of the end, because nobody was told of the beginning."
CUT_OFF = "The sending of a message to {channel} was cut off, and nobody knows whether it arrived."
GIVEN_UP = (
    "The message to {channel} was given up after {attempts}: {error} Tell the people concerned yourself, correct the "
    "channel and send it a test message."
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something about an incident that people are to hear of."""

    incident: Incident
    kind: DeliveryKind
    facts: dict[str, Any]
    channel_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one attempt to send ended. `text` is the receipt of a success, else the error."""

    sent: bool
    text: str
    permanent: bool = False
    retry_after: float | None = None
    unconfirmed: bool = False


def announce(events: Sequence[Event], *, now: datetime) -> list[tuple[int, int]]:
    """One delivery per event and channel, and a timeline line per event. Returns the (incident, channel) pairs.

    A channel that is gone, or that belongs to another team, is not told.
    """
    if not events:
        return []
    channels = Channel.objects.in_bulk({pk for event in events for pk in event.channel_ids})
    deliveries, lines, pairs = [], [], []
    for event in events:
        named = [channels[pk] for pk in dict.fromkeys(event.channel_ids) if pk in channels]
        told = [channel for channel in named if channel.team_id == event.incident.team_id]
        lines.append(_queued_line(event, told, now))
        deliveries += [_delivery(event, channel, now) for channel in told]
        pairs += [(event.incident.pk, channel.pk) for channel in told]
    TimelineEntry.objects.bulk_create(lines)
    Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)
    return pairs


def waiting(*, now: datetime) -> QuerySet[Delivery]:
    """What may be sent now. A message waits for the earlier ones about the same incident to the same channel."""
    earlier = Delivery.objects.filter(
        incident=OuterRef("incident"), channel=OuterRef("channel"), pk__lt=OuterRef("pk"), status__in=UNSENT
    )
    return Delivery.objects.filter(~Exists(earlier), status=DeliveryStatus.QUEUED, due_at__lte=now)


def lapsed(*, now: datetime) -> QuerySet[Delivery]:
    """What was being sent by somebody whose lease ran out."""
    return Delivery.objects.filter(status=DeliveryStatus.SENDING, lease_until__lt=now)


@transaction.atomic
def take_back(*, now: datetime) -> None:
    """Put lapsed deliveries back in the queue. Whether they arrived is unknown, so that goes on record."""
    for delivery in lapsed(now=now).select_for_update(skip_locked=True, of=("self",)).select_related("channel"):
        text = CUT_OFF.format(channel=delivery.channel)
        _write(delivery, now, TimelineKind.UNCONFIRMED, text)
        _fail(delivery, Attempt(sent=False, text=text, unconfirmed=True), now, at_once=True)
        delivery.save()


def claim_next(*, now: datetime) -> list[Delivery]:
    """Lease the most urgent waiting delivery. Empty when nothing waits."""
    with transaction.atomic():
        first = _by_urgency(waiting(now=now))[:1]
        token, claimed = claim(first, now=now, lease=LEASE, status=DeliveryStatus.SENDING, attempts=F("attempts") + 1)
    if not claimed:
        return []
    return list(Delivery.objects.filter(lease_token=token).select_related("channel__team", "incident"))


@transaction.atomic
def finish(delivery: Delivery, attempt: Attempt, *, now: datetime) -> bool:
    """Write how an attempt ended, unless the lease went to somebody else meanwhile. Returns whether it was written."""
    mine = Delivery.objects.select_for_update().filter(pk=delivery.pk, lease_token=delivery.lease_token)
    if not delivery.lease_token or not mine.exists():
        log.warning("Delivery %s took longer than its lease; whoever took it over decides.", delivery.key)
        return False
    if attempt.sent:
        _succeed(delivery, attempt, now)
    else:
        _fail(delivery, attempt, now)
    delivery.save()
    return True


def _succeed(delivery: Delivery, attempt: Attempt, now: datetime) -> None:
    delivery.status, delivery.sent_at, delivery.error = DeliveryStatus.SENT, now, ""
    delivery.receipt = attempt.text[:RECEIPT_LIMIT]
    delivery.lease_token, delivery.lease_until = "", None
    said = f" {attempt.text}" if attempt.text else ""
    _write(delivery, now, TimelineKind.SENT, f"{delivery.get_kind_display()}: told {delivery.channel}.{said}")


def _fail(delivery: Delivery, attempt: Attempt, now: datetime, *, at_once: bool = False) -> None:
    """Plan the next attempt, or give the message up and say so."""
    is_test = delivery.kind == DeliveryKind.TEST
    plan = plan_for(severity=str(delivery.facts.get("severity", "")), is_test=is_test)
    again = next_attempt(
        plan=plan, attempts=delivery.attempts, key=delivery.key, now=now, retry_after=attempt.retry_after
    )
    delivery.error = attempt.text
    delivery.unconfirmed = delivery.unconfirmed or attempt.unconfirmed
    delivery.lease_token, delivery.lease_until = "", None
    if again is not None and not attempt.permanent:
        delivery.status, delivery.due_at = DeliveryStatus.QUEUED, now if at_once else again
        return
    delivery.status = DeliveryStatus.DEAD
    attempts = "1 attempt" if delivery.attempts == 1 else f"{delivery.attempts} attempts"
    text = GIVEN_UP.format(channel=delivery.channel, attempts=attempts, error=attempt.text)
    _write(delivery, now, TimelineKind.FAILED, text)
    log.error("Delivery %s: %s", delivery.key, text)


def _write(delivery: Delivery, now: datetime, kind: TimelineKind, text: str) -> None:
    if delivery.incident_id is not None:
        TimelineEntry.objects.create(incident_id=delivery.incident_id, at=now, kind=kind, text=text)


def _delivery(event: Event, channel: Channel, now: datetime) -> Delivery:
    incident = event.incident
    number = event_number(reopened=incident.reopened, resolved=event.kind == DeliveryKind.RESOLVED)
    key = delivery_key(incident_id=incident.pk, opened_at=incident.opened_at, event=number, channel_id=channel.pk)
    facts = event.facts | {"severity": incident.severity, "event_at": now.isoformat()}
    return Delivery(
        channel=channel, incident=incident, kind=event.kind, key=key, facts=facts, created_at=now, due_at=now
    )


def _queued_line(event: Event, told: Iterable[Channel], now: datetime) -> TimelineEntry:
    names = [channel.name for channel in told]
    kind, text = TimelineKind.QUEUED, f"A message goes to {' and '.join(names)}."
    if not names:
        ended = event.kind == DeliveryKind.RESOLVED
        kind, text = TimelineKind.SUPPRESSED, NO_CHANNEL_AT_END if ended else NO_CHANNEL
    return TimelineEntry(incident=event.incident, at=now, kind=kind, text=text)


def _by_urgency(rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Tests first, because a person waits for them; then by severity. A subquery, since a join cannot be locked."""
    severity = Subquery(Incident.objects.filter(pk=OuterRef("incident_id")).values("severity"))
    ranks = [When(of_incident=value, then=rank) for rank, value in enumerate(Severity.values, 1)]
    return rows.annotate(of_incident=severity).order_by(Case(*ranks, default=0), "due_at", "pk")
