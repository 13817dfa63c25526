"""A channel that does not take messages is a trouble of its own: an incident that is told by another way."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from apps.alerts.incidents import closing, reporting, splitting
from apps.alerts.incidents.finding import Finding, Recovery, Subject
from apps.alerts.models import Channel, ChannelState, Incident, IncidentStatus, Severity
from apps.alerts.outbox import elsewhere
from apps.alerts.outbox.channelstate import PERSONAL, SHARED, incident_key

KIND = "channel"
GONE = "The channel was deleted."


def watch_channels(*, now: datetime) -> int:
    """Open an incident for each channel that gave a message up, and close it once one arrived. Returns how many.

    It compares what is with what should be, so it does not matter how often, or by how many, it is called.
    """
    states = ChannelState.objects.filter(broken_since__isnull=False)
    broken = {incident_key(state.channel): state for state in states.select_related("channel__team", "channel__person")}
    about = Q(key__startswith=f"{SHARED}/") | Q(key__startswith=f"{PERSONAL}/")
    known = {row.key: row for row in Incident.objects.filter(about).exclude(status=IncidentStatus.RESOLVED)}
    new = [state for key, state in broken.items() if _is_news(state, known.get(key))]
    over = [key for key, row in known.items() if key not in broken and not (row.over_at or row.stable_since)]
    new = _not_closed_since(new) if new else []
    if new or over:
        _report(new, sorted(over), now)
    return len(new) + len(over)


def _is_news(state: ChannelState, incident: Incident | None) -> bool:
    """Whether the incident does not say it yet, or said that it is over or fixed before it broke again."""
    if incident is None:
        return True
    ended = incident.over_at or incident.stable_since or incident.fixed_at
    return bool(ended and state.broken_since and ended < state.broken_since)


def _not_closed_since(states: list[ChannelState]) -> list[ChannelState]:
    """Without those that a person closed although nothing arrived yet: that is not news until another one fails."""
    keys = [incident_key(state.channel) for state in states]
    closed = Incident.objects.filter(key__in=keys, resolved_at__isnull=False).values_list("key", "resolved_at")
    ends = {key: at for key, at in closed.order_by("resolved_at") if at}
    return [
        state
        for state, key in zip(states, keys, strict=True)
        if key not in ends or (state.broken_since and ends[key] < state.broken_since)
    ]


@transaction.atomic
def _report(new: list[ChannelState], over: list[str], now: datetime) -> None:
    numbers = {key: int(key.rpartition("/")[2]) for key in over}
    present = set(Channel.every.filter(pk__in=numbers.values()).values_list("pk", flat=True))
    mended = [key for key in over if numbers[key] in present]
    reporting.write(findings=[_finding(state) for state in new], recoveries=[Recovery(key) for key in mended], now=now)
    gone = reporting.unresolved([key for key in over if key not in mended])
    splitting.succeed(closing.withdraw(gone, GONE, now=now), now)


def _finding(state: ChannelState) -> Finding:
    channel = state.channel
    told = elsewhere.others(channel)[:1] or elsewhere.managers(channel)
    facts = {
        "situation": "channel",
        "channel": str(channel),
        "personal": channel.person_id is not None,
        "error": state.error,
        "broken_since": state.broken_since.isoformat() if state.broken_since else "",
        "timezone": channel.team.timezone,
    }
    title = f"The channel {channel} does not take messages"
    if channel.person_id:
        title = f"The mail to {channel} is not taken"
    return Finding(
        key=incident_key(channel),
        team_id=channel.team_id,
        severity=Severity.HIGH,
        title=title,
        facts=facts,
        channel_ids=tuple(own.pk for own in told),
        subject=Subject(kind=KIND),
    )
