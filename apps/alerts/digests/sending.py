"""Sends digests: at their time, once per person and day; and now, to whoever asks for one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from apps.alerts.digests.timing import Schedule
from apps.alerts.digests.wishes import schedule_of, wishes_of
from apps.alerts.models import Delivery, DeliveryKind, Digest, Preference
from apps.alerts.watching.ownteam import own_channels
from apps.common.records import record
from apps.teams.models import User

log = logging.getLogger("midwatch.alerts")


@record
class Period:
    """The time that a digest is about. `how` is daily or weekly."""

    how: str
    begins: datetime
    ends: datetime


# What stands in the digest of a person; None when there is nothing that they may see.
FactsOf = Callable[[User, Period], dict[str, Any] | None]


def send_due_digests(*, facts_of: FactsOf, now: datetime) -> int:
    """Queue every digest whose time has come. Returns how many. One that fails does not stop the others."""
    done = 0
    for pk in list(Preference.objects.filter(next_digest_at__lte=now).values_list("pk", flat=True)):
        try:
            done += _send(pk, facts_of, now)
        except Exception:  # the others must get theirs, and the next minute tries this one again
            log.exception("The digest of preference %s failed; it is tried again in a minute.", pk)
    return done


def send_digest(*, user: User, facts_of: FactsOf, now: datetime) -> Delivery | None:
    """Queue a digest as it would be now. Asked for twice within a minute, it is one."""
    facts = facts_of(user, period_until(user, now))
    return _queue(user, f"digest-{user.pk}-now-{now:%Y%m%dT%H%M}", facts, now) if facts else None


def period_until(user: User, now: datetime) -> Period:
    """What a digest that came now would be about: a day, or a week for whoever chose that."""
    wishes = wishes_of(user)
    how = Digest.WEEKLY if wishes.digest == Digest.WEEKLY else Digest.DAILY
    local = now.astimezone(ZoneInfo(user.timezone))
    same_time = Schedule(local.time(), user.timezone, local.weekday() if how == Digest.WEEKLY else None)
    return Period(how, same_time.before(now), now)


@transaction.atomic
def _send(pk: int, facts_of: FactsOf, now: datetime) -> int:
    rows = Preference.objects.select_for_update(skip_locked=True, of=("self",)).select_related("user")
    row = rows.filter(pk=pk, next_digest_at__lte=now).first()
    if row is None or row.next_digest_at is None:
        return 0  # somebody else just sends it
    user, slot = row.user, row.next_digest_at
    schedule = schedule_of(user, wishes_of(user)) if user.is_active else None
    facts = facts_of(user, Period(row.digest, schedule.before(slot), now)) if schedule else None
    if facts:
        _queue(user, f"digest-{user.pk}-{slot.astimezone(ZoneInfo(user.timezone)):%Y-%m-%d}", facts, now)
    # However many were missed while nothing ran, one tells of all that time.
    row.next_digest_at = schedule.after(now) if schedule else None
    row.save(update_fields=["next_digest_at"])
    return int(facts is not None)


def _queue(user: User, key: str, facts: dict[str, Any], now: datetime) -> Delivery:
    channel = own_channels([user])[user.pk]
    row = Delivery(channel=channel, kind=DeliveryKind.DIGEST, key=key, facts=facts, created_at=now, due_at=now)
    Delivery.objects.bulk_create([row], ignore_conflicts=True)
    return Delivery.objects.get(key=key)
