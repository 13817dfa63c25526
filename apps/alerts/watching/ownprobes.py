"""The probes of alerts: an incident that nobody heard of, work that nobody takes up, processes that rest."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, F, Min, QuerySet

from apps.alerts.models import Delivery, Incident, IncidentStatus, TimelineEntry
from apps.alerts.outbox import queue
from apps.alerts.watching import canary, unheard
from apps.alerts.watching.clocks import find_ahead, pull_in
from apps.alerts.watching.heartbeats import last_worked, resting
from apps.alerts.watching.probes import Probe, Trouble
from apps.common.durations import elapsed_words

PATIENCE = timedelta(minutes=2)  # what a dispatcher that works has long done
FARTHEST = timedelta(days=31)  # no reminder is planned further ahead; a wrong clock may have done it


def leads() -> QuerySet[Incident]:
    """The incidents that people are to hear of."""
    return Incident.objects.exclude(status=IncidentStatus.RESOLVED).exclude(key=canary.KEY).filter(merged_into=None)


def find_untold(now: datetime) -> Trouble | None:
    return _trouble(
        unheard.lines(leads(), before=now - PATIENCE, now=now),
        "at",
        "{Count} of an open incident (that it began, came back or got more severe) reached nobody, since {since}: no "
        "message arrived or waits, and nothing says why. What was never announced is announced now. Look at the "
        "incidents, and at channels that give messages up.",
        ("piece of news", "pieces of news"),
    )


def tell_untold(now: datetime) -> int:
    return unheard.announce_anew(leads(), before=now - PATIENCE, now=now)


def find_forgotten(now: datetime) -> Trouble | None:
    return _trouble(
        _forgotten(now) | leads().filter(next_action_at__lt=now - PATIENCE),
        "next_action_at",
        "For {count} a reminder, an escalation step or the end of a snooze is overdue or out of sight ({since}). "
        "Read the log of the dispatcher: it says which act failed.",
        ("open incident", "open incidents"),
    )


def remember_forgotten(now: datetime) -> int:
    return _forgotten(now).update(next_action_at=now)


def _forgotten(now: datetime) -> QuerySet[Incident]:
    """Whose next act lies so far ahead that no plan can have meant it."""
    return leads().filter(next_action_at__gt=now + FARTHEST, snooze="")


def find_lapsed(now: datetime) -> Trouble | None:
    return _trouble(
        queue.lapsed(now=now).filter(lease_until__lt=now - PATIENCE),
        "lease_until",
        "The sending of {count} was cut off, since {since}, and no dispatcher took them back. They are taken back now.",
        ("message", "messages"),
    )


def take_back_lapsed(now: datetime) -> int:
    lapsed = queue.lapsed(now=now).count()
    queue.take_back(now=now)
    return lapsed


def find_unsent(now: datetime) -> Trouble | None:
    return _trouble(
        queue.waiting(now=now).filter(due_at__lt=now - PATIENCE),
        "due_at",
        "{Count} could have been sent since {since}, and nobody does it: the dispatcher does not run, or does not keep "
        "up. Start `manage.py up` or one more `manage.py dispatch`.",
        ("message", "messages"),
    )


def find_resting(now: datetime) -> Trouble | None:
    """Which processes rest that never must."""
    stale = resting(last_worked(), now=now)
    if not stale:
        return None
    words = [f"{each.work.name} {_rests(each.since, now)}. {each.work.remedy}" for each in stale]
    return Trouble(len(stale), min((each.since for each in stale if each.since), default=None), " ".join(words))


def _rests(since: datetime | None, now: datetime) -> str:
    return f"has done no work for {elapsed_words(now - since)}" if since else "has not done any work yet"


Rows = QuerySet[Incident] | QuerySet[Delivery] | QuerySet[TimelineEntry]


def _trouble(rows: Rows, time: str, text: str, nouns: tuple[str, str]) -> Trouble | None:
    found = rows.order_by().aggregate(count=Count("pk"), since=Min(F(time)))
    number, since = found["count"], found["since"]
    if not number:
        return None
    words = f"{number:,} {nouns[number != 1]}"
    return Trouble(number, since, text.format(count=words, Count=words, since=f"{since:%-d %b %H:%M} UTC"))


PROBES = (
    Probe(
        name="processes",
        title="A part of Midwatch does not work",
        over="Every part of Midwatch works again",
        find=find_resting,
        banner=True,
    ),
    Probe(
        name="messages",
        title="Messages are late",
        over="Messages are on time again",
        find=find_unsent,
        banner=True,
    ),
    Probe(
        name="untold",
        title="Nobody has heard of an open incident",
        over="Of every open incident somebody has heard",
        find=find_untold,
        repair=tell_untold,
    ),
    Probe(
        name="next-act",
        title="Reminders or escalations are late",
        over="Reminders and escalations are on time again",
        find=find_forgotten,
        repair=remember_forgotten,
    ),
    Probe(
        name="clock",
        title="The clock was put back",
        over="Nothing waits for times of a wrong clock any more",
        find=find_ahead,
        repair=pull_in,
    ),
    Probe(
        name="leases",
        title="Messages that were cut off are not taken back",
        over="Messages that were cut off are taken back again",
        find=find_lapsed,
        repair=take_back_lapsed,
    ),
    Probe(
        name="canary",
        title="The way of an alert is not proven",
        over="The way of an alert is proven again",
        find=canary.find_unproven,
    ),
)
