"""Incidents join the one that is their cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Q

from apps.alerts.incidents import handover, newcomers, parts
from apps.alerts.incidents.closing import Ending, end, fewer_parts
from apps.alerts.incidents.grouping import Case, Place, consequences, home_of
from apps.alerts.incidents.handling import locked
from apps.alerts.models import Dependency, Incident, IncidentStatus, Merge, TimelineEntry, TimelineKind
from apps.common.bulk import update_rows
from apps.common.errors import InvalidInput
from apps.teams.models import User

WORDS = {
    Merge.TABLE: "It is about the same table",
    Merge.CONNECTION: "The connection cannot be checked at all",
    Merge.UPSTREAM: "A table that feeds this one is broken",
    Merge.RELATED: "It broke at the same time on the same connection, so it is probably related",
    Merge.PERSON: "A person merged them",
}
JOINED = "{why}: it is part of incident {number} ({title}), and messages go out about that one."
NAMED = 5


def group(incidents: Sequence[Incident], now: datetime) -> list[Incident]:
    """Let each of these new incidents join its lead, and let earlier ones join a new one that is their cause. Returns
    the leads that gained a part; `incidents` that joined know their lead."""
    placed = [incident for incident in incidents if incident.connection_id is not None]
    if not placed:
        return []
    feeds = _feeds(placed)
    cases = _cases(placed, wide=bool(feeds))
    moves = _moves(placed, cases, feeds, now)
    leads = _unresolved({lead for lead, _ in moves.values()})
    moves = {pk: move for pk, move in moves.items() if move[0] in leads}
    rows = leads | Incident.objects.in_bulk([pk for pk in moves if pk not in leads])
    rows |= {incident.pk: incident for incident in incidents}
    for pk, (lead, merge) in moves.items():
        rows[pk].merged_into, rows[pk].merged_as = rows[lead], merge
    joined = [rows[pk] for pk in moves]
    update_rows(Incident, ["merged_into", "merged_as"], [(row.merged_into_id, row.merged_as, row.pk) for row in joined])
    moved = [incident for incident in joined if incident not in incidents]
    _take_along([*moved, *(incident for incident in joined if incident.reopened)])
    TimelineEntry.objects.bulk_create(lines_of(joined, now))
    handover.end_pages(moved, now)
    # One that only waited for its parts, which went with it, has nothing left to wait for.
    end([Ending(incident) for incident in moved if incident.over_at], now=now)
    return [rows[pk] for pk in dict.fromkeys(lead for lead, _ in moves.values())]


def _take_along(joined: Sequence[Incident]) -> None:
    """The parts of these go where they went: what has a lead leads nobody."""
    led = Incident.objects.filter(merged_into__in=[incident.pk for incident in joined])
    numbers = set(led.order_by().values_list("merged_into", flat=True).distinct())
    for incident in joined:
        if incident.pk in numbers:
            Incident.objects.filter(merged_into=incident).update(merged_into=incident.merged_into)


def merge(incident: Incident, into: Incident, user: User | None, now: datetime) -> None:
    """Make `incident` and its parts parts of `into`, because `user` says so. Raises InvalidInput when one of them is
    resolved, they belong to different teams, or are the same."""
    lead = locked(into, "merge into")
    lead = locked(lead.merged_into, "merge into") if lead.merged_into else lead
    row = locked(incident, "merge")
    if lead.pk == row.pk or lead.team_id != row.team_id:
        raise InvalidInput("Choose another open incident of the same team.", field="into")
    Incident.objects.filter(merged_into=row).update(merged_into=lead)
    before = row.merged_into
    row.merged_into, row.merged_as = lead, Merge.PERSON
    row.save(update_fields=["merged_into", "merged_as"])
    TimelineEntry.objects.bulk_create(lines_of([row], now, user=user))
    handover.end_pages([row], now)
    parts.refresh([lead], now)
    newcomers.tell([lead], [], now)
    if before and before.pk != lead.pk and before.status != IncidentStatus.RESOLVED:
        fewer_parts([before], now)
    end([Ending(row)] if row.over_at else [], now=now)
    incident.refresh_from_db()


def lines_of(joined: Sequence[Incident], now: datetime, *, user: Any = None) -> list[TimelineEntry]:
    """What the timelines of the parts and of their leads say of the merge: one line each."""
    texts: list[tuple[Incident, str]] = []
    by_lead: dict[tuple[int, str], list[Incident]] = {}
    for row in joined:
        lead = row.merged_into
        if lead is not None:
            why = WORDS[Merge(row.merged_as)]
            texts.append((row, JOINED.format(why=why, number=lead.pk, title=lead.title)))
            by_lead.setdefault((lead.pk, why), []).append(row)
    for (_, why), rows in by_lead.items():
        names = ", ".join(row.title for row in rows[:NAMED])
        more = f" and {len(rows) - NAMED:,} more" if len(rows) > NAMED else ""
        are = "is" if len(rows) == 1 else "are"
        lead = rows[0].merged_into
        if lead is not None:
            texts.append((lead, f"{names}{more} {are} part of this now. {why}."))
    return [TimelineEntry(incident=row, at=now, kind=TimelineKind.GROUPED, text=text, user=user) for row, text in texts]


def _moves(
    placed: Sequence[Incident], cases: list[Case], feeds: Mapping[Place, Sequence[Place]], now: datetime
) -> dict[int, tuple[int, Merge]]:
    """Which incident goes where. Each new one sees those before it, so that what breaks together finds one lead."""
    known = {case.number: case for case in cases}
    new = {incident.pk for incident in placed}
    seen = [case for case in cases if case.number not in new]
    moves: dict[int, tuple[int, Merge]] = {}
    # What is about the connection as such comes first, then what is older: the others join it.
    for case in sorted((known[pk] for pk in new), key=lambda case: (not case.whole, case.number)):
        home = home_of(case, seen, feeds, now)
        if home:
            moves[case.number] = home
            seen.append(replace(case, lead=home[0]))
            continue
        taken = consequences(case, seen, feeds, now)
        if taken:
            moves |= dict.fromkeys(taken, (case.number, Merge.CONNECTION if case.whole else Merge.UPSTREAM))
            moves = {pk: (case.number if lead in taken else lead, merge) for pk, (lead, merge) in moves.items()}
            seen = [replace(each, lead=case.number) if each.lead in taken else each for each in seen]
        seen.append(case)
    return moves


def _cases(placed: Sequence[Incident], *, wide: bool) -> list[Case]:
    """The unresolved incidents that could belong together with these; of all connections where lineage is known."""
    places = Q() if wide else Q(connection_id__in={incident.connection_id for incident in placed})
    rows = Incident.objects.filter(places, team__in={incident.team_id for incident in placed})
    fields = ("pk", "merged_into", "connection_id", "table", "kind", "opened_at", "kept_apart", "facts__situation")
    found = rows.exclude(status=IncidentStatus.RESOLVED).order_by("opened_at", "pk").values_list(*fields)
    return [
        Case(
            number=pk,
            lead=lead or pk,
            connection_id=connection_id,
            table=table,
            kind=kind,
            opened_at=opened_at,
            apart=apart,
            blind=situation == "unknown",
            whole=situation == "connection",
        )
        for pk, lead, connection_id, table, kind, opened_at, apart, situation in found
    ]


def _feeds(placed: Sequence[Incident]) -> dict[Place, list[Place]]:
    """Which tables feed which, up to five hops up from and five hops down to the tables of these incidents."""
    if not Dependency.objects.exists():
        return {}
    feeds: dict[Place, list[Place]] = {}
    # Read whole: a company's lineage is thousands of rows, and a walk in the database would take a statement per hop.
    rows = Dependency.objects.values_list("connection_id", "table", "upstream_connection_id", "upstream_table")
    for connection_id, table, upstream_id, upstream in rows:
        feeds.setdefault((connection_id, table), []).append((upstream_id, upstream))
    return feeds


def _unresolved(leads: set[int]) -> dict[int, Incident]:
    """The leads, locked, in the order of their keys. One that was resolved meanwhile takes nobody in."""
    rows = Incident.objects.select_for_update(no_key=True).filter(pk__in=leads).exclude(status=IncidentStatus.RESOLVED)
    return {row.pk: row for row in rows.order_by("key", "pk")}
