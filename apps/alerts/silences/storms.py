"""The storm valve: when very much breaks at once, a team gets one roll-up instead of a message each.

Ten beginnings of a team within ten minutes go out by themselves, and ten critical ones beside them; so do ten steps of
escalations. The further ones are counted in one roll-up per channel; what follows them goes into the next one, unless a
message of their own was sent meanwhile.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from apps.alerts.models import Delivery, DeliveryKind, DeliveryStatus, Severity
from apps.alerts.outbox.events import BEGINNINGS, Address, Event
from apps.alerts.silences.covering import silences_over
from apps.alerts.silences.known import knowledge_of
from apps.alerts.silences.rolls import add_to_rolls, rolled_incidents

MOST = 10
WITHIN = timedelta(minutes=10)
SURPLUS = "More than 10 incidents of the team began within 10 minutes, so this one is told in a roll-up with others."
CRITICAL = "More than 10 critical incidents of the team began within 10 minutes, so this one is told in a roll-up."
ESCALATED = "More than 10 incidents of the team escalated within 10 minutes, so this one is told in a roll-up."
FOLLOWS = "Its beginning was told in a roll-up with others, so this is told in the next one."
# What a roll-up tells of incidents that it told before. Summaries are one message for many themselves.
FOLLOWING = (DeliveryKind.RESOLVED, DeliveryKind.REMINDER, DeliveryKind.CHANGED)

Told = Mapping[Event, Sequence[Address]]
Quota = tuple[int, str, bool]  # team, what is counted, and whether it is that of critical ones


def roll_up(events: Sequence[Event], told: Told, *, now: datetime) -> dict[Event, str]:
    """The events that go into a roll-up of their team rather than out by themselves, each with the sentence that its
    timeline gets. The roll-ups' deliveries are written here; a constant number of statements."""
    addressed = [event for event in events if told[event]]
    surplus = _surplus([event for event in addressed if event.kind in (*BEGINNINGS, DeliveryKind.ESCALATED)], now)
    following = _following([event for event in addressed if event.kind in FOLLOWING], told)
    # One that becomes critical is told by itself, as long as not all of them do.
    worse = [event for event in following if event.kind == DeliveryKind.CHANGED and _is_critical(event)]
    passing = set(worse) - set(_surplus(worse, now))
    following = [event for event in following if event not in passing]
    add_to_rolls(surplus, following, told, now=now)
    return {event: _words(event) for event in surplus} | dict.fromkeys(following, FOLLOWS)


def _surplus(events: Sequence[Event], now: datetime) -> list[Event]:
    """Those beyond what may go out by itself. What is silenced goes out neither way, so it does not count."""
    if not events:
        return []
    passed = _passed({event.incident.team_id for event in events}, now)
    if not _beyond(events, passed):
        return []
    silent = silences_over([event.incident for event in events], now=now)
    return _beyond([event for event in events if event.incident.pk not in silent], passed)


def _beyond(events: Sequence[Event], passed: Mapping[Quota, int]) -> list[Event]:
    counts = Counter(passed)
    beyond = []
    for event in events:
        quota = (event.incident.team_id, _sort(event.kind), _is_critical(event))
        counts[quota] += 1
        if counts[quota] > MOST:
            beyond.append(event)
    return beyond


def _passed(teams: set[int], now: datetime) -> Mapping[Quota, int]:
    """How many incidents of each team were told by themselves within the last ten minutes."""
    since = now - WITHIN
    kinds = (*BEGINNINGS, DeliveryKind.ESCALATED, DeliveryKind.CHANGED)
    # What waits to be sent is due after it was made: the index of due times finds all that is new.
    rows = Delivery.objects.filter(due_at__gt=since, created_at__gt=since, kind__in=kinds, incident__team__in=teams)
    rows = rows.exclude(status=DeliveryStatus.HELD).order_by()
    found = rows.values_list("incident_id", "incident__team_id", "kind", "incident__severity").distinct()
    return Counter((team_id, _sort(kind), severity == Severity.CRITICAL) for _, team_id, kind, severity in found)


def _following(events: Sequence[Event], told: Told) -> list[Event]:
    """Events of incidents that every channel concerned knows from a roll-up alone."""
    rolled = rolled_incidents({address.channel.pk for event in events for address in told[event]})
    found = [
        event for event in events if all(event.incident.pk in rolled.get(each.channel.pk, ()) for each in told[event])
    ]
    own = knowledge_of({(event.incident.pk, each.channel.pk) for event in found for each in told[event]})
    return [event for event in found if not any(own[event.incident.pk, each.channel.pk].known for each in told[event])]


def _sort(kind: str) -> str:
    return "begun" if kind in BEGINNINGS else kind


def _words(event: Event) -> str:
    if event.kind == DeliveryKind.ESCALATED:
        return ESCALATED
    return CRITICAL if _is_critical(event) else SURPLUS


def _is_critical(event: Event) -> bool:
    return event.incident.severity == Severity.CRITICAL
