"""A person's own wishes: quiet hours, and when a digest comes."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import datetime, time

from django.db import transaction

from apps.alerts.digests.timing import Schedule
from apps.alerts.models import Delivery, Digest, Preference
from apps.alerts.silences.releasing import look_again
from apps.common.errors import InvalidInput
from apps.common.records import record
from apps.teams.models import User

HALF = "Quiet hours need both a beginning and an end. Enter both, or leave both empty."
NO_LENGTH = "Quiet hours that end when they begin would have no length. Choose another end."


@record
class Wishes:
    """See the model. Times are meant in the person's own time zone."""

    quiet_from: time | None = None
    quiet_until: time | None = None
    quiet_weekends: bool = False
    digest: str = Digest.NONE
    digest_at: time = time(8)
    digest_weekday: int = 0


def wishes_of(user: User) -> Wishes:
    """What the person chose; the defaults where they have not chosen yet."""
    row = Preference.objects.filter(user=user).first()
    return Wishes(**{each.name: getattr(row, each.name) for each in fields(Wishes)}) if row else Wishes()


def schedule_of(user: User, wishes: Wishes) -> Schedule | None:
    """When digests come; None when the person wants none."""
    if wishes.digest == Digest.NONE:
        return None
    weekly = wishes.digest == Digest.WEEKLY
    return Schedule(wishes.digest_at, user.timezone, wishes.digest_weekday if weekly else None)


def give_weekly_digest(*, user: User, now: datetime) -> None:
    """Give a newcomer the weekly digest, unless they chose something already."""
    if not Preference.objects.filter(user=user).exists():
        save_wishes(user=user, wishes=Wishes(digest=Digest.WEEKLY), now=now)


@transaction.atomic
def save_wishes(*, user: User, wishes: Wishes, now: datetime) -> Preference:
    """Keep what the person chose. What quiet hours hold back is looked at again at once. Raises InvalidInput."""
    if (wishes.quiet_from is None) != (wishes.quiet_until is None):
        raise InvalidInput(HALF, field="quiet_until" if wishes.quiet_until is None else "quiet_from")
    if wishes.quiet_from is not None and wishes.quiet_from == wishes.quiet_until:
        raise InvalidInput(NO_LENGTH, field="quiet_until")
    row = Preference.objects.select_for_update().filter(user=user).first() or Preference(user=user)
    for name, value in asdict(wishes).items():
        setattr(row, name, value)
    schedule = schedule_of(user, wishes)
    row.next_digest_at = schedule.after(now) if schedule else None
    row.save()
    look_again(Delivery.objects.filter(channel__person=user), now=now)
    return row
