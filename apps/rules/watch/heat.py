"""The heat map: tables by days, the worst tables first, in a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery

from apps.alerts.models import Incident, IncidentStatus
from apps.common.records import record
from apps.common.walltime import midnight
from apps.connections.models import Connection, Table
from apps.rules.days.completeness import WEEKS, Day, DayRows, Terms, judge_days
from apps.rules.items import rule_work
from apps.rules.models import Check, Observation, Rule, RuleState, Verdict
from apps.rules.watch.cells import DAY, Cell, Span, cells_of, last_days
from apps.teams.permissions import Grant, allowed

LENGTHS = (14, 30)
ROWS = 20
MOST_SPANS = 2_000


class Place(NamedTuple):
    """A table of a connection."""

    connection_id: int
    schema: str
    table: str

    @property
    def name(self) -> str:
        return f"{self.schema}.{self.table}"


@record
class Row:
    """A table with its days. `table_id` is its number in the catalogue, where it has one."""

    name: str
    connection: str
    table_id: int | None
    cells: list[Cell]


@record
class Heat:
    """The worst tables, and how many more are watched."""

    days: list[date]
    rows: list[Row]
    more: int


def read_heat(grant: Grant, *, length: int, zone: ZoneInfo, now: datetime) -> Heat:
    """Read the last `length` days, which are days of `zone`."""
    days = last_days(now, zone, length)
    since = midnight(days[0], zone)
    states = RuleState.objects.filter(rule__in=allowed(Rule.objects.order_by(), grant)).exclude(table="").order_by()
    ranked = _ranked(states, grant, since)
    shown = ranked[:ROWS]
    of_shown = _at(states, shown)
    spans = _spans(grant, shown, since)
    counted = _counted(of_shown, days)
    watched = _watched_since(of_shown)
    tables = _catalogued(grant, shown)
    names = dict(Connection.objects.filter(pk__in={place.connection_id for place in shown}).values_list("pk", "name"))
    rows = [
        Row(
            name=place.name,
            connection=names.get(place.connection_id, ""),
            table_id=tables.get(place),
            cells=cells_of(
                days, spans[place.connection_id, place.name], counted.get(place, {}),
                watched_since=watched.get(place), zone=zone, now=now,
            ),
        )
        for place in shown
    ]  # fmt: skip
    return Heat(days, rows, len(ranked) - len(shown))


def _ranked(states: QuerySet[RuleState], grant: Grant, since: datetime) -> list[Place]:
    """All watched tables: those that are broken now first, then by their incidents in that time, then by name."""
    rows = states.values_list("connection_id", "schema", "table").annotate(
        bad=Count("pk", filter=Q(verdict=Verdict.BREACHED))
    )
    incidents = _incidents(grant, since).values_list("connection_id", "table").annotate(count=Count("pk"))
    counts = {(connection, table): count for connection, table, count in incidents}
    found = [(Place(*place), bad) for *place, bad in rows]
    found.sort(key=lambda each: (not each[1], -counts.get((each[0].connection_id, each[0].name), 0), each[0].name))
    return [place for place, _ in found]


def _incidents(grant: Grant, since: datetime) -> QuerySet[Incident]:
    rows = allowed(Incident.objects.exclude(table=""), grant).order_by()
    return rows.filter(Q(resolved_at__gte=since) | ~Q(status=IncidentStatus.RESOLVED))


def _at(states: QuerySet[RuleState], places: Sequence[Place]) -> QuerySet[RuleState]:
    wanted = Q(pk__in=[])
    for place in places:
        wanted |= Q(connection_id=place.connection_id, schema=place.schema, table=place.table)
    return states.filter(wanted)


def _spans(grant: Grant, places: Sequence[Place], since: datetime) -> Mapping[tuple[int, str], list[Span]]:
    wanted = Q(pk__in=[])
    for place in places:
        wanted |= Q(connection_id=place.connection_id, table=place.name)
    rows = _incidents(grant, since).filter(wanted).order_by("-opened_at")
    spans: dict[tuple[int, str], list[Span]] = defaultdict(list)
    known = rows.values_list("connection_id", "table", "opened_at", "resolved_at")[:MOST_SPANS]
    for connection, table, begins, ends in known:
        if connection is not None:
            spans[connection, table].append(Span(begins, ends))
    return spans


def _counted(states: QuerySet[RuleState], days: Sequence[date]) -> dict[Place, dict[date, Day]]:
    """The days of the tables whose rows a rule counts by the day, as they were counted at its last check."""
    counting = {}
    for state in states.select_related("rule", "connection").order_by("-rule_id"):
        if state.last_check_at and _counts_days(state):
            counting[state.pk] = state
    first = midnight(days[0], ZoneInfo("UTC")) - (WEEKS * 7 + 1) * DAY
    rows = Observation.objects.filter(state__in=list(counting), measure="rows_arrived", segment="", at__gte=first)
    by_state: dict[int, list[DayRows]] = defaultdict(list)
    for state_id, at, value in rows.values_list("state_id", "at", "value"):
        zone = ZoneInfo(counting[state_id].rule.timezone)
        day = at.astimezone(zone).date()
        if at == midnight(day, zone):
            by_state[state_id].append(DayRows(day, int(value)))
    found: dict[Place, dict[date, Day]] = {}
    for state_id, counts in by_state.items():
        state = counting[state_id]
        terms = Terms(ZoneInfo(state.rule.timezone))
        judged = judge_days(counts, now=state.last_check_at, terms=terms, count=len(days))  # type: ignore[arg-type]
        found[Place(state.connection_id, state.schema, state.table)] = {day.day: day for day in judged.days}
    return found


def _counts_days(state: RuleState) -> bool:
    kind = rule_work(state.rule, state.connection).kind
    return kind is not None and kind.counts_days_by is not None


def _watched_since(states: QuerySet[RuleState]) -> dict[Place, datetime]:
    """When the oldest check that is kept was made, of each table."""
    oldest = Check.objects.filter(state=OuterRef("pk")).order_by("at").values("at")[:1]
    rows = states.annotate(oldest=Subquery(oldest)).values_list("connection_id", "schema", "table")
    return {Place(*place): at for *place, at in rows.annotate(first=Min("oldest")) if at}


def _catalogued(grant: Grant, places: Sequence[Place]) -> dict[Place, int]:
    wanted = Q(pk__in=[])
    for place in places:
        wanted |= Q(connection_id=place.connection_id, schema=place.schema, name=place.table)
    rows = allowed(Table.objects.filter(wanted), grant, team="connection__team").order_by()
    return {Place(row.connection_id, row.schema, row.name): row.pk for row in rows.only("connection", "schema", "name")}
