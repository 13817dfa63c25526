"""News of open incidents of which nobody heard: that one began, came back, stands by itself, or got more severe.

Each is a line of the timeline that names its event. The deliveries of the event have its name in their keys, and so has
the line that says why nobody was told; what has neither was forgotten. A reason for another event explains nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat

from apps.alerts.incidents import order
from apps.alerts.models import Delivery, DeliveryKind, DeliveryStatus, Incident, TimelineEntry, TimelineKind
from apps.alerts.outbox.events import Event
from apps.alerts.outbox.telling import announce

# From the last of these on, people are to hear of it; what was before is over.
BEGIN = (TimelineKind.DETECTED, TimelineKind.REOPENED, TimelineKind.SPLIT, TimelineKind.GROUPED)
NEWS = (TimelineKind.DETECTED, TimelineKind.REOPENED, TimelineKind.SPLIT, TimelineKind.CHANGED)
ANSWERS = (TimelineKind.SENT, TimelineKind.SUPPRESSED)
CLOCKS_DIFFER = timedelta(minutes=1)


def lines(leads: QuerySet[Incident], *, before: datetime, now: datetime) -> QuerySet[TimelineEntry]:
    """The news about these incidents from before then that neither arrived nor is on its way, and of which nothing says
    why. Who acknowledged an incident after it knows it."""
    entries = TimelineEntry.objects.filter(incident=OuterRef("incident"))
    since = entries.filter(kind__in=BEGIN, pk__gt=OuterRef("pk")).exclude(event="")
    answered = entries.filter(kind__in=ANSWERS, event=OuterRef("event"))
    due = Q(at__lt=before) | Q(at__gt=now + CLOCKS_DIFFER)  # the clock was put back since
    unknown = Q(incident__acknowledged_at=None) | Q(incident__acknowledged_at__lt=F("at"))
    news = TimelineEntry.objects.filter(due, unknown, incident__in=leads, kind__in=NEWS).exclude(event="")
    on_its_way = _deliveries().exclude(status=DeliveryStatus.DEAD)
    return news.filter(~Exists(since), ~Exists(answered), ~Exists(on_its_way))


@transaction.atomic
def announce_anew(leads: QuerySet[Incident], *, before: datetime, now: datetime) -> int:
    """Announce what was never announced. A message that was given up is not made anew: it has its own Replay."""
    found = lines(leads, before=before, now=now).filter(~Exists(_deliveries()))
    free = order.try_hold(found.order_by().values_list("incident__team_id", flat=True).distinct())
    rows = found.filter(incident__team__in=free).select_for_update(skip_locked=True, of=("self",))
    events = [_event(line) for line in rows.select_related("incident__team").order_by("pk")]
    announce(events, now=now)
    return len(events)


def _deliveries() -> QuerySet[Delivery]:
    """Those of the event that a line names."""
    key = Concat(Value("-"), OuterRef("event"), Value("-channel-"))
    return Delivery.objects.filter(incident=OuterRef("incident"), key__contains=key)


def _event(line: TimelineEntry) -> Event:
    """The event that a line names, anew: `event-3` is the beginning itself, `changed-severity-…` has a serial."""
    incident, (kind, _, serial) = line.incident, line.event.partition("-")
    if kind == DeliveryKind.CHANGED:
        return Event(incident, DeliveryKind.CHANGED, incident.facts | {"change": line.text}, serial=serial)
    heard = tuple(incident.channels.order_by("pk").values_list("pk", flat=True))
    if kind == DeliveryKind.OPENED:
        return Event(incident, DeliveryKind.OPENED, incident.facts, channel_ids=heard, serial=serial)
    again = DeliveryKind.REOPENED if incident.reopened else DeliveryKind.OPENED
    return Event(incident, again, incident.facts, channel_ids=heard)
