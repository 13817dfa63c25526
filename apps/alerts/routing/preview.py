"""Who would be told of an incident, if it began at a certain moment. Nothing is written, and nobody is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from apps.alerts.incidents.finding import Subject
from apps.alerts.models import Channel, DeliveryKind, EscalationStep, Incident
from apps.alerts.outbox.events import Address, Event
from apps.alerts.routing.escalating import event_of, steps_of
from apps.alerts.routing.matching import route_for
from apps.alerts.routing.reading import duty_of, routes_of
from apps.alerts.routing.recipients import addresses_of
from apps.alerts.silences.holding import holds_for
from apps.common.durations import limit_words
from apps.common.records import record
from apps.teams.models import Team

NIGHT = time(3)


@record
class Told:
    """Somebody who would be told: the channel's or the person's name, why, and the sentence on why the message would
    wait; empty when it would go at once."""

    name: str
    because: str
    held: str = ""


@record
class ToldLater:
    """A step of the escalation that would be taken if nobody acknowledged."""

    at: datetime
    after: str
    told: tuple[Told, ...]


@record
class Preview:
    """`route` is the first that matches, `escalation` the one that it leads to; empty where there is none. `named`: the
    rule names channels itself, so the route gives the escalation alone."""

    at: datetime
    route: str
    named: bool
    escalation: str
    told: tuple[Told, ...]
    steps: tuple[ToldLater, ...]


def who_is_told(
    *,
    team: Team,
    severity: str,
    subject: Subject,
    channel_ids: Sequence[int] = (),
    people: Sequence[int] = (),
    at: datetime,
) -> Preview:
    """Who would be told of an incident of this severity about `subject` that began at `at`. `channel_ids` and `people`
    (users) are those that its rule names."""
    incident = _incident(team, severity, subject, at)
    routes = routes_of({team.pk}, now=at)
    route = route_for(incident, routes.get(team.pk, ()))
    beginning = Event(incident, DeliveryKind.OPENED, incident.facts, tuple(channel_ids), tuple(people))
    found = addresses_of([beginning], now=at, make=False, routes=routes)
    # addresses_of gave the incident its escalation
    steps = steps_of({incident.escalation_id}).get(incident.escalation_id or 0, [])
    return Preview(
        at=at,
        route=route.name if route else "",
        named=bool(channel_ids),
        escalation=str(steps[0].escalation) if steps else "",
        told=_told(beginning, found[beginning], at),
        steps=tuple(_later(incident, step, at) for step in steps),
    )


def moments_to_show(*, now: datetime, timezone: str) -> list[tuple[str, datetime]]:
    """The moments for which people ask: now, and the deepest night of this zone, each with its name."""
    return [("Now", now), (f"At {NIGHT:%H:%M} ({timezone})", next_night(now=now, timezone=timezone))]


def next_night(*, now: datetime, timezone: str) -> datetime:
    """The next time that clocks in this zone show 03:00."""
    local = now.astimezone(ZoneInfo(timezone))
    tonight = datetime.combine(local.date(), NIGHT, local.tzinfo)
    return tonight if local < tonight else datetime.combine(local.date() + timedelta(days=1), NIGHT, local.tzinfo)


def _incident(team: Team, severity: str, subject: Subject, at: datetime) -> Incident:
    """One that is never stored."""
    facts: dict[str, Any] = {"opened_at": at.isoformat()}
    return Incident(
        team=team,
        severity=severity,
        opened_at=at,
        last_seen_at=at,
        next_action_at=at,
        connection_id=subject.connection_id,
        rule_id=subject.rule_id,
        kind=subject.kind,
        table=subject.table,
        tags=list(subject.tags),
        owner=subject.owner,
        facts=facts,
    )


def _later(incident: Incident, step: EscalationStep, began: datetime) -> ToldLater:
    delay = timedelta(minutes=step.after_minutes)
    at = began + delay
    duty = duty_of([step.rotation], now=at) if step.rotation else {}
    event = event_of(incident, step, duty, {"escalation": str(step.escalation)}, f"step-{step.pk}")
    return ToldLater(at, limit_words(delay), _told(event, addresses_of([event], now=at, make=False)[event], at))


def _told(event: Event, addresses: Sequence[Address], at: datetime) -> tuple[Told, ...]:
    pairs: list[tuple[Event, Channel]] = [(event, address.channel) for address in addresses]
    holds = holds_for(pairs, now=at)
    return tuple(
        Told(address.channel.name, address.because, hold.reason if hold else "")
        for address, hold in zip(addresses, holds, strict=True)
    )
