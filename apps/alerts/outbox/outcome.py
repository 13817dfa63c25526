"""What becomes of a delivery after an attempt to send it: sent, tried again, left as it is, or given up."""

from __future__ import annotations

import logging
from datetime import datetime

from apps.alerts.channels import CHANNELS
from apps.alerts.channels.contract import ACCEPTED, ChannelDriver, Repeat
from apps.alerts.models import Channel, Delivery, DeliveryKind, DeliveryStatus, Incident, TimelineEntry, TimelineKind
from apps.alerts.outbox import channelstate
from apps.alerts.outbox.events import name_in
from apps.alerts.outbox.retry import next_attempt, plan_for
from apps.alerts.outbox.superseding import BEGINNINGS, UPDATES
from apps.common.errors import InvalidInput
from apps.common.records import record

log = logging.getLogger("midwatch.alerts")

RECEIPT_LIMIT = 300
GIVEN_UP = (
    "The message to {channel} was given up after {attempts}: {error} Correct the channel, then send the message again "
    "from its page."
)
UNCONFIRMED = "Nobody knows whether a message to {channel} arrived: {error}"
PARTLY = "The message to {channel} reached {people} and was given up for the others: {error}"
NOT_REPEATED = (
    "The message “{kind}” to {channel} may have arrived, and a second one would only confuse: it is not sent again."
)


@record
class Attempt:
    """How one attempt to send ended. `text` is the receipt of a success, else the error; `reference` is how the
    provider calls the message; `left_out`: the driver had no reason to send it; `others`: there are recipients who have
    not got it for sure, so it is tried again even where a repeat would confuse."""

    sent: bool
    text: str
    permanent: bool = False
    retry_after: float | None = None
    unconfirmed: bool = False
    reference: str = ""
    left_out: bool = False
    others: bool = False


class _GoneType(ChannelDriver):
    """Stands for a type that no line of the registry names any more; the attempt to send says so."""

    repeat = Repeat.VISIBLE


def policy_of(channel: Channel) -> type[ChannelDriver]:
    """The driver's class, which states how often it may send and what a repeat does."""
    try:
        return CHANNELS[channel.type]
    except InvalidInput:
        return _GoneType


def succeeded(delivery: Delivery, attempt: Attempt, now: datetime) -> None:
    """Note that the receiver accepted it."""
    delivery.status, delivery.sent_at, delivery.error = DeliveryStatus.SENT, now, ""
    delivery.receipt, delivery.reference = attempt.text[:RECEIPT_LIMIT], attempt.reference[:RECEIPT_LIMIT]
    delivery.lease_token, delivery.lease_until = "", None
    said = f" {attempt.text}" if attempt.text else ""
    if attempt.left_out:
        text = f"{delivery.get_kind_display()}: {delivery.channel} was not told.{said}"
        note(delivery, now, TimelineKind.SUPPRESSED, text)
        return
    text = f"{delivery.get_kind_display()}: told {delivery.channel}.{said}"
    note(delivery, now, TimelineKind.SENT, text)
    if delivery.incident_id is None:
        lines = [TimelineEntry(incident_id=pk, at=now, kind=TimelineKind.SENT, text=text) for pk in _gathered(delivery)]
        TimelineEntry.objects.bulk_create(lines)
    channelstate.arrived(delivery.channel, now=now)
    _heard(delivery, now)


def failed(delivery: Delivery, attempt: Attempt, now: datetime, *, at_once: bool = False) -> None:
    """Plan the next attempt, `at_once` where the last one was cut off; or give the message up. The timeline says so."""
    is_test = delivery.kind == DeliveryKind.TEST
    plan = plan_for(severity=str(delivery.facts.get("severity", "")), is_test=is_test)
    again = next_attempt(
        plan=plan, attempts=delivery.attempts, key=delivery.key, now=now, retry_after=attempt.retry_after
    )
    if attempt.unconfirmed and not delivery.unconfirmed and not at_once:
        note(delivery, now, TimelineKind.UNCONFIRMED, UNCONFIRMED.format(channel=delivery.channel, error=attempt.text))
    delivery.error = attempt.text
    delivery.unconfirmed = delivery.unconfirmed or attempt.unconfirmed
    delivery.lease_token, delivery.lease_until = "", None
    if attempt.retry_after:
        channelstate.pause(delivery.channel, seconds=attempt.retry_after, now=now)
    only_confuses = attempt.unconfirmed and not attempt.others and delivery.kind in UPDATES
    if only_confuses and policy_of(delivery.channel).repeat is Repeat.VISIBLE:
        _leave(delivery, now)
    elif again is not None and not attempt.permanent:
        delivery.status, delivery.due_at = DeliveryStatus.QUEUED, now if at_once else again
        delivery.planned_at = now
    else:
        _give_up(delivery, now)


def note(delivery: Delivery, now: datetime, kind: TimelineKind, text: str) -> None:
    """A line in the timeline of its incident, where it has one."""
    if delivery.incident_id is not None:
        event = name_in(delivery.key)
        TimelineEntry.objects.create(incident_id=delivery.incident_id, at=now, kind=kind, text=text, event=event)


def _heard(delivery: Delivery, now: datetime) -> None:
    """The first message about an incident arrived. An escalation carries a beginning that had not gone out yet; a
    roll-up and a summary tell of many."""
    numbers = [delivery.incident_id] if delivery.incident_id else _gathered(delivery)
    if delivery.kind in (*BEGINNINGS, DeliveryKind.ESCALATED, DeliveryKind.ROLLUP):
        Incident.objects.filter(pk__in=numbers, notified_at=None).update(notified_at=now)


def _gathered(delivery: Delivery) -> list[int]:
    """The incidents of which a message about several brings news, as far as they still exist."""
    numbers = delivery.facts.get("new") or delivery.facts.get("incidents") or ()
    return list(Incident.objects.filter(pk__in=numbers).order_by("pk").values_list("pk", flat=True))


def _partly(delivery: Delivery, reached: int, now: datetime) -> None:
    """Some of its recipients have it, so the channel works and nobody else is told in its place."""
    people = "1 recipient" if reached == 1 else f"{reached} recipients"
    delivery.status, delivery.sent_at = DeliveryStatus.SENT, now
    text = PARTLY.format(channel=delivery.channel, people=people, error=delivery.error)
    delivery.receipt = text[:RECEIPT_LIMIT]
    note(delivery, now, TimelineKind.FAILED, text)
    _heard(delivery, now)


def _leave(delivery: Delivery, now: datetime) -> None:
    """A miss of a beginning or an end is worse than a repeat; of an update it is the other way round."""
    delivery.status = DeliveryStatus.SUPERSEDED
    text = NOT_REPEATED.format(kind=delivery.get_kind_display(), channel=delivery.channel)
    note(delivery, now, TimelineKind.UNCONFIRMED, text)


def _give_up(delivery: Delivery, now: datetime) -> None:
    reached = sum(how == ACCEPTED for how in delivery.served.values())
    if reached:
        _partly(delivery, reached, now)
        return
    delivery.status = DeliveryStatus.DEAD
    if delivery.deadline_at:
        delivery.deadline_at = now  # nothing more is to be waited for: somebody else is told at once
    attempts = "1 attempt" if delivery.attempts == 1 else f"{delivery.attempts} attempts"
    text = GIVEN_UP.format(channel=delivery.channel, attempts=attempts, error=delivery.error)
    note(delivery, now, TimelineKind.FAILED, text)
    log.error("Delivery %s: %s", delivery.key, text)
    if delivery.kind != DeliveryKind.TEST:  # who tests a channel sees how it went
        channelstate.gave_up(delivery.channel, error=delivery.error, now=now)
