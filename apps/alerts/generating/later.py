"""Texts in messages that come later than the first: reminders, and the message in Slack that is changed in place.

A text goes along only where it is true of the facts of that very message, and only where the team still wants it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from django.conf import settings

from apps.alerts.channels import CHANNELS
from apps.alerts.models import Channel, DeliveryKind, Incident
from apps.alerts.outbox.events import Event
from apps.summaries.models import GeneratedText, Purpose

LATER = (DeliveryKind.CHANGED, DeliveryKind.REMINDER)
MOST = 50  # texts are compared with the facts again, some milliseconds each: many reminders at once go without
ADDED = "A summary by a language model was added below."


def with_generated(events: Sequence[Event]) -> list[Event]:
    """The events, with the text that may stand at the end of their messages. Costs nothing where no model is set."""
    wanted = {event.incident.pk for event in events if event.kind in LATER} if settings.MIDWATCH_LLM_URL else set()
    if not wanted:
        return list(events)
    from apps.summaries.texts import accepted_texts  # noqa: PLC0415 (what a check loads must not load this)

    on = Incident.objects.filter(pk__in=wanted, team__generated_summaries=True).values_list("pk", flat=True)
    texts = accepted_texts(purpose=Purpose.INCIDENT, subjects=list(on[:MOST]))
    return [_with(event, texts.get(event.incident.pk)) if event.kind in LATER else event for event in events]


def _with(event: Event, text: GeneratedText | None) -> Event:
    from apps.alerts.generating.incidents import facts_of  # noqa: PLC0415 (as above)
    from apps.summaries.texts import still_stands  # noqa: PLC0415 (as above)

    if text is None or not still_stands(text=text, facts=lambda: facts_of(event.incident, event.facts)):
        return event
    return replace(event, facts=event.facts | {"generated": text.answer})


def changes_in_place(texts: Collection[GeneratedText], now: datetime) -> list[Event]:
    """For channels whose message stands for an incident and is changed: that a text was added. Nobody else is told."""
    events = []
    written = {text.subject_id: text for text in texts if text.purpose == Purpose.INCIDENT}
    rows = Incident.objects.filter(pk__in=written, resolved_at=None).prefetch_related("channels").select_related("team")
    for incident in rows:
        named = tuple(sorted(channel.pk for channel in incident.channels.all() if _edits(channel)))
        if named:
            serial = f"text-{written[incident.pk].pk}-{now:%Y%m%dT%H%M%S}"
            facts = incident.facts | {"change": ADDED}
            events.append(Event(incident, DeliveryKind.CHANGED, facts, channel_ids=named, serial=serial, in_place=True))
    return [event for event in with_generated(events) if event.facts.get("generated")]


def _edits(channel: Channel) -> bool:
    return CHANNELS[channel.type].edits
