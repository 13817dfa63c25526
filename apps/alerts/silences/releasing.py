"""The end of holds: one summary per channel of what is still broken and not known yet; the rest is not sent any more.

Channels in which every incident has a place of its own (it pages, or one message stands for the incident) get a message
for each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from apps.alerts.channels import CHANNELS
from apps.alerts.models import (
    Channel,
    Delivery,
    DeliveryKind,
    DeliveryStatus,
    Incident,
    IncidentStatus,
    TimelineEntry,
    TimelineKind,
)
from apps.alerts.outbox.events import Event
from apps.alerts.outbox.telling import deadline_of
from apps.alerts.silences.fates import Fate, fate
from apps.alerts.silences.holding import Hold, silencing
from apps.alerts.silences.known import Knowledge, Pair, knowledge_of
from apps.alerts.silences.summing import gathered, single
from apps.common import fault
from apps.common.bulk import update_rows
from apps.common.records import record

CHANNELS_AT_ONCE = 20
TOLD = "Told in the summary {key}."
STILL_HELD = "The message to {channel} is held back on. {reason}"


@record
class Group:
    """What is held back about one incident for one channel, the oldest first."""

    incident: Incident
    channel: Channel
    rows: tuple[Delivery, ...]

    @property
    def pair(self) -> Pair:
        return self.incident.pk, self.channel.pk

    @property
    def event(self) -> Event:
        last = self.rows[-1]
        return Event(self.incident, DeliveryKind(last.kind), last.facts)


def release_holds(*, now: datetime) -> int:
    """Look at everything whose hold is due: hold it on, or tell what is still to be told. Returns how many it was."""
    if not _due(now).exists():
        return 0
    with transaction.atomic():
        # The channel is locked, so that two dispatchers never write two summaries for it.
        wanted = Channel.every.filter(pk__in=_due(now).values("channel")).order_by("pk")[:CHANNELS_AT_ONCE]
        channels = Channel.every.select_for_update(skip_locked=True, of=("self",), no_key=True).filter(
            pk__in=list(wanted.values_list("pk", flat=True))
        )
        rows = _held(list(channels.values_list("pk", flat=True)))
        alone = [row for row in rows if row.incident is None and row.due_at <= now]
        _let_go(alone, now)
        groups = [group for group in _groups(rows) if any(row.due_at <= now for row in group.rows)]
        _release(groups, now)
        fault.reached("act written")
    return len(groups) + len(alone)


def look_again(rows: QuerySet[Delivery], *, now: datetime) -> None:
    """Let the next look at what is held back take these as well: a silence was changed or ended."""
    rows.filter(status=DeliveryStatus.HELD).exclude(kind=DeliveryKind.ROLLUP).update(due_at=now, planned_at=now)


def _release(groups: Sequence[Group], now: datetime) -> None:
    holds = silencing([(group.event, group.channel) for group in groups], now=now)
    known = knowledge_of([group.pair for group in groups])
    _hold_on([(group, hold) for group, hold in zip(groups, holds, strict=True) if hold], now)
    free = [group for group, hold in zip(groups, holds, strict=True) if not hold]
    fates = {group.pair: _fate(group, known[group.pair]) for group in free}
    messages = _summaries([group for group in free if fates[group.pair] is Fate.SUMMARY], now)
    each_once = {message.key: message for message in messages.values()}
    Delivery.objects.bulk_create(each_once.values(), ignore_conflicts=True)
    ends = [group.rows[-1] for group in free if fates[group.pair] is Fate.END]
    _let_go(ends, now)
    sent = {row.pk for row in ends}
    receipts = {pair: TOLD.format(key=message.key) for pair, message in messages.items()}
    update_rows(
        Delivery,
        ["status", "receipt"],
        [
            (DeliveryStatus.SUPERSEDED, receipts.get(group.pair, ""), row.pk)
            for group in free
            for row in group.rows
            if row.pk not in sent
        ],
    )
    TimelineEntry.objects.bulk_create(_line(group, fates[group.pair], now) for group in free)


def _fate(group: Group, knowledge: Knowledge) -> Fate:
    # Only the newest message can be an end that still counts.
    kinds = [row.kind for row in group.rows if row.kind != DeliveryKind.RESOLVED or row is group.rows[-1]]
    return fate(
        kinds=kinds,
        known=knowledge.known,
        resolved=group.incident.status == IncidentStatus.RESOLVED,
        part=group.incident.merged_into_id is not None,
    )


def _summaries(groups: Sequence[Group], now: datetime) -> Mapping[Pair, Delivery]:
    """The message that tells of each incident; several incidents of a channel may share one."""
    by_channel: dict[int, list[Group]] = {}
    for group in groups:
        by_channel.setdefault(group.channel.pk, []).append(group)
    messages: dict[Pair, Delivery] = {}
    for each in by_channel.values():
        driver = CHANNELS[each[0].channel.type]
        if len(each) == 1 or driver.pages or driver.edits:
            messages |= {group.pair: single(group.incident, group.rows[-1], now=now) for group in each}
            continue
        last = max((group.rows[-1] for group in each), key=lambda row: row.pk)
        together = gathered([group.incident for group in each], last, now=now)
        messages |= dict.fromkeys([group.pair for group in each], together)
    for message in messages.values():
        message.deadline_at = deadline_of(str(message.facts["severity"]), now)
    return messages


def _hold_on(held: Sequence[tuple[Group, Hold]], now: datetime) -> None:
    """Still silenced, perhaps by something else: the hold lasts longer."""
    update_rows(
        Delivery,
        ["due_at", "planned_at", "held_because"],
        [(hold.until, now, hold.reason, row.pk) for group, hold in held for row in group.rows],
    )
    TimelineEntry.objects.bulk_create(
        TimelineEntry(
            incident=group.incident,
            at=now,
            kind=TimelineKind.SUPPRESSED,
            text=STILL_HELD.format(channel=group.channel, reason=hold.reason),
        )
        for group, hold in held
        if group.rows[-1].held_because != hold.reason
    )


def _let_go(rows: Sequence[Delivery], now: datetime) -> None:
    """These go out as they are."""
    update_rows(
        Delivery,
        ["status", "due_at", "planned_at", "deadline_at"],
        [
            (DeliveryStatus.QUEUED, now, now, deadline_of(str(row.facts.get("severity", "")), now), row.pk)
            for row in rows
        ],
    )


def _due(now: datetime) -> QuerySet[Delivery]:
    return Delivery.objects.filter(status=DeliveryStatus.HELD, due_at__lte=now).exclude(kind=DeliveryKind.ROLLUP)


def _held(channels: Sequence[int]) -> list[Delivery]:
    rows = Delivery.objects.filter(channel__in=channels, status=DeliveryStatus.HELD)
    rows = rows.exclude(kind=DeliveryKind.ROLLUP).select_related("channel__person", "incident__team")
    return list(rows.order_by("pk"))


def _groups(rows: Sequence[Delivery]) -> list[Group]:
    groups: dict[Pair, list[Delivery]] = {}
    for row in rows:
        if row.incident_id is not None:
            groups.setdefault((row.incident_id, row.channel_id), []).append(row)
    return [Group(each[0].incident, each[0].channel, tuple(each)) for each in groups.values() if each[0].incident]


def _line(group: Group, found: Fate, now: datetime) -> TimelineEntry:
    kind = TimelineKind.QUEUED if found in (Fate.SUMMARY, Fate.END) else TimelineKind.SUPPRESSED
    return TimelineEntry(incident=group.incident, at=now, kind=kind, text=found.format(channel=group.channel))
