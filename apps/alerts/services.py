"""The door of alerts: what was found and what is over, incidents, channels, and the outbox."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from apps.alerts import channelstore, dispatcher, handling, outbox, reporting
from apps.alerts.channels import CHANNELS
from apps.alerts.closing import Ending, close
from apps.alerts.incidents import Finding, Recovery, stored_key
from apps.alerts.models import Channel, Delivery, DeliveryKind, Incident, IncidentStatus
from apps.teams.models import Team, User

__all__ = [
    "CHANNELS",
    "Finding",
    "Recovery",
    "acknowledge",
    "closed_by_people",
    "deliver_due",
    "dispatch_until",
    "note",
    "open_keys",
    "overdue",
    "report",
    "resolve",
    "save_channel",
    "send_test",
    "withdraw",
]


@transaction.atomic
def report(*, findings: Sequence[Finding], recoveries: Sequence[Recovery], now: datetime) -> None:
    """Open, refresh, reopen and resolve incidents, with their timelines and deliveries.

    Call it in the transaction that stores the checks: then a result is never stored without its alert, nor the other
    way round. Reporting the same again only refreshes.
    """
    reporting.record(findings=findings, recoveries=recoveries, now=now)


@transaction.atomic
def withdraw(*, keys: Collection[str], reason: str, now: datetime) -> None:
    """Resolve without a message, because the trouble is no longer watched. `reason` is a sentence for the timeline."""
    rows = reporting.unresolved([stored_key(key) for key in keys])
    close([Ending(row, silent=reason) for row in rows], now=now)


def open_keys(*, keys: Collection[str]) -> set[str]:
    """Those of `keys` that have an unresolved incident."""
    stored = {stored_key(key): key for key in keys}
    unresolved = Incident.objects.filter(key__in=stored).exclude(status=IncidentStatus.RESOLVED)
    return {stored[key] for key in unresolved.values_list("key", flat=True)}


def closed_by_people(*, keys: Collection[str]) -> dict[str, datetime]:
    """When a person last closed an incident of a key; without the keys of which none was closed by a person."""
    stored = {stored_key(key): key for key in keys}
    closed = Incident.objects.filter(key__in=stored, resolved_by__isnull=False).order_by("resolved_at")
    return {stored[key]: at for key, at in closed.values_list("key", "resolved_at") if at}


@transaction.atomic
def acknowledge(*, incident: Incident, user: User | None, now: datetime, by: str = "") -> None:
    """Note that `user` takes care of the incident; where a program acts for nobody in particular, `by` names it.

    Raises InvalidInput when it is resolved.
    """
    handling.acknowledge(incident, user, now, by=by)


@transaction.atomic
def resolve(*, incident: Incident, user: User, now: datetime) -> None:
    """Close the incident for `user`; whoever heard of its beginning hears of it. Raises InvalidInput when resolved."""
    handling.resolve(incident, user, now)


@transaction.atomic
def note(*, incident: Incident, user: User, text: str, now: datetime) -> None:
    """Add what a person found out to the timeline. Raises InvalidInput for an empty text."""
    handling.note(incident, user, text, now)


@transaction.atomic
def save_channel(
    *,
    team: Team,
    name: str,
    type: str,  # noqa: A002  # the word of the YAML grammar
    settings: Mapping[str, Any],
    secret_names: Mapping[str, str] | None = None,
    instance: Channel | None = None,
    keep_secrets: bool = True,
) -> Channel:
    """Make a channel or change `instance`. Writes nothing, not even history, when nothing changed.

    `settings` holds plain values and secrets, as a form or YAML gives them. A secret that is missing or empty keeps the
    stored one while `keep_secrets`. `secret_names` are the ${NAME}s for the export. Raises InvalidInput.
    """
    return channelstore.save(
        team=team,
        name=name,
        channel_type=type,
        settings=settings,
        secret_names=secret_names,
        instance=instance,
        keep_secrets=keep_secrets,
    )


@transaction.atomic
def send_test(*, channel: Channel, now: datetime) -> Delivery:
    """Queue a test message for the channel. The returned delivery shows how it fares."""
    facts = {
        "situation": "test",
        "channel": channel.name,
        "team": channel.team.name,
        "timezone": channel.team.timezone,
        "event_at": now.isoformat(),
        "severity": "low",
    }
    key = f"test-{channel.pk}-{uuid.uuid4().hex}"
    return Delivery.objects.create(
        channel=channel, kind=DeliveryKind.TEST, key=key, facts=facts, created_at=now, due_at=now
    )


def overdue(*, before: datetime) -> QuerySet[Delivery]:
    """Messages that could have been sent at `before` already. They wait on: no dispatcher takes them."""
    return outbox.waiting(now=before)


def deliver_due(*, now_source: Callable[[], datetime], limit: int = dispatcher.SWEEP) -> int:
    """One sweep of the outbox, in transactions of its own. Returns how many deliveries were tried."""
    return dispatcher.deliver_due(now_source=now_source, limit=limit)


def dispatch_until(stop: threading.Event) -> None:
    """Work on the outbox until `stop` is set; see the dispatcher."""
    dispatcher.run_forever(stop)
