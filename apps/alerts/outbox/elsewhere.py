"""Who is told instead when a channel does not take messages."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from apps.alerts.models import Channel, DeliveryStatus
from apps.alerts.routing.people import managers_of, personal_channels, present


def others(channel: Channel, *, tried: Collection[int] = ()) -> list[Channel]:
    """The channels that may stand in for `channel`, the best first: its own fallback, then the team's shared ones that
    work. Those of another type come first, because what breaks one often breaks its like."""
    shared = Channel.objects.filter(team=channel.team_id, state__broken_since=None).exclude(pk__in={channel.pk, *tried})
    own = channel.fallback_id
    return sorted(shared, key=lambda other: (other.pk != own, other.type == channel.type, other.pk))


def managers(channel: Channel, *, tried: Collection[int] = ()) -> list[Channel]:
    """The team's managers by their own mail addresses, without the one whose address `channel` is."""
    wanted = [(channel.team_id, person) for person in managers_of([channel.team_id]).get(channel.team_id, ())]
    own_channels = personal_channels(present(wanted), make=True).values()
    found = [own for own in own_channels if own.pk not in {channel.pk, *tried}]
    return sorted(found, key=lambda own: own.pk)


def choose(
    shared: Sequence[Channel], people: Sequence[Channel], states: Mapping[int, str]
) -> tuple[list[Channel], Channel | None]:
    """The channels to tell now, and the one that heard of it already, if that is enough. Pure.

    `states` are those of the messages about the same event by channel. Only one that was sent is of help: another that
    waits or failed as well must not be relied upon.
    """
    for channel in shared:
        if states.get(channel.pk) == DeliveryStatus.SENT:
            return [], channel
        if channel.pk not in states:
            return [channel], None
    new = [own for own in people if own.pk not in states]
    heard = next((own for own in people if states.get(own.pk) == DeliveryStatus.SENT), None)
    return new, None if new else heard
