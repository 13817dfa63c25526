"""Who is told of an event: the rule's own channels and people, else where the team's routes lead.

A constant number of statements, however many events there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import prefetch_related_objects

from apps.alerts.models import Channel, DeliveryKind, Incident
from apps.alerts.outbox.events import BEGINNINGS, Address, Event
from apps.alerts.routing.matching import RouteValues, route_for
from apps.alerts.routing.people import Pair, managers_of, personal_channels, present
from apps.alerts.routing.reading import routes_of
from apps.common.records import record

Routes = Mapping[int, Sequence[RouteValues]]
BY_RULE = "{rule} names this channel."
BY_NAME = "{rule} names you."
BY_ROUTE = "the route “{route}” of the team {team} leads here."
BY_RISE = "it became {severity}, and the route “{route}” of the team {team} leads here."
BY_STEP = "nobody has acknowledged it, and the escalation “{escalation}” leads here next."
BY_RANK = "neither the rule nor a route of the team {team} leads to anybody, and you manage the team."
LEFT = "nobody who was told of its beginning can be told any more, and you manage the team."
HEARD = "you heard of its beginning."


@record
class Wanted:
    """Who is to be told of one event, by number, and why."""

    channels: tuple[tuple[int, str], ...] = ()
    people: tuple[tuple[int, str], ...] = ()


def addresses_of(
    events: Sequence[Event], *, now: datetime, make: bool = True, routes: Routes | None = None
) -> dict[Event, list[Address]]:
    """Whom each event is told, each once, in a stable order; with `make`, members get their own channels where they
    have none yet. `routes`: those of their teams, where they were read already.

    A channel that is gone or another team's is left out, and so is whoever left the team; a person whose address is in
    a mail channel that is told anyway is not told twice. A beginning, a severity that rose or a reminder that would
    reach nobody reaches the managers of the team. The incident of a beginning learns its escalation.
    """
    prefetch_related_objects([event.incident for event in events], "team")
    if routes is None:
        routes = routes_of({event.incident.team_id for event in events if event.is_routed}, now=now)
    found = _reached(_wanted(events, routes), make=make)
    lost = [event for event in events if (event.is_routed or event.kind == DeliveryKind.REMINDER) and not found[event]]
    managers = managers_of({event.incident.team_id for event in lost})
    by_rank = {event: _by_rank(event, managers.get(event.incident.team_id, ())) for event in lost}
    return found | _reached(by_rank, make=make)


def _by_rank(event: Event, managers: Sequence[int]) -> Wanted:
    because = BY_RANK.format(team=event.incident.team.name) if event.kind in BEGINNINGS else LEFT
    return Wanted(people=tuple((pk, because) for pk in managers))


def _wanted(events: Sequence[Event], routes: Routes) -> dict[Event, Wanted]:
    heard = _heard([event for event in events if event.kind not in BEGINNINGS and not event.names_anybody])
    wanted = {}
    for event in events:
        route = route_for(event.incident, routes.get(event.incident.team_id, ())) if event.is_routed else None
        if event.kind in BEGINNINGS:
            wanted[event] = _at_beginning(event, route)
        elif event.names_anybody:
            because = _later_reason(event)
            wanted[event] = _both(event.channel_ids, event.people, because, because)
        else:
            wanted[event] = _when_worse(event, route, _both(heard.get(event.incident.pk, ()), (), HEARD, HEARD))
    return wanted


def _at_beginning(event: Event, route: RouteValues | None) -> Wanted:
    """Channels that the rule names stand in place of the route's; the people whom it names are told beside either. The
    escalation is the route's in any case."""
    event.incident.escalation_id = route.escalation_id if route else None
    rule = _rule_words(event)
    named = _both(event.channel_ids, event.people, BY_RULE.format(rule=rule), BY_NAME.format(rule=rule))
    if event.channel_ids or route is None:
        return named
    because = BY_ROUTE.format(route=route.name, team=event.incident.team.name)
    routed = _both(route.channels, route.people, because, because)
    return Wanted(routed.channels, (*named.people, *routed.people))


def _rule_words(event: Event) -> str:
    """The rule that found it. What concerns many rules, such as a broken connection, is told to whom any of them names;
    a preview has no facts."""
    if name := event.facts.get("rule"):
        return f"the rule “{name}”"
    return "a rule that this concerns" if event.facts.get("situation") else "the rule"


def _when_worse(event: Event, route: RouteValues | None, heard: Wanted) -> Wanted:
    """Where an incident of this severity would be told hears of it beside those who heard of it before."""
    incident = event.incident
    if route is None:
        return heard
    incident.escalation_id = incident.escalation_id or route.escalation_id
    because = BY_RISE.format(severity=incident.severity, route=route.name, team=incident.team.name)
    routed = _both(route.channels, route.people, because, because)
    return Wanted((*routed.channels, *heard.channels), routed.people)


def _later_reason(event: Event) -> str:
    escalation = event.facts.get("escalation")
    return BY_STEP.format(escalation=escalation) if event.kind == DeliveryKind.ESCALATED and escalation else HEARD


def _both(channels: Sequence[int], people: Sequence[int], by_channel: str, by_name: str) -> Wanted:
    return Wanted(tuple((pk, by_channel) for pk in channels), tuple((pk, by_name) for pk in people))


def _reached(wanted: Mapping[Event, Wanted], *, make: bool) -> dict[Event, list[Address]]:
    channels = Channel.every.select_related("person").in_bulk(
        {pk for each in wanted.values() for pk, _ in each.channels}
    )
    named = {(event.incident.team_id, pk) for event, each in wanted.items() for pk, _ in each.people}
    own = {(row.team_id, row.person_id) for row in channels.values() if row.person_id}
    members = present(named | own)
    personal = personal_channels({pair: user for pair, user in members.items() if pair in named}, make=make)
    able = {pk: row for pk, row in channels.items() if not row.person_id or (row.team_id, row.person_id) in members}
    return {event: _addresses(event.incident.team_id, each, able, personal) for event, each in wanted.items()}


def _addresses(
    team_id: int, wanted: Wanted, channels: Mapping[int, Channel], personal: Mapping[Pair, Channel]
) -> list[Address]:
    """Mail channels with many addresses come first; one whose people were all told already is left out, and of one that
    shares some of them the others get a mail."""
    rows = {pk: channels[pk] for pk, _ in wanted.channels if pk in channels and channels[pk].team_id == team_id}
    why = dict(wanted.channels)
    found: list[Address] = []
    told: set[str] = set()
    for pk in sorted(rows, key=lambda pk: (rows[pk].person_id is not None, -len(_mail_addresses(rows[pk])), pk)):
        addresses = _mail_addresses(rows[pk])
        if not addresses or not addresses <= told:
            found.append(Address(rows[pk], why[pk], without=tuple(sorted(addresses & told))))
        told |= addresses
    for user_id, because in wanted.people:
        channel = personal.get((team_id, user_id))
        if channel and not _mail_addresses(channel) <= told:
            found.append(Address(channel, because))
            told |= _mail_addresses(channel)
    return found


def _mail_addresses(channel: Channel) -> set[str]:
    """Whom a mail channel reaches; of channels of other types nobody knows."""
    if channel.person:
        return {channel.person.email.casefold()}
    return {address.casefold() for address in channel.settings.get("to", [])} if channel.type == "email" else set()


def _heard(events: Sequence[Event]) -> dict[int, list[int]]:
    if not events:
        return {}
    told: Any = Incident.channels.through
    links = told.objects.filter(incident__in={event.incident.pk for event in events}).order_by("channel_id")
    heard: dict[int, list[int]] = {}
    for incident_id, channel_id in links.values_list("incident_id", "channel_id"):
        heard.setdefault(incident_id, []).append(channel_id)
    return heard
