"""What the page of one table shows: its columns and what became of them, its rules, and the trouble that is open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString

from apps.alerts.models import Incident, IncidentStatus
from apps.common.records import record
from apps.connections.models import Table
from apps.connections.services import ENGINES, Column, TableName, column_history, columns_by_table
from apps.rules.edits import Edit, edits_of
from apps.rules.items import connection_key
from apps.rules.kinds import KINDS
from apps.rules.models import Check, RuleState
from apps.rules.overview import RANK, STATES
from apps.rules.seen import seen_words
from apps.rules.tables.words import change_words, size_words, unchanged_words

VERSIONS = 50
INCIDENTS = 20
PAST = 10


@record
class RuleLine:
    """A rule on the table. `seen` says in words what was last found."""

    state: RuleState
    verdict: str
    seen: str

    @property
    def kind(self) -> str:
        return KINDS[self.state.rule.kind].label

    @property
    def label(self) -> str:
        return STATES[self.verdict]


@record
class TablePage:
    """Everything the page shows. `past`: what was trouble before. `edits`: who changed what of its rules and of the
    connection. `unchanged` stands where there is no `history`. `calendar` is the address of the
    picture of its days; empty where there is none."""

    table: Table
    name: TableName
    columns: Sequence[Column]
    size: str
    change: str | SafeString
    history: list[tuple[datetime, list[str]]]
    unchanged: str
    rules: list[RuleLine]
    incidents: list[Incident]
    past: list[Incident]
    edits: list[Edit]
    calendar: str


def read_table(table: Table) -> TablePage:
    """Read the page of a table, whose connection was fetched with it."""
    name, engine = TableName(table.schema, table.name), ENGINES[table.connection.engine]
    rules = _rules(table)
    columns = columns_by_table([table.pk]).get(table.pk, ())
    return TablePage(
        table=table,
        name=name,
        columns=columns,
        size=size_words(table, engine),
        change=change_words(table, engine),
        history=list(column_history(table, limit=VERSIONS)),
        unchanged=unchanged_words(columns),
        rules=rules,
        incidents=list(_incidents(table, name, rules)[:INCIDENTS]),
        past=list(_past(table, name)[:PAST]),
        edits=edits_of(rules={line.state.rule_id for line in rules}, connection=table.connection_id),
        calendar=_calendar(table),
    )


def _rules(table: Table) -> list[RuleLine]:
    """The rules that watch it by name or by pattern, the worst first."""
    newest = Check.objects.filter(state=OuterRef("pk")).order_by("-at").values("pk")[:1]
    states = RuleState.objects.filter(connection=table.connection_id, schema=table.schema, table=table.name)
    found = list(states.select_related("rule").annotate(newest=Subquery(newest)).order_by("rule__name"))
    checks = Check.objects.in_bulk([state.newest for state in found if state.newest])
    lines = [_line(state, checks.get(state.newest)) for state in found]
    return sorted(lines, key=lambda line: RANK[line.verdict])


def _line(state: RuleState, check: Check | None) -> RuleLine:
    verdict = "paused" if state.rule.paused else state.verdict or "never"
    unit = KINDS[state.rule.kind].unit
    seen = seen_words(unit, check.verdict, check.measured, check.reason) if check else ""
    return RuleLine(state, verdict, seen)


def _incidents(table: Table, name: TableName, rules: Sequence[RuleLine]) -> QuerySet[Incident]:
    """What is open about the table, and about its connection. What stays open for others alone is over here."""
    wanted = Q(key=connection_key(table.connection_id))
    for line in rules:
        wanted |= Q(key__startswith=f"rule/{line.state.rule_id}/", facts__table=str(name))
    team = Q(team_id=table.connection.team_id)
    rows = Incident.objects.filter(team, wanted, over_at=None).exclude(status=IncidentStatus.RESOLVED)
    return rows.select_related("merged_into").order_by("-opened_at")


def _past(table: Table, name: TableName) -> QuerySet[Incident]:
    rows = Incident.objects.filter(team=table.connection.team_id, connection_id=table.connection_id, table=str(name))
    return rows.filter(status=IncidentStatus.RESOLVED).order_by("-opened_at")


def _calendar(table: Table) -> str:
    try:
        return reverse("admin:table_calendar", args=[table.pk])
    except NoReverseMatch:
        return ""
