"""Incidents leave their lead: because a person says so, or because its end was not theirs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from apps.alerts.incidents import handover, nextact, parts
from apps.alerts.incidents.closing import fewer_parts
from apps.alerts.incidents.finding import Pair
from apps.alerts.incidents.handling import locked
from apps.alerts.models import DeliveryKind, Incident, IncidentStatus, TimelineEntry, TimelineKind
from apps.alerts.outbox.events import Event
from apps.alerts.outbox.telling import Told, announce
from apps.common.bulk import update_rows

STAYED = "Incident {number} ({title}) is over, and this is still broken: it stands by itself now."
SPLIT = "{person} split it off from incident {number} ({title})."
LEFT = "{person} split off {title}."
SUCCEEDED = "Incident {number} ({title}) is no longer watched; this one stands in its place."

CARRIED = ("acknowledged_by", "acknowledged_at", "assigned_to", "escalation", "escalation_step")


def release(pairs: Sequence[Pair], now: datetime) -> None:
    """Let parts whose lead is over stand by themselves, and tell of them as of new ones."""
    lines = []
    for pair in pairs:
        lead = pair.incident.merged_into
        if lead is not None:
            text = STAYED.format(number=lead.pk, title=lead.title)
            event = _alone(pair.incident, now).name
            line = TimelineEntry(incident=pair.incident, at=now, kind=TimelineKind.SPLIT, text=text, event=event)
            lines.append(line)
    TimelineEntry.objects.bulk_create(lines)
    _set_free([pair.incident for pair in pairs], now)
    _tell([(pair.incident, pair.finding.channel_ids, pair.finding.people) for pair in pairs], now)


def split(incident: Incident, *, person: Any, now: datetime, by: str = "") -> None:
    """Take a part off its lead for `person`: it stays by itself, and is told as a new one.

    Raises InvalidInput when it is resolved.
    """
    row = locked(incident, "split off")
    lead = row.merged_into
    if lead is None:
        return
    row.kept_apart = True
    row.save(update_fields=["kept_apart"])
    for each, text, event in (
        (row, SPLIT.format(person=person or by, number=lead.pk, title=lead.title), _alone(row, now).name),
        (lead, LEFT.format(person=person or by, title=row.title), ""),
    ):
        TimelineEntry.objects.create(
            incident=each, at=now, kind=TimelineKind.SPLIT, text=text, user=person, event=event
        )
    _set_free([row], now)
    heard = Told.objects.filter(incident=lead.pk).order_by("channel_id").values_list("channel_id", flat=True)
    _tell([(row, tuple(heard), ())], now)
    if lead.status != IncidentStatus.RESOLVED:
        fewer_parts([lead], now)
    incident.refresh_from_db()


def succeed(leads: Sequence[Incident], now: datetime) -> None:
    """Let the oldest part of each of these, which are no longer watched, lead the others. Who has the
    old lead has the new one, and where nobody has, whoever was paged is paged anew; who heard of the old one hears of
    the end."""
    for lead, rows in zip(leads, _heirs(leads), strict=True):
        if not rows:
            continue
        heir, rest = rows[0], rows[1:]
        Incident.objects.filter(pk__in=[row.pk for row in rest]).update(merged_into=heir)
        heard = Told.objects.filter(incident=lead.pk).values_list("channel_id", flat=True)
        Told.objects.bulk_create([Told(incident_id=heir.pk, channel_id=pk) for pk in heard], ignore_conflicts=True)
        for name in CARRIED:
            setattr(heir, name, getattr(lead, name))
        heir.status = IncidentStatus.ACKNOWLEDGED if lead.acknowledged_at else IncidentStatus.OPEN
        heir.save(update_fields=["status", *CARRIED])
        _set_free([heir], now)
        text = SUCCEEDED.format(number=lead.pk, title=lead.title)
        TimelineEntry.objects.create(
            incident=heir, at=now, kind=TimelineKind.GROUPED, text=text, event=f"in-place-of-{lead.pk}"
        )
        parts.refresh([heir], now, tell=False)
        if not lead.acknowledged_at:
            handover.page_again(heir, lead, now)


def _heirs(leads: Sequence[Incident]) -> list[list[Incident]]:
    below = parts.open_parts([lead.pk for lead in leads])
    return [below.get(lead.pk, []) for lead in leads]


def _set_free(incidents: Sequence[Incident], now: datetime) -> None:
    for incident in incidents:
        incident.merged_into, incident.merged_as = None, ""
        # What once was part of it went to its lead, and stays there.
        incident.facts = {name: value for name, value in incident.facts.items() if name != "parts"}
    rows = [(None, "", row.facts, nextact.first(row, now=now), row.pk) for row in incidents]
    update_rows(Incident, ["merged_into", "merged_as", "facts", "next_action_at"], rows)


def _tell(told: Sequence[tuple[Incident, tuple[int, ...], tuple[int, ...]]], now: datetime) -> None:
    announce([_alone(row, now, channels, people) for row, channels, people in told], now=now)


def _alone(row: Incident, now: datetime, channels: tuple[int, ...] = (), people: tuple[int, ...] = ()) -> Event:
    """That it stands by itself now. It may have been told before it became a part: this is another beginning."""
    serial = f"alone-{now:%Y%m%dT%H%M%S}"
    return Event(row, DeliveryKind.OPENED, row.facts, channel_ids=channels, people=people, serial=serial)
