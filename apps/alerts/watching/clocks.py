"""A clock that was put back: what was planned while it ran ahead would wait for as long as it was wrong.

A message knows by which time its own time was set (`planned_at`, else `created_at`); where that lies ahead, its wait
counts from now on. A deadline lies never further ahead than one of its severity can. An incident that began or was
reminded of in the future did so now. What a clock of another machine set, which differs by less than a minute, is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from apps.alerts.incidents import order
from apps.alerts.models import ChannelState, Delivery, DeliveryStatus, Incident, IncidentStatus
from apps.alerts.outbox.telling import deadline_of
from apps.alerts.watching.probes import Trouble
from apps.common.bulk import update_rows

DIFFER = timedelta(minutes=1)
TIMES = ("reminded_at", "acknowledged_at", "stable_since", "over_at", "fixed_at")
FOUND = (
    "The clock was put back: {messages} and {incidents} had times that it showed while it ran ahead, and would have "
    "waited until then. They wait no longer. Look at how the machines of Midwatch get their time."
)


def find_ahead(now: datetime) -> Trouble | None:
    """Whether anything waits for a time that a wrong clock set."""
    late = {row.pk for row in _planned(now)} | {row.pk for row, _ in _deadlines(now)}
    messages, incidents = len(late), _begun(now).count()
    if not messages + incidents:
        return None
    texts = (f"{number:,} {noun}{'' if number == 1 else 's'}"
             for number, noun in ((messages, "message"), (incidents, "incident")))  # fmt: skip
    words = dict(zip(("messages", "incidents"), texts, strict=True))
    return Trouble(messages + incidents, None, FOUND.format(**words))


@transaction.atomic
def pull_in(now: datetime) -> int:
    """Let all of it count from now on. Returns how much it was."""
    teams = order.try_hold(_begun(now).order_by().values_list("team_id", flat=True).distinct())
    free = (
        _begun(now).filter(team__in=teams).select_for_update(skip_locked=True, of=("self",), no_key=True).order_by("pk")
    )
    planned, deadlines, incidents = _planned(now), _deadlines(now), list(free)
    update_rows(Delivery, ["due_at", "planned_at"], [(_due(row, now), now, row.pk) for row in planned])
    update_rows(Delivery, ["deadline_at"], [(at, row.pk) for row, at in deadlines])
    paused = ChannelState.objects.filter(channel__in={row.channel_id for row in planned}, paused_until__gt=now)
    paused.update(paused_until=None)
    update_rows(Incident, ["facts", "next_action_at", *TIMES], [_anchored(row, now) for row in incidents])
    return len(planned) + len(deadlines) + len(incidents)


def _planned(now: datetime) -> list[Any]:
    """The messages that wait, and whose times were set in the future."""
    rows: QuerySet[Any] = Delivery.objects.annotate(planned=Coalesce("planned_at", "created_at"))
    waiting = Q(status=DeliveryStatus.QUEUED) | Q(status=DeliveryStatus.HELD)
    return list(rows.filter(waiting, due_at__gt=now, planned__gt=now + DIFFER))


def _due(row: Any, now: datetime) -> datetime:
    # What is held back is looked at again: it may have to wait for an hour that is right.
    return now if row.status == DeliveryStatus.HELD else row.due_at - (row.planned - now)


def _deadlines(now: datetime) -> list[tuple[Delivery, datetime]]:
    """The deadlines that lie further ahead than they can, with the latest that they can be."""
    open_ones = Delivery.objects.filter(status__in=(DeliveryStatus.QUEUED, DeliveryStatus.DEAD))
    latest = deadline_of("critical", now)
    return list(_too_late(open_ones.filter(deadline_at__gt=latest + DIFFER), now))


def _too_late(rows: QuerySet[Delivery], now: datetime) -> Iterator[tuple[Delivery, datetime]]:
    for row in rows:
        dead = row.status == DeliveryStatus.DEAD  # then it was now
        latest = now if dead else deadline_of(str(row.facts.get("severity", "")), now)
        if row.deadline_at and row.deadline_at > latest + DIFFER:
            yield row, latest


def _begun(now: datetime) -> QuerySet[Incident]:
    """The unresolved incidents to which something happened in the future."""
    limit = now + DIFFER
    ahead = Q(facts__opened_at__gt=limit.isoformat())
    for name in TIMES:
        ahead |= Q(**{f"{name}__gt": limit})
    return Incident.objects.filter(ahead).exclude(status=IncidentStatus.RESOLVED)


def _anchored(row: Incident, now: datetime) -> tuple[Any, ...]:
    """The row with its future times so much earlier that the last of them is now."""
    began = row.facts.get("opened_at")
    times = {name: at for name in TIMES if (at := getattr(row, name))}
    if began:
        times["opened_at"] = datetime.fromisoformat(began)
    step = max(times.values()) - now
    moved = {name: at - step if at > now else at for name, at in times.items()}
    opened = moved.pop("opened_at", None)
    facts = row.facts | ({"opened_at": opened.isoformat()} if opened else {})
    return (facts, now, *(moved.get(name) for name in TIMES), row.pk)
