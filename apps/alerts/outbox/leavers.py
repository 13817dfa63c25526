"""Messages to people who left the team, or may not sign in any more, while their messages waited: never sent."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.alerts.models import Delivery, DeliveryStatus, TimelineKind
from apps.alerts.outbox.outcome import note
from apps.teams.models import Member, Purpose

LEFT = "{person} is not in the team any more, so the message to {person} is not sent."


def to_leavers(*, now: datetime) -> QuerySet[Delivery]:
    """What is due to people who may not see it any more. Midwatch's own team has receivers and no members."""
    member = Member.objects.filter(team=OuterRef("channel__team"), user=OuterRef("channel__person"))
    gone = Q(channel__person__is_active=False) | (Q(channel__team__purpose=Purpose.PEOPLE) & ~Exists(member))
    due = Delivery.objects.filter(status=DeliveryStatus.QUEUED, due_at__lte=now)
    return due.filter(gone, channel__person__isnull=False)


@transaction.atomic
def put_aside(*, now: datetime) -> None:
    """Take them out of the queue, with a line in the timeline each."""
    rows = to_leavers(now=now).select_for_update(skip_locked=True, of=("self",)).select_related("channel__person")
    for delivery in rows:
        delivery.status = DeliveryStatus.SUPERSEDED
        delivery.save(update_fields=["status"])
        note(delivery, now, TimelineKind.SUPPRESSED, LEFT.format(person=delivery.channel.person))
