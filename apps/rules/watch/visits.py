"""When a person was last here, so that the overview can tell what happened since."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from apps.common.records import record
from apps.rules.models import Visit
from apps.teams.models import User

PAUSE = timedelta(hours=1)  # whoever comes back sooner goes on with the visit
NOTICED = timedelta(minutes=1)  # within a visit, it is written down at most so often
FIRST = timedelta(days=1)  # what a person is told who was never here
FARTHEST = timedelta(days=31)


@record
class Since:
    """From when on a person is told what happened. `known`: it is the end of a visit; else it was chosen for them, as
    they were never here, or too long ago (`cut`)."""

    at: datetime
    known: bool
    cut: bool = False


def visited(user: User, now: datetime) -> Since:
    """Note that the person is here, and tell since when they were not."""
    row = Visit.objects.filter(user=user).first()
    if row is None:
        Visit.objects.get_or_create(user=user, defaults={"began_at": now, "seen_at": now})
        return since(None, now)
    before = row.before_at
    if now - row.seen_at > PAUSE:
        before = row.seen_at
        Visit.objects.filter(pk=row.pk).update(before_at=before, began_at=now, seen_at=now)
    elif now - row.seen_at >= NOTICED:
        Visit.objects.filter(pk=row.pk).update(seen_at=now)
    return since(before, now)


def since(before: datetime | None, now: datetime) -> Since:
    """From when on to tell, for a person whose visit before this one ended at `before`."""
    if before is None:
        return Since(now - FIRST, known=False)
    if now - before > FARTHEST:
        return Since(now - FARTHEST, known=False, cut=True)
    return Since(before, known=True)


def since_words(moment: Since, now: datetime) -> str:
    """`Since your last visit, yesterday 18:02 CET`, in the zone that is active."""
    if moment.cut:
        return "Your last visit is long ago. In the last 31 days"
    if not moment.known:
        return "In the last 24 hours"
    return f"Since your last visit, {day_words(moment.at, now)}"


def day_words(moment: datetime, now: datetime) -> str:
    """`today 09:10 CET`, `yesterday 18:02 CET`, `Friday 18:02 CET`, `3 Nov 18:02 CET`, in the zone that is active."""
    local, today = timezone.localtime(moment), timezone.localtime(now).date()
    ago = (today - local.date()).days
    near = {0: "today", 1: "yesterday"}
    day = near.get(ago) or (f"{local:%A}" if 1 < ago < 7 else f"{local.day} {local:%b}")
    return f"{day} {local:%H:%M %Z}"


def put_steps_away(user: User, now: datetime, *, away: bool) -> None:
    """Keep the first steps off the person's overview, or show them again."""
    Visit.objects.update_or_create(
        user=user, defaults={"steps_away": away}, create_defaults={"steps_away": away, "began_at": now, "seen_at": now}
    )


def away_for(user: User) -> QuerySet[Visit]:
    """Holds a row when the person has put the first steps away; to be asked within a query as well."""
    return Visit.objects.filter(user=user, steps_away=True)
