"""Roll-ups while they gather: one held delivery per channel, whose facts name the incidents that it is about.

`new` are those of which the channel does not know yet, `told` those that the roll-up before left as broken. When it is
sent, `remaining` are those that are still broken then. Roll-ups that follow each other until nothing is left broken are
one `series`, which a pager ends with the last of them. One transaction at a time adds to the rows of
a team: whoever announces holds its incidents (`incidents/order.py`), so that no two of them wait for each other's rows.
Writing one out skips what is locked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Max

from apps.alerts.models import Delivery, DeliveryKind, DeliveryStatus
from apps.alerts.outbox.events import Address, Event
from apps.common.bulk import update_rows

GATHERS = timedelta(seconds=20)  # so that a roll-up is sent within a minute, and is whole
APART = timedelta(minutes=5)  # between two roll-ups to one channel
RACES = 3
WAITS = "It counts what breaks and ends until it is sent."


@dataclass(slots=True)
class Addition:
    """What one roll-up gets."""

    new: list[int] = field(default_factory=list)
    reminded: bool = False


def rolled_incidents(channels: Collection[int]) -> dict[int, frozenset[int]]:
    """The incidents that each channel knows from roll-ups, and that were broken when it last heard; one statement."""
    return {
        channel_id: frozenset(
            [*row.facts.get("told", ()), *row.facts.get("new", ())] if _gathers(row) else row.facts.get("remaining", ())
        )
        for channel_id, row in _newest(channels).items()
    }


def add_to_rolls(
    beginnings: Sequence[Event],
    following: Sequence[Event],
    told: Mapping[Event, Sequence[Address]],
    *,
    now: datetime,
) -> None:
    """Let the roll-ups of the channels concerned tell of these events. A constant number of statements."""
    additions: dict[int, Addition] = {}
    for events, begin in ((beginnings, True), (following, False)):
        for event in events:
            for address in told[event]:
                addition = additions.setdefault(address.channel.pk, Addition())
                addition.new += [event.incident.pk] if begin else []
                addition.reminded |= event.kind == DeliveryKind.REMINDER
    for _ in range(RACES if additions else 0):
        additions = _add(additions, now)
        if not additions:
            break


def _add(additions: Mapping[int, Addition], now: datetime) -> dict[int, Addition]:
    """Add to the rows that gather, and make those that are missing. Returns what is left, because a row was sent in the
    meantime."""
    newest = _newest(additions)
    keys = {channel_id: _key(channel_id, newest.get(channel_id)) for channel_id in additions}
    missing = [channel_id for channel_id in additions if not _gathers(newest.get(channel_id))]
    rows = [_row(channel_id, keys[channel_id], newest.get(channel_id), now) for channel_id in missing]
    # Somebody else may make the same row at the same moment: then theirs is used.
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    locked = Delivery.objects.select_for_update(of=("self",)).filter(key__in=keys.values(), status=DeliveryStatus.HELD)
    found = {row.channel_id: row for row in locked.order_by("pk")}
    changed = []
    for channel_id, row in found.items():
        addition = additions[channel_id]
        row.facts["new"] = list(dict.fromkeys([*row.facts["new"], *addition.new]))
        row.facts["reminded"] = row.facts["reminded"] or addition.reminded
        earliest = datetime.fromisoformat(row.facts["earliest"])
        if addition.new:  # news waits only until it is whole
            row.due_at = min(row.due_at, max(now + GATHERS, earliest))
        changed.append((row.facts, row.due_at, now, row.pk))
    update_rows(Delivery, ["facts", "due_at", "planned_at"], changed)
    return {channel_id: each for channel_id, each in additions.items() if channel_id not in found}


def _row(channel_id: int, key: str, before: Delivery | None, now: datetime) -> Delivery:
    # One that is tried again in hours, or was planned by a clock that ran ahead, keeps nobody waiting.
    earliest = max(now, min(before.due_at, now) + APART) if before else now
    return Delivery(
        channel_id=channel_id,
        kind=DeliveryKind.ROLLUP,
        key=key,
        facts={
            "situation": "rollup",
            "series": before.facts["series"] if before and before.facts.get("remaining") else key,
            "new": [],
            "told": list(before.facts.get("remaining", ())) if before else [],
            "reminded": False,
            "began": now.isoformat(),
            "earliest": earliest.isoformat(),
        },
        status=DeliveryStatus.HELD,
        held_because=WAITS,
        created_at=now,
        due_at=max(now + APART, earliest),
    )


def _newest(channels: Collection[int]) -> dict[int, Delivery]:
    if not channels:
        return {}
    # What stands in for another channel's roll-up is not this channel's own.
    rolls = Delivery.objects.filter(kind=DeliveryKind.ROLLUP).exclude(facts__has_key="fallback")
    last = rolls.filter(channel__in=channels).order_by().values("channel").annotate(last=Max("pk")).values("last")
    return {row.channel_id: row for row in rolls.filter(pk__in=last)}


def _gathers(row: Delivery | None) -> bool:
    return row is not None and row.status == DeliveryStatus.HELD


def _key(channel_id: int, newest: Delivery | None) -> str:
    """The key of the row that gathers: the newest one's, or that of the one to follow it."""
    if newest is not None and _gathers(newest):
        return newest.key
    return f"rollup-{channel_id}-after-{newest.pk if newest else 0}-channel-{channel_id}"
