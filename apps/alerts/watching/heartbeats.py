"""When each process last did its work. Alive is not enough: a process that hangs is alive."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max

from apps.alerts.models import Heartbeat
from apps.common.records import record

EVERY = timedelta(seconds=10)  # a heartbeat is written at most so often
PATIENCE = timedelta(minutes=1)  # six of them missed
FORGET = timedelta(days=7)  # a host that was taken out of service
EVERYWHERE = ""  # the host of what is done once for the whole installation


@record
class Work:
    """Work that must never rest: who does it, and how to bring it back."""

    process: str
    name: str
    remedy: str


# The worker has no line of its own: it rests while nothing is due, and checks that wait for it are noticed as late.
NEVER_RESTING = (
    Work(
        "beat",
        "The scheduler (beat with a worker)",
        "Nothing is checked. Start `manage.py up`, or in production beat and the worker, and read their logs.",
    ),
    Work(
        "dispatcher",
        "The dispatcher",
        "No message leaves. Start `manage.py up` or `manage.py dispatch`, and read its log.",
    ),
)


@record
class Stale:
    """Work that rests. `since` is when it was last done; None when never."""

    work: Work
    since: datetime | None


def beat(process: str, now: datetime, *, host: str | None = None, **details: Any) -> None:
    """Write down that `process` has just done work, at most once in ten seconds. Costs one read in between."""
    host = socket.gethostname() if host is None else host
    last = Heartbeat.objects.filter(process=process, host=host).values_list("worked_at", flat=True).first()
    if last is not None and abs(now - last) < EVERY:
        return
    Heartbeat.objects.bulk_create(
        [Heartbeat(process=process, host=host, worked_at=now, details=details)],
        update_conflicts=True,
        unique_fields=["process", "host"],
        update_fields=["worked_at", "details"],
    )


def last_worked() -> dict[str, datetime]:
    """When each process last worked on any host."""
    rows = Heartbeat.objects.order_by().values_list("process").annotate(Max("worked_at"))
    return dict(rows)


def resting(worked: Mapping[str, datetime], *, now: datetime, work: Iterable[Work] = NEVER_RESTING) -> list[Stale]:
    """What must never rest, and does."""
    lasts = ((each, worked.get(each.process)) for each in work)
    return [Stale(each, last) for each, last in lasts if last is None or now - last > PATIENCE]


def forget_hosts(*, now: datetime) -> int:
    """Remove the heartbeats of hosts that have not worked for a week."""
    return Heartbeat.objects.exclude(host=EVERYWHERE).filter(worked_at__lt=now - FORGET).delete()[0]
