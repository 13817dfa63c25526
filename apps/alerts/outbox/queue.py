"""The outbox: deliveries are written with their event, claimed with a lease, and finished by whoever holds it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, When

from apps.alerts.models import ChannelState, Delivery, DeliveryStatus, Incident, Severity, TimelineKind
from apps.alerts.outbox import channelstate, needless, outcome
from apps.alerts.outbox.outcome import Attempt, note, policy_of
from apps.common import fault
from apps.common.claim import claim

REQUEST_TIMEOUT = timedelta(seconds=20)  # no attempt to send takes longer
LEASE = 3 * REQUEST_TIMEOUT
UNSENT = (DeliveryStatus.QUEUED, DeliveryStatus.SENDING)
CUT_OFF = "The sending of a message to {channel} was cut off, and nobody knows whether it arrived."
TRIES = 5


class _NoTurnError(Exception):
    """Somebody else just sent something to the same channel, whose provider takes only so much in a second."""


def waiting(*, now: datetime) -> QuerySet[Delivery]:
    """What may be sent now. A message waits for the earlier ones about the same incident to the same channel, and while
    its channel pauses."""
    earlier = Delivery.objects.filter(
        incident=OuterRef("incident"), channel=OuterRef("channel"), pk__lt=OuterRef("pk"), status__in=UNSENT
    )
    paused = ChannelState.objects.filter(channelstate.pausing(now=now), channel=OuterRef("channel"))
    # What was made in the future was made before the clock was put back; it is not to wait until then again.
    due = Q(due_at__lte=now) | Q(created_at__gt=now, planned_at=None, due_at__lte=F("created_at"))
    return Delivery.objects.filter(due, ~Exists(earlier), ~Exists(paused), status=DeliveryStatus.QUEUED)


def lapsed(*, now: datetime) -> QuerySet[Delivery]:
    """What was being sent by somebody whose lease ran out, or was given before the clock was put back."""
    over = Q(lease_until__lt=now) | Q(lease_until__gt=now + 2 * LEASE)
    return Delivery.objects.filter(over, status=DeliveryStatus.SENDING)


@transaction.atomic
def take_back(*, now: datetime) -> None:
    """Put lapsed deliveries back in the queue. Whether they arrived is unknown, so that goes on record."""
    for delivery in lapsed(now=now).select_for_update(skip_locked=True, of=("self",)).select_related("channel"):
        text = CUT_OFF.format(channel=delivery.channel)
        note(delivery, now, TimelineKind.UNCONFIRMED, text)
        cut_off = Attempt(sent=False, text=text, unconfirmed=True, others=bool(delivery.served))
        outcome.failed(delivery, cut_off, now, at_once=True)
        delivery.save()


def claim_next(*, now: datetime) -> Delivery | None:
    """Lease the most urgent waiting delivery; None when nothing waits."""
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                found = _claimed(now)
        except _NoTurnError:
            continue
        if found:
            fault.reached("message claimed")
        return found
    return None


def keep(delivery: Delivery, *, now: datetime) -> bool:
    """Store how far the sending got, and hold on to the lease. Returns whether it is still ours."""
    mine = Delivery.objects.filter(pk=delivery.pk, lease_token=delivery.lease_token)
    return bool(delivery.lease_token and mine.update(served=delivery.served, lease_until=now + LEASE))


@transaction.atomic
def finish(delivery: Delivery, attempt: Attempt, *, now: datetime) -> bool:
    """Write how an attempt ended, unless the lease went to somebody else meanwhile. Returns whether it was written."""
    mine = Delivery.objects.select_for_update().filter(pk=delivery.pk, lease_token=delivery.lease_token)
    if not delivery.lease_token or not mine.exists():
        outcome.log.warning("Delivery %s took longer than its lease; whoever took it over decides.", delivery.key)
        return False
    if attempt.sent:
        outcome.succeeded(delivery, attempt, now)
    else:
        outcome.failed(delivery, attempt, now)
    delivery.save()
    fault.reached("outcome written")
    return True


def _claimed(now: datetime) -> Delivery | None:
    """The delivery to send, with everything that it makes needless put aside in the same transaction."""
    # In a statement of its own: PostgreSQL may run a subquery with a limit more than once, and take two rows.
    first = _by_urgency(waiting(now=now)).select_for_update(skip_locked=True).values_list("pk", flat=True)[:1]
    chosen = Delivery.objects.filter(pk__in=list(first))
    token, claimed = claim(chosen, now=now, lease=LEASE, status=DeliveryStatus.SENDING, attempts=F("attempts") + 1)
    if not claimed:
        return None
    rows = Delivery.objects.select_related("channel__team", "channel__person", "incident")
    delivery = needless.put_aside(rows.get(lease_token=token), rows, now=now)
    if not channelstate.take_turn(delivery.channel, per_second=policy_of(delivery.channel).per_second, now=now):
        raise _NoTurnError
    return delivery


def _by_urgency(rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Tests first, because a person waits for them; then by severity. A subquery, since a join cannot be locked."""
    severity = Subquery(Incident.objects.filter(pk=OuterRef("incident_id")).values("severity"))
    ranks = [When(of_incident=value, then=rank) for rank, value in enumerate(Severity.values, 1)]
    return rows.annotate(of_incident=severity).order_by(Case(*ranks, default=0), "due_at", "pk")
