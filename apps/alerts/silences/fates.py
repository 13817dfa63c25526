"""What becomes of messages about one incident to one channel when their hold ends. Pure."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from apps.alerts.models import DeliveryKind

# What a channel has not heard of, although it knows of the incident.
NEWS = frozenset({DeliveryKind.CHANGED, DeliveryKind.ESCALATED, DeliveryKind.SUMMARY})


class Fate(StrEnum):
    """What is sent in their place, and what the timeline says."""

    SUMMARY = "What was held back for {channel} is told in a summary now: it is still broken."
    END = "The hold is over: the message about the end goes to {channel}."
    OVER = "It was over before the hold ended, so {channel} is told neither of its beginning nor of its end."
    KNOWN = "{channel} knows what was held back, so it is not sent."
    PART = "It is part of another incident now, so what was held back for {channel} is not sent."


def fate(*, kinds: Collection[str], known: bool, resolved: bool, part: bool) -> Fate:
    """`kinds` are those of the held messages; `known`: the channel heard of a beginning, and not of an end since."""
    if part:  # the end of what the channel knows still counts, or a page about it would go on
        return Fate.END if known and DeliveryKind.RESOLVED in kinds else Fate.PART
    if resolved and not known:
        return Fate.OVER
    if resolved:
        return Fate.END if DeliveryKind.RESOLVED in kinds else Fate.KNOWN
    return Fate.SUMMARY if not known or NEWS & set(kinds) else Fate.KNOWN
