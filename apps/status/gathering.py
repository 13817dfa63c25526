"""Reads what the pages of a team show: a fixed number of statements, however many rules and incidents there are."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast, Coalesce

from apps.alerts.models import Incident, IncidentStatus, Outcome, TimelineEntry, TimelineKind
from apps.common.records import record
from apps.connections.models import Table
from apps.rules.models import Check, Feedback, Observation, Rule, RuleState, Verdict
from apps.rules.services import KINDS
from apps.status.choosing import Bout, Trouble, Watched
from apps.status.spans import Span, Spans, tidy, without

NOT_DOWN = (Outcome.FALSE_ALARM, Outcome.EXPECTED)
EXCUSES = (
    Feedback.Meaning.EXPECTED, Feedback.Meaning.NEW_NORMAL, Feedback.Meaning.FALSE_ALARM, Feedback.Meaning.IGNORE,
)  # fmt: skip
BEGUN = (TimelineKind.DETECTED, TimelineKind.REOPENED)
UNKNOWN = "/unknown"


@record
class Gathered:
    """All that is known of a team's data: rules on tables, when each rule rested, and the incidents of the time."""

    watched: list[Watched]
    paused: dict[int, list[Span]]
    troubles: list[Trouble]


def gather(team_id: int, since: datetime, now: datetime) -> Gathered:
    """Read it; of incidents those that lasted at `since` or later."""
    rules = {row[0]: row[1:] for row in Rule.objects.filter(team=team_id).values_list("pk", "kind", "tags", "paused")}
    return Gathered(
        watched=list(_watched(team_id, rules)),
        paused=_paused(rules, now),
        troubles=list(_troubles(team_id, since)),
    )


def _watched(team_id: int, rules: dict[int, tuple[Any, ...]]) -> Iterable[Watched]:
    judged = Check.objects.filter(state=OuterRef("pk"), verdict__in=(Verdict.OK, Verdict.BREACHED))
    moved = Observation.objects.filter(state=OuterRef("pk"), measure="changed", segment="")
    table = Table.objects.filter(
        connection=OuterRef("connection"), schema=OuterRef("schema"), name=OuterRef("table"), gone_at=None
    )
    states = RuleState.objects.filter(rule__team=team_id).exclude(table="")
    rows = states.values_list(
        "rule_id", "connection_id", "schema", "table", "verdict", "last_check_at",
        Subquery(judged.order_by("at").values("at")[:1]),
        Subquery(moved.order_by("-at").values("at")[:1]),
        Subquery(table.values("changed_at")[:1]),
    )  # fmt: skip
    for rule_id, connection_id, schema, name, verdict, last, first, moved_at, changed_at in rows:
        if rule_id in rules:
            kind, tags, paused = rules[rule_id]
            yield Watched(
                rule_id, connection_id, f"{schema}.{name}", _unit(kind), tags, paused, verdict, last, first,
                moved_at or changed_at,
            )  # fmt: skip


def _unit(kind: str) -> str:
    return KINDS[kind].unit if kind in KINDS else ""


def _paused(rules: dict[int, tuple[Any, ...]], now: datetime) -> dict[int, list[Span]]:
    """When each rule was paused, by its history; one without a history was always as it is."""
    always = Span(datetime.min.replace(tzinfo=now.tzinfo), now)
    found = {pk: [always] for pk, (_, _, paused) in rules.items() if paused}
    ever = Rule.history.filter(id__in=list(rules), paused=True).values("id")
    rows = Rule.history.filter(id__in=ever).order_by("id", "history_date", "history_id")
    for pk, lines in groupby(rows.values_list("id", "history_date", "paused"), key=lambda row: row[0]):
        known = [(at, paused) for _, at, paused in lines]
        ends = [at for at, _ in known[1:]] + [now]
        found[pk] = tidy(Span(at, end) for (at, paused), end in zip(known, ends, strict=True) if paused)
    return found


def _troubles(team_id: int, since: datetime) -> Iterable[Trouble]:
    rows = Incident.objects.filter(~Q(status=IncidentStatus.RESOLVED) | Q(resolved_at__gte=since), team=team_id)
    counted = rows.exclude(outcome__in=NOT_DOWN).order_by()
    rounds, excused = _rounds(counted), _excused(team_id)
    unresolved = counted.exclude(status=IncidentStatus.RESOLVED)
    had = set(unresolved.exclude(acknowledged_at=None, assigned_to=None).values_list("pk", flat=True))
    bouts: dict[tuple[Any, ...], list[Bout]] = {}
    for rule_id, connection_id, table, kind, tags, key, pk, started, over, again in _incidents(counted):
        start, end, taken = _moment(started), _moment(over) if over else None, pk in had
        unknown = rule_id is None or key.endswith(UNKNOWN)
        place = bouts.setdefault((rule_id, connection_id, table, kind, tags, unknown), [])
        for begins, ends in rounds[pk][:-1] if again and pk in rounds else ():
            place.append(Bout(pk, begins, ends, taken))
        place.append(Bout(pk, rounds[pk][-1][0] if again and pk in rounds else start, end, taken))
    for (rule_id, connection_id, table, kind, tags, unknown), found in bouts.items():
        excuses = excused.get((rule_id, table), ())
        left = list(excepted(found, excuses)) if excuses else found
        yield Trouble(rule_id, connection_id, table, json.loads(tags or "[]"), _unit(kind), unknown, left)


def _incidents(rows: QuerySet[Incident]) -> QuerySet[Incident, tuple[Any, ...]]:
    """What is needed of them. Times and tags come as the database writes them: of ten thousand incidents, reading them
    is most of the work, and Django's own way takes three times as long."""
    over = Coalesce("over_at", "stable_since", "resolved_at")
    return rows.values_list(
        "rule_id", "connection_id", "table", "kind", Cast("tags", TextField()),
        "key", "pk", Cast("opened_at", TextField()), Cast(over, TextField()), "reopened",
    )  # fmt: skip


def _moment(text: str) -> datetime:
    """A time in UTC as the database writes it: with its offset, or without where it knows none."""
    return datetime.fromisoformat(text if "+" in text else f"{text}+00:00")


def _rounds(incidents: QuerySet[Incident]) -> dict[int, list[tuple[datetime, datetime | None]]]:
    """The times of those that came back, by their timelines: from each beginning to the end that followed."""
    lines = TimelineEntry.objects.filter(
        incident__in=incidents.filter(reopened__gt=0).values("pk"), kind__in=(*BEGUN, TimelineKind.RESOLVED)
    )
    found: dict[int, list[tuple[datetime, datetime | None]]] = {}
    for pk, at, kind in lines.order_by("incident", "at", "pk").values_list("incident_id", "at", "kind"):
        rounds = found.setdefault(pk, [])
        lasts = bool(rounds) and rounds[-1][1] is None
        if kind in BEGUN and not lasts:
            rounds.append((at, None))
        elif kind not in BEGUN and lasts:
            rounds[-1] = (rounds[-1][0], at)
    return {pk: rounds for pk, rounds in found.items() if rounds}


def _excused(team_id: int) -> dict[tuple[int | None, str], list[Span]]:
    """The times that people called no trouble, by rule and table."""
    rows = Feedback.objects.filter(state__rule__team=team_id, taken_back_at=None, meaning__in=EXCUSES).order_by()
    found: dict[tuple[int | None, str], list[Span]] = {}
    for rule_id, schema, table, begins, ends in rows.values_list(
        "state__rule_id", "state__schema", "state__table", "begins", "ends"
    ):
        found.setdefault((rule_id, f"{schema}.{table}"), []).append(Span(begins, ends))
    return {key: tidy(spans) for key, spans in found.items()}


def excepted(bouts: Iterable[Bout], excuses: Spans) -> Iterable[Bout]:
    """Bouts without the times that were excused. One that lasts stays open, from the end of an excuse on. Pure."""
    for bout in bouts:
        end = bout.end or datetime.max.replace(tzinfo=bout.start.tzinfo)
        for part in without([Span(bout.start, end)], excuses):
            open_end = bout.end is None and part.end == end
            yield Bout(bout.pk, part.start, None if open_end else part.end, bout.taken)
