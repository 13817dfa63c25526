"""The door of alerts: what was found and what is over (see `reports`), incidents, channels, and the outbox."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from apps.alerts.channels import CHANNELS
from apps.alerts.channels import store as channelstore
from apps.alerts.digests.sending import Period, period_until, send_digest, send_due_digests
from apps.alerts.digests.wishes import Wishes, give_weekly_digest, save_wishes, schedule_of, wishes_of
from apps.alerts.figures.reading import Standing as FigureStanding
from apps.alerts.figures.reading import read_figures
from apps.alerts.figures.table import HEAD as FIGURE_COLUMNS
from apps.alerts.figures.table import figure_rows, figure_values
from apps.alerts.incidents import handling, judging, merging, remarks, splitting
from apps.alerts.incidents.asking import called_fixed
from apps.alerts.incidents.evidence import Evidence, Happened
from apps.alerts.incidents.judging import Judged, checked_outcome, outcomes
from apps.alerts.incidents.reach import by_themselves, deliveries_for, facts_for, leads_seen, timeline_for
from apps.alerts.models import Channel, Delivery, DeliveryKind, Incident, TimelineKind
from apps.alerts.outbox import queue, replaying
from apps.alerts.reports import Finding, Recovery, Subject, closed_by_people, open_keys, report, withdraw
from apps.alerts.routing.catchall import catch_all
from apps.alerts.routing.preview import Preview, moments_to_show, who_is_told
from apps.alerts.routing.words import matched_words, told_words
from apps.alerts.silences import snoozing
from apps.alerts.silences.covering import silences_on
from apps.alerts.silences.planned import Planned, planned_maintenance
from apps.alerts.silences.saving import SilenceDraft, end_silence, save_silence
from apps.alerts.silences.saving import sentence_of as silence_sentence
from apps.alerts.watching.auditing import LATE as AUDIT_LATE
from apps.alerts.watching.auditing import last_audit
from apps.alerts.watching.canary import proven_at
from apps.alerts.watching.heartbeats import beat, last_worked
from apps.alerts.watching.ownprobes import leads as open_leads
from apps.alerts.watching.probes import Probe, Trouble, troubles
from apps.teams.models import Team, User

__all__ = [
    "AUDIT_LATE",
    "CHANNELS",
    "FIGURE_COLUMNS",
    "Evidence",
    "FigureStanding",
    "Finding",
    "Happened",
    "Judged",
    "Period",
    "Planned",
    "Preview",
    "Probe",
    "Recovery",
    "SilenceDraft",
    "Subject",
    "Trouble",
    "Wishes",
    "acknowledge",
    "assign",
    "beat",
    "by_themselves",
    "called_fixed",
    "catch_all",
    "checked_outcome",
    "close_as",
    "closed_by_people",
    "deliver_due",
    "deliveries_for",
    "describe",
    "dispatch_until",
    "end_silence",
    "facts_for",
    "figure_rows",
    "figure_values",
    "give_weekly_digest",
    "judge",
    "last_audit",
    "last_worked",
    "leads_seen",
    "matched_words",
    "merge",
    "moments_to_show",
    "note",
    "open_keys",
    "open_leads",
    "outcomes",
    "overdue",
    "period_until",
    "planned_maintenance",
    "proven_at",
    "read_figures",
    "remark",
    "replay",
    "report",
    "save_channel",
    "save_silence",
    "save_wishes",
    "say_fixed",
    "schedule_of",
    "send_digest",
    "send_due_digests",
    "send_test",
    "set_severity",
    "silence_sentence",
    "silences_on",
    "snooze",
    "split",
    "timeline_for",
    "told_words",
    "troubles",
    "unsnooze",
    "who_is_told",
    "wishes_of",
    "withdraw",
]


@transaction.atomic
def acknowledge(*, incident: Incident, user: User | None, now: datetime, by: str = "") -> None:
    """Note that `user` takes care of the incident; where a program acts for nobody in particular, `by` names it.

    Raises InvalidInput when it is resolved.
    """
    handling.acknowledge(incident, user, now, by=by)


@transaction.atomic
def assign(*, incident: Incident, to: User | None, user: User | None, now: datetime, by: str = "") -> None:
    """Say who has the incident; nobody when `to` is None. Raises InvalidInput when that person is not in the team."""
    handling.assign(incident, to, user, now, by=by)


@transaction.atomic
def say_fixed(*, incident: Incident, user: User | None, now: datetime, by: str = "") -> None:
    """Note that somebody calls it fixed: the next good check closes it, a bad one is told. Raises InvalidInput."""
    handling.say_fixed(incident, user, now, by=by)


@transaction.atomic
def close_as(*, incident: Incident, outcome: str = "", user: User | None, now: datetime, by: str = "") -> None:
    """Close the incident and its parts with what it was; whoever heard of its beginning hears of it.

    `outcome` is one of `Outcome`, or empty when nothing is said. Raises InvalidInput when it is resolved already.
    """
    handling.close_as(incident, outcome, user, now, by=by)


@transaction.atomic
def judge(*, incident: Incident, outcome: str, user: User | None, now: datetime, by: str = "") -> None:
    """Say what a resolved incident was: one of `Outcome`. Nobody is told. Raises InvalidInput."""
    judging.judge(incident, outcome, user, now, by=by)


@transaction.atomic
def remark(*, keys: Collection[str], kind: TimelineKind, text: str, user: User | None, now: datetime) -> int:
    """Add a line to the timelines of the unresolved incidents of these keys: what was done elsewhere about their
    subject. Returns how many there are."""
    return remarks.remark(keys, kind, text, user, now)


@transaction.atomic
def set_severity(*, incident: Incident, severity: str, user: User | None, now: datetime, by: str = "") -> None:
    """Give the incident another severity. Raises InvalidInput."""
    handling.set_severity(incident, severity, user, now, by=by)


@transaction.atomic
def merge(*, incident: Incident, into: Incident, user: User | None, now: datetime) -> None:
    """Make `incident` part of another one of its team. Raises InvalidInput when that cannot be."""
    merging.merge(incident, into, user, now)


@transaction.atomic
def split(*, incident: Incident, user: User | None, now: datetime, by: str = "") -> None:
    """Take a part off its lead; it is told as an incident of its own, and never grouped by itself again. Raises
    InvalidInput when it is resolved."""
    splitting.split(incident, person=user, now=now, by=by)


@transaction.atomic
def describe(*, incident: Incident, texts: Mapping[str, str], user: User | None, now: datetime, by: str = "") -> None:
    """Keep what was learned of the incident: its `cause`, `fix` and `prevention`."""
    handling.describe(incident, texts, user, now, by=by)


@transaction.atomic
def note(*, incident: Incident, user: User | None, text: str, now: datetime, by: str = "") -> None:
    """Add what a person found out to the timeline. Raises InvalidInput for an empty text."""
    handling.note(incident, user, text, now, by=by)


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
    return queue.waiting(now=before).filter(due_at__lte=before)


def deliver_due(*, now_source: Callable[[], datetime], limit: int = 100) -> int:
    """One sweep of the outbox, in transactions of its own. Returns how many deliveries were tried."""
    from apps.alerts.outbox import dispatcher  # noqa: PLC0415 (a check sends nothing, and every one pays for imports)

    return dispatcher.deliver_due(now_source=now_source, limit=limit)


def dispatch_until(stop: threading.Event) -> None:
    """Work on the outbox until `stop` is set; see its loop."""
    from apps.alerts.outbox import loop  # noqa: PLC0415 (as above)

    loop.run_forever(stop)


@transaction.atomic
def replay(*, delivery: Delivery, user: User | None, now: datetime, by: str = "") -> None:
    """Send a message again that was given up; where a program asks for it, `by` names it. Raises InvalidInput when it
    was not given up, or something newer about the incident was sent there."""
    replaying.replay(delivery, user, now, by=by)


@transaction.atomic
def snooze(
    *, incident: Incident, mode: str, until: datetime | None, user: User | None, now: datetime, by: str = ""
) -> None:
    """Tell nobody of the incident for a while; `mode` says what ends that (see `Snooze`), `until` when at the latest.

    Raises InvalidInput when it is resolved or part of another one, or when `until` is not a time to come.
    """
    snoozing.snooze(incident, mode=mode, until=until, user=user, now=now, by=by)


@transaction.atomic
def unsnooze(*, incident: Incident, user: User | None, now: datetime, by: str = "") -> None:
    """End the snooze now: what is still broken is told at once."""
    snoozing.unsnooze(incident, user=user, now=now, by=by)
