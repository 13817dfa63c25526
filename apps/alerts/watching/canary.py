"""The canary: every 15 minutes a made-up trouble goes the whole way of an alert, and its end after it.

It is reported like a finding of a rule, becomes an incident and a delivery, and is sent by a dispatcher to a channel
that swallows it. Then the incident is removed again: nobody hears of it, and no figure counts it. What remains is the
time of the proof. Each step is claimed by a conditional UPDATE of one row, so any number of dispatchers may try.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import transaction

from apps.alerts.incidents import reporting
from apps.alerts.incidents.finding import Finding, Recovery
from apps.alerts.models import Delivery, DeliveryKind, DeliveryStatus, Heartbeat, Incident, Severity
from apps.alerts.watching.heartbeats import EVERYWHERE
from apps.alerts.watching.ownteam import canary_channel
from apps.alerts.watching.probes import Trouble
from apps.common.durations import elapsed_words

KEY = "midwatch/canary"
PROCESS = "canary"
EVERY = timedelta(minutes=15)
AT_MOST = timedelta(minutes=5)  # the whole way takes seconds


class Stage(StrEnum):
    REST = "rest"
    BREACH = "breach"
    RECOVERY = "recovery"


NEXT = {Stage.BREACH: (DeliveryKind.OPENED, Stage.RECOVERY), Stage.RECOVERY: (DeliveryKind.RESOLVED, Stage.REST)}


def fly(*, now: datetime) -> int:
    """Take the next step of the canary when it is due. Returns how many steps were taken."""
    row = _row()
    if row is None:
        Heartbeat.objects.bulk_create([_first(now)], ignore_conflicts=True)
        return 0
    stage, began = Stage(row.details["stage"]), datetime.fromisoformat(row.details["began_at"])
    if stage is Stage.REST:
        return _begin(row, now) if now - began >= EVERY or began > now or not row.details["flown"] else 0
    if now - began > AT_MOST:
        return _give_up(row, stage, now)
    kind, following = NEXT[stage]
    return _go_on(row, following, began, now) if _arrived(kind) else 0


def proven_at() -> datetime | None:
    """When the way of an alert was last proven from end to end; None when it never was."""
    row = _row()
    proof = row.details.get("proven_at") if row else None
    return datetime.fromisoformat(proof) if proof else None


def find_unproven(now: datetime) -> Trouble | None:
    """Whether the last proof is too old."""
    row = _row()
    if row is None:
        return None  # no dispatcher has begun yet, and that is a trouble of its own
    proof = datetime.fromisoformat(row.details["proven_at"]) if row.details.get("proven_at") else None
    since = proof or datetime.fromisoformat(row.details["first_at"])
    if now - since <= EVERY + AT_MOST:
        return None
    last = f"was last proven {elapsed_words(now - since)} ago" if proof else "has not been proven yet"
    stuck = row.details.get("stuck") or "It did not begin in time."
    return Trouble(
        1,
        since,
        f"That an alert reaches people {last}. {stuck} Look at the deliveries and the dispatcher's log.",
    )


def _row() -> Heartbeat | None:
    return Heartbeat.objects.filter(process=PROCESS, host=EVERYWHERE).first()


def _first(now: datetime) -> Heartbeat:
    details = {"stage": Stage.REST, "began_at": now.isoformat(), "first_at": now.isoformat(), "flown": False}
    return Heartbeat(process=PROCESS, host=EVERYWHERE, worked_at=now, details=details)


@transaction.atomic
def _begin(row: Heartbeat, now: datetime) -> int:
    changes = {"stage": Stage.BREACH, "began_at": now.isoformat(), "flown": True}
    if not _claim(row, now, **changes):
        return 0
    Incident.objects.filter(key=KEY).delete()  # of a flight that was cut off
    channel = canary_channel()
    finding = Finding(
        key=KEY,
        team_id=channel.team_id,
        severity=Severity.CRITICAL,  # nothing is to hold it back
        title="Canary",
        facts={"situation": "midwatch", "trouble_title": "This is only the canary", "timezone": "UTC"},
        channel_ids=(channel.pk,),
    )
    reporting.write(findings=[finding], recoveries=[], now=now)
    return 1


@transaction.atomic
def _go_on(row: Heartbeat, following: Stage, began: datetime, now: datetime) -> int:
    if following is Stage.RECOVERY:
        if not _claim(row, now, stage=following):
            return 0
        reporting.write(findings=[], recoveries=[Recovery(KEY)], now=now)
        return 1
    seconds = round((now - began).total_seconds(), 3)
    if not _claim(row, now, stage=following, proven_at=now.isoformat(), seconds=seconds, stuck=""):
        return 0
    Incident.objects.filter(key=KEY).delete()
    return 1


@transaction.atomic
def _give_up(row: Heartbeat, stage: Stage, now: datetime) -> int:
    what = "message" if stage is Stage.BREACH else "message of the recovery"
    stuck = f"At {now:%H:%M} UTC the {what} of the canary had not arrived after {elapsed_words(AT_MOST)}."
    if not _claim(row, now, stage=Stage.REST, stuck=stuck, began_at=now.isoformat()):
        return 0
    Incident.objects.filter(key=KEY).delete()
    return 1


def _claim(row: Heartbeat, now: datetime, **changes: Any) -> bool:
    """Write the step, unless another dispatcher took it since the row was read."""
    mine = Heartbeat.objects.filter(pk=row.pk, worked_at=row.worked_at)
    # Never the same time twice, or a second claim within one tick of the clock would not notice the first.
    at = max(now, row.worked_at + timedelta(microseconds=1))
    return mine.update(worked_at=at, details=row.details | changes) == 1


def _arrived(kind: DeliveryKind) -> bool:
    return Delivery.objects.filter(incident__key=KEY, kind=kind, status=DeliveryStatus.SENT).exists()
