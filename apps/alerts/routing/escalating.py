"""The steps of escalations: who is told next while nobody acknowledges an incident."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Max, QuerySet

from apps.alerts.incidents import order
from apps.alerts.incidents.nextact import began_at
from apps.alerts.incidents.parts import good_now
from apps.alerts.models import (
    DeliveryKind,
    EscalationStep,
    Incident,
    IncidentStatus,
    TimelineEntry,
    TimelineKind,
)
from apps.alerts.outbox.events import Address, Event
from apps.alerts.outbox.telling import announce
from apps.alerts.routing.reading import duty_of
from apps.alerts.routing.recipients import addresses_of
from apps.common.bulk import update_rows
from apps.common.durations import limit_words
from apps.common.records import record

AT_ONCE = 200  # incidents per transaction
TOLD = "Nobody acknowledged it within {waited}, so step {step} of the escalation “{escalation}” tells {names}."
NOBODY = (
    "Nobody acknowledged it within {waited}, but step {step} of the escalation “{escalation}” leads to nobody: its "
    "channels are gone, its people left the team, or nobody is on duty. Choose somebody on the page Routing."
)


@record
class Due:
    """A step that is to be taken for an incident: the first is number 1."""

    incident: Incident
    step: EscalationStep
    number: int
    steps: int


def take_steps(*, now: datetime) -> int:
    """Take the next step of every incident for which it is due. Returns how many were taken; call again for more.

    What is due is locked, so that of two dispatchers one takes the step, and looked at again under the lock: somebody
    may have acknowledged meanwhile. Each step has a key of its own, so that nobody hears of it twice.
    """
    seen = {due.incident.pk: due.incident.team_id for due in _due(_waiting(), now)[:AT_ONCE]}
    if not seen:
        return 0
    with transaction.atomic():
        free = order.try_hold(seen.values())
        locked = Incident.objects.select_for_update(skip_locked=True, no_key=True).filter(pk__in=seen, team__in=free)
        locked = locked.order_by("pk")
        taken = _due(_waiting().filter(pk__in=list(locked.values_list("pk", flat=True))), now)
        _take(taken, now)
    return len(taken)


def due_at(
    *, began: datetime, steps: Sequence[EscalationStep], taken: int, paused_at: datetime | None = None
) -> datetime | None:
    """When the next of `steps` is to be taken; None when all are. Pure.

    `paused_at` is when the last step was taken or a snooze ended: from then on the time between two steps is kept, so
    that the later ones are not told at once.
    """
    if taken >= len(steps):
        return None
    delay = timedelta(minutes=steps[taken].after_minutes)
    before = timedelta(minutes=steps[taken - 1].after_minutes) if taken else timedelta()
    return max(began + delay, paused_at + delay - before) if paused_at else began + delay


def delays_left(incidents: Sequence[Incident], *, now: datetime) -> dict[int, list[timedelta]]:
    """When the next step of each of these incidents is due, as a delay after its beginning; nothing where none is."""
    escalating = [row for row in incidents if row.escalation_id]
    good = good_now(escalating)
    waiting = [row for row in escalating if row.pk not in good]
    steps, paused = steps_of({row.escalation_id for row in waiting}), _paused(waiting, now)
    found = {}
    for row in waiting:
        at = due_at(
            began=began_at(row),
            steps=steps.get(row.escalation_id or 0, []),
            taken=row.escalation_step,
            paused_at=paused.get(row.pk),
        )
        found[row.pk] = [at - began_at(row)] if at else []
    return found


def _waiting() -> QuerySet[Incident]:
    """The incidents of which nobody has taken care, and whose escalation has steps left."""
    rows = Incident.objects.filter(status=IncidentStatus.OPEN, merged_into=None, snooze="", escalation__isnull=False)
    rows = rows.annotate(step_count=Count("escalation__steps")).filter(escalation_step__lt=F("step_count"))
    return rows.select_related("escalation", "team").order_by("pk")


def _due(rows: QuerySet[Incident], now: datetime) -> list[Due]:
    incidents = list(rows)
    delays = delays_left(incidents, now=now)
    ready = [row for row in incidents if any(began_at(row) + delay <= now for delay in delays.get(row.pk, ()))]
    steps = steps_of({row.escalation_id for row in ready})
    found = []
    for row in ready:
        own = steps[row.escalation_id or 0]
        found.append(Due(row, own[row.escalation_step], row.escalation_step + 1, len(own)))
    return found


def _paused(incidents: Sequence[Incident], now: datetime) -> dict[int, datetime]:
    if not incidents:
        return {}
    lines = TimelineEntry.objects.filter(
        incident__in=[row.pk for row in incidents], kind__in=(TimelineKind.ESCALATED, TimelineKind.SNOOZED)
    )
    lines = lines.filter(at__lte=now)  # a later one was written before the clock was put back
    return dict(lines.values("incident").annotate(last=Max("at")).order_by().values_list("incident", "last"))


def steps_of(escalations: set[int | None]) -> dict[int, list[EscalationStep]]:
    """The steps of each escalation in their order, with whom they tell."""
    if not escalations:
        return {}
    rows = EscalationStep.objects.filter(escalation__in=escalations).order_by("after_minutes", "pk")
    rows = rows.select_related("rotation", "escalation").prefetch_related("channels", "people", "rotation__turns")
    steps: dict[int, list[EscalationStep]] = {}
    for row in rows:
        steps.setdefault(row.escalation_id, []).append(row)
    return steps


def _take(taken: Sequence[Due], now: datetime) -> None:
    if not taken:
        return
    duty = duty_of([due.step.rotation for due in taken if due.step.rotation], now=now)
    events = {_event(due, duty, now): due for due in taken}
    told = addresses_of(list(events), now=now)
    lines = [_line(due, told[event], now) for event, due in events.items()]
    TimelineEntry.objects.bulk_create(lines)
    announce([event for event in events if told[event]], now=now)
    update_rows(Incident, ["escalation_step"], [(due.number, due.incident.pk) for due in taken])


def event_of(
    incident: Incident, step: EscalationStep, duty: Mapping[int, tuple[int, ...]], facts: Mapping[str, Any], serial: str
) -> Event:
    """What a step tells: to its channels, its people and whoever is on duty."""
    return Event(
        incident,
        DeliveryKind.ESCALATED,
        {**incident.facts, **facts},
        channel_ids=tuple(channel.pk for channel in step.channels.all()),
        people=(*(person.pk for person in step.people.all()), *duty.get(step.rotation_id or 0, ())),
        serial=serial,
    )


def _event(due: Due, duty: Mapping[int, tuple[int, ...]], now: datetime) -> Event:
    incident = due.incident
    facts = {
        "escalation": str(incident.escalation),
        "step": due.number,
        "steps": due.steps,
        "waited_seconds": (now - began_at(incident)).total_seconds(),
    }
    # A step of the same number is another one when the incident came back.
    again = f"-return-{incident.reopened}" if incident.reopened else ""
    return event_of(incident, due.step, duty, facts, f"step-{due.number}{again}")


def _line(due: Due, addresses: Sequence[Address], now: datetime) -> TimelineEntry:
    names = " and ".join(address.channel.name for address in addresses)
    text = (TOLD if addresses else NOBODY).format(
        waited=limit_words(timedelta(minutes=due.step.after_minutes)),
        step=due.number,
        escalation=due.incident.escalation,
        names=names,
    )
    return TimelineEntry(incident=due.incident, at=now, kind=TimelineKind.ESCALATED, text=text)
