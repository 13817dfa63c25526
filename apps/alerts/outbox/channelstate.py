"""How each channel fares: its pace, the pauses that its provider asks for, and whether it takes messages at all."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from apps.alerts.models import Channel, ChannelState, Delivery, DeliveryStatus, Incident, IncidentStatus

SHARED, PERSONAL = "channel", "mailbox"
LONGEST_PAUSE = timedelta(hours=6)
CLOCKS_DIFFER = timedelta(minutes=1)


def state_of(channel: Channel) -> ChannelState | None:
    """How it fares; None before anything was sent there."""
    return ChannelState.objects.filter(channel=channel).first()


def pausing(*, now: datetime) -> Q:
    """The channels that are to be left alone at `now`.

    Where something was sent in the future, the clock has been put back since: a pause from before then means nothing.
    """
    lasts = Q(paused_until__gt=now, paused_until__lte=now + LONGEST_PAUSE)
    return lasts & (Q(last_sent_at=None) | Q(last_sent_at__lte=now + CLOCKS_DIFFER))


def take_turn(channel: Channel, *, per_second: float, now: datetime) -> bool:
    """Claim the right to send one message now, and keep all others off for as long as the provider's limit wants.

    One conditional UPDATE, so that of any number of senders in any number of processes one gets the turn.
    """
    if not per_second:
        return True
    until = now + timedelta(seconds=1 / per_second)
    free = Q(paused_until=None) | ~pausing(now=now)
    if ChannelState.objects.filter(free, channel=channel).update(paused_until=until):
        return True
    _, made = ChannelState.objects.get_or_create(channel=channel, defaults={"paused_until": until})
    return made


def pause(channel: Channel, *, seconds: float, now: datetime) -> None:
    """Send nothing to the channel for so long, because its provider asked for it. A longer pause is not shortened."""
    until = now + timedelta(seconds=min(seconds, LONGEST_PAUSE.total_seconds()))
    ChannelState.objects.get_or_create(channel=channel)
    shorter = Q(paused_until=None) | Q(paused_until__lt=until) | ~pausing(now=now)
    ChannelState.objects.filter(shorter, channel=channel).update(paused_until=until)


def arrived(channel: Channel, *, now: datetime) -> None:
    """Note that a message arrived. What waits for a channel that was broken is tried again at once."""
    if not ChannelState.objects.filter(channel=channel).update(last_sent_at=now):
        ChannelState.objects.get_or_create(channel=channel, defaults={"last_sent_at": now})
    mended = ChannelState.objects.filter(channel=channel, broken_since__isnull=False)
    if mended.update(broken_since=None, error=""):
        later = Delivery.objects.filter(channel=channel, status=DeliveryStatus.QUEUED, due_at__gt=now)
        # What another sender holds just now it sends, or plans anew.
        free = later.select_for_update(skip_locked=True).order_by("pk")
        Delivery.objects.filter(pk__in=list(free.values_list("pk", flat=True))).update(due_at=now, planned_at=now)


def gave_up(channel: Channel, *, error: str, now: datetime) -> None:
    """Note that a message was given up. Since when it is broken stays that of the first one, until a person has closed
    the incident about it, or called it fixed: then this is new."""
    ChannelState.objects.get_or_create(channel=channel)
    state = ChannelState.objects.filter(channel=channel)
    state.update(error=error)
    told = Incident.objects.filter(key=incident_key(channel), fixed_at=None).exclude(status=IncidentStatus.RESOLVED)
    (state.filter(broken_since=None) if told.exists() else state).update(broken_since=now)


def incident_key(channel: Channel) -> str:
    """The key of the incident about it; by its beginning the page knows what it is about. A person's own address has no
    page."""
    return f"{PERSONAL if channel.person_id else SHARED}/{channel.pk}"
