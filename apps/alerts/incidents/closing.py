"""The end of incidents: by themselves, by a person, or because their rule is no longer watched."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any

from django.db.models import prefetch_related_objects

from apps.alerts.incidents import handover, parts
from apps.alerts.incidents.grouping import ONE_TROUBLE
from apps.alerts.models import DeliveryKind, Incident, IncidentStatus, TimelineEntry, TimelineKind
from apps.alerts.outbox.events import Event
from apps.alerts.outbox.telling import Told, announce
from apps.common.records import record
from apps.summaries.services import write_message, write_title
from apps.teams.models import Language, User

FIELDS = ("status", "resolved_at", "resolved_by", "over_at", "outcome", "facts", "stable_since")
GOOD_AGAIN = "{title} is good again."
UNWATCHED = "{title} is no longer watched."
CLOSED = "{person} closed {title}."
WAITS = "{title} is good again. The incident stays open for {left}."
SETTLES = "{title} is good again. Because it came and went, the incident stays open until it was good for 6 hours."
PROVEN = "{person} said that it was fixed, and the check proved it."


@record
class Ending:
    """How an incident ends. `facts` are the new good values; a `silent` reason closes it without telling anybody.
    `by` names a program, or a person who is no user; `outcome` is what a person says that it was."""

    incident: Incident
    facts: dict[str, Any] = field(default_factory=dict)
    user: User | None = None
    by: str = ""
    outcome: str = ""
    silent: str = ""


def end(endings: Sequence[Ending], *, now: datetime) -> list[str]:
    """The troubles are over. An incident resolves unless it waits: for its parts, or until it proved stable. Returns
    the keys of what was taken for a consequence and is still broken: look at it again."""
    if not endings:
        return []
    ended = {ending.incident.pk for ending in endings}
    below = parts.open_parts(ended)
    waits = {pk: [row for row in rows if row.pk not in ended and row.merged_as in ONE_TROUBLE]
             for pk, rows in below.items()}  # fmt: skip
    unsettled = [ending for ending in endings if ending.incident.unstable_since]
    held = [ending for ending in endings if waits.get(ending.incident.pk) and ending not in unsettled]
    _keep(unsettled, waits, now)
    _keep(held, waits, now)
    done = [ending for ending in endings if ending not in unsettled and ending not in held]
    close(done, now=now)
    over = {ending.incident.pk for ending in done}
    leads_after(done, over, now)
    return [row.key for pk in over for row in below.get(pk, []) if row.pk not in ended]


def withdraw(incidents: Sequence[Incident], reason: str, *, now: datetime) -> list[Incident]:
    """Resolve without a message what is no longer watched. Returns those whose parts are left without a lead."""
    endings = [Ending(row, silent=reason) for row in incidents]
    close(endings, now=now)
    leads_after(endings, {row.pk for row in incidents}, now)
    return [row for row in incidents if row.merged_into_id is None]


def close(endings: Sequence[Ending], *, now: datetime) -> None:
    """Resolve the incidents, with a timeline line each and a message to every channel that heard of the beginning."""
    if not endings:
        return
    incidents = [ending.incident for ending in endings]
    prefetch_related_objects(incidents, "team")  # for its language
    for ending in endings:
        _resolve(ending, now)
    Incident.objects.bulk_update(incidents, FIELDS)
    TimelineEntry.objects.bulk_create(line for ending in endings for line in _lines(ending, now))
    loud = [ending.incident for ending in endings if not ending.silent]
    told = set(Told.objects.filter(incident__in=[row.pk for row in loud]).values_list("incident_id", flat=True))
    # A part was never told by itself, unless it stood alone before.
    heard = [row for row in loud if row.merged_into_id is None or row.pk in told]
    announce([Event(row, DeliveryKind.RESOLVED, row.facts) for row in heard], now=now)
    handover.end_unwatched([ending.incident for ending in endings if ending.silent], now)


def _keep(endings: Sequence[Ending], waits: dict[int, list[Incident]], now: datetime) -> None:
    """Note that the own trouble of these is over, and leave them open."""
    lines = []
    for ending in endings:
        incident, left = ending.incident, waits.get(ending.incident.pk, [])
        if incident.unstable_since:
            incident.stable_since = incident.stable_since or now
            text = SETTLES.format(title=incident.title)
        else:
            incident.over_at = incident.over_at or now
            count = "1 trouble that belongs to it" if len(left) == 1 else f"{len(left)} troubles that belong to it"
            text = WAITS.format(title=incident.title, left=count)
        incident.facts = incident.facts | ending.facts
        lines.append(TimelineEntry(incident=incident, at=now, kind=TimelineKind.RECOVERED, text=text))
    Incident.objects.bulk_update([ending.incident for ending in endings], FIELDS)
    TimelineEntry.objects.bulk_create(lines)


def leads_after(done: Sequence[Ending], over: Collection[int], now: datetime) -> None:
    """What the end of parts means for their leads: a lead whose own trouble is over resolves with the last of them."""
    numbers = {lead for ending in done if (lead := ending.incident.merged_into_id) and lead not in over}
    leads = list(
        Incident.objects.select_for_update(no_key=True)
        .filter(pk__in=numbers)
        .exclude(status=IncidentStatus.RESOLVED)
        .order_by("key", "pk")
    )
    lines = [
        TimelineEntry(
            incident=lead,
            at=now,
            kind=TimelineKind.RECOVERED,
            text=_over(ending),
        )
        for lead in leads
        for ending in done
        if ending.incident.merged_into_id == lead.pk
    ]
    TimelineEntry.objects.bulk_create(lines)
    fewer_parts(leads, now)


def fewer_parts(leads: Sequence[Incident], now: datetime) -> None:
    """Let these leads, which lost parts, know what is left; one that only waited for those resolves."""
    left = parts.open_parts([lead.pk for lead in leads])
    parts.refresh(leads, now, tell=False)
    close(
        [
            Ending(lead)
            for lead in leads
            if lead.over_at and not any(row.merged_as in ONE_TROUBLE for row in left.get(lead.pk, []))
        ],
        now=now,
    )


def _over(ending: Ending) -> str:
    person = ending.by or ending.user
    text = UNWATCHED if ending.silent else CLOSED if person else GOOD_AGAIN
    return text.format(title=ending.incident.title, person=person)


def _resolve(ending: Ending, now: datetime) -> None:
    incident = ending.incident
    began = datetime.fromisoformat(incident.facts.get("opened_at") or incident.opened_at.isoformat())
    last = {
        "opened_at": began.isoformat(),
        "resolved_at": now.isoformat(),
        "duration_seconds": (now - began).total_seconds(),
        "by": ending.by or (str(ending.user) if ending.user else ""),
        "outcome": ending.outcome,
        "trouble": write_title(facts=incident.facts),
        **_trouble_in(incident),
        **({"withdrawn": ending.silent} if ending.silent else {}),
    }
    incident.facts = incident.facts | ending.facts | last
    incident.status, incident.resolved_at, incident.resolved_by = IncidentStatus.RESOLVED, now, ending.user
    incident.outcome, incident.over_at = ending.outcome, incident.over_at or now


def _trouble_in(incident: Incident) -> dict[str, Any]:
    """What it was in the language of the team: the facts that told so are overwritten by those of its end."""
    language = incident.team.language
    if language == Language.ENGLISH:
        return {}
    return {"trouble_in": {language: write_title(facts=incident.facts | {"language": language})}}


def _lines(ending: Ending, now: datetime) -> list[TimelineEntry]:
    incident = ending.incident
    text = write_message(
        kind=DeliveryKind.RESOLVED, facts=incident.facts, severity=incident.severity, link="", repeated=False
    ).headline
    texts = [PROVEN.format(person=incident.fixed_by)] if incident.fixed_by and not ending.user else []
    return [
        TimelineEntry(incident=incident, at=now, kind=TimelineKind.RESOLVED, text=each, user=ending.user)
        for each in [*texts, text]
    ]
