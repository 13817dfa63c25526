"""What is searched, group by group: at most one statement each, however much there is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.db.models import Case, IntegerField, Model, Q, QuerySet, Value, When
from django.urls import reverse

from apps.alerts.models import Channel, Incident, IncidentStatus
from apps.alerts.services import CHANNELS
from apps.common.records import record
from apps.connections.models import Connection, Table
from apps.connections.services import (
    ENGINES,
    Column,
    columns_of,
    columns_that_match,
    search_columns,
    search_names,
    words_in,
)
from apps.rules.kinds import KINDS
from apps.rules.models import Rule
from apps.teams.models import Member
from apps.teams.permissions import Act, Grant, allowed

SHOWN = 6
M = TypeVar("M", bound=Model)
OPEN_FIRST = Case(When(status=IncidentStatus.RESOLVED, then=Value(1)), default=Value(0), output_field=IntegerField())


@record
class Hit:
    """Something that was found: its name, what it is or belongs to, and its address."""

    title: str
    detail: str
    address: str


@record
class Group:
    """What was found of one sort. `more`: there is more than is shown, all of it at `all_at` (empty: nowhere)."""

    key: str
    title: str
    hits: list[Hit]
    more: bool = False
    all_at: str = ""


@record
class Finder:
    """A group: `find` gives at most one hit more than `SHOWN`. `list_page` is the page that searches on."""

    key: str
    title: str
    find: Callable[[Grant, Sequence[str]], list[Hit]]
    list_page: str = ""


def find_all(grant: Grant, asked: str) -> list[Group]:
    """What may be seen and holds every word of `asked`; groups without a hit are left out."""
    words = words_in(asked)
    if not words:
        return []
    groups = [_group(finder, finder.find(grant, words), asked) for finder in FINDERS]
    return [group for group in groups if group.hits]


def _group(finder: Finder, hits: list[Hit], asked: str) -> Group:
    all_at = reverse(finder.list_page, query={"q": asked}) if finder.list_page else ""
    return Group(finder.key, finder.title, hits[:SHOWN], len(hits) > SHOWN, all_at)


def _holding(rows: QuerySet[M], words: Sequence[str], *fields: str) -> QuerySet[M]:
    """Those in which each word stands in one of the fields, one more than is shown."""
    for word in words:
        wanted = Q()
        for field in fields:
            wanted |= Q(**{f"{field}__icontains": word})
        rows = rows.filter(wanted)
    return rows[: SHOWN + 1]


def _rules(grant: Grant, words: Sequence[str]) -> list[Hit]:
    rows = allowed(Rule.objects.select_related("connection", "team"), grant).order_by("name", "pk")
    return [
        Hit(
            row.name,
            _parts(_kind(row), row.table or ", ".join(row.include), row.connection.name, row.team.name),
            reverse("admin:rules_rule_page", args=[row.pk]),
        )
        for row in _holding(rows, words, "name", "table", "connection__name")
    ]


def _kind(rule: Rule) -> str:
    return KINDS[rule.kind].label if rule.kind in KINDS else rule.kind


def _tables_seen(grant: Grant) -> QuerySet[Table]:
    rows = Table.objects.filter(gone_at=None).select_related("connection__team")
    return allowed(rows, grant, team="connection__team").order_by("name", "schema", "pk")


def _tables(grant: Grant, words: Sequence[str]) -> list[Hit]:
    rows = search_names(_tables_seen(grant), words)[: SHOWN + 1]
    return [Hit(str(row), _parts(row.connection.name, row.connection.team.name), _of_table(row)) for row in rows]


def _columns(grant: Grant, words: Sequence[str]) -> list[Hit]:
    rows = search_columns(_tables_seen(grant), words)[: SHOWN + 1]
    found = [(row, column) for row in rows for column in _matching(row, words)]
    return [
        Hit(column.name, _parts(column.type, f"in {row}", row.connection.name), _of_table(row))
        for row, column in found[: SHOWN + 1]
    ]


def _matching(row: Any, words: Sequence[str]) -> Sequence[Column]:
    return columns_that_match(columns_of(row.found_columns), " ".join(words))


def _of_table(row: Table) -> str:
    return reverse("admin:table_page", args=[row.pk])


def _connections(grant: Grant, words: Sequence[str]) -> list[Hit]:
    rows = allowed(Connection.objects.select_related("team"), grant).order_by("name", "pk")
    return [
        Hit(
            row.name, _parts(_engine(row), row.team.name), reverse("admin:connections_connection_change", args=[row.pk])
        )
        for row in _holding(rows, words, "name", "engine")
    ]


def _engine(row: Connection) -> str:
    return ENGINES[row.engine].label if row.engine in ENGINES else row.engine


def _incidents(grant: Grant, words: Sequence[str]) -> list[Hit]:
    rows = allowed(Incident.objects.select_related("team"), grant).order_by(OPEN_FIRST, "-opened_at")
    numbers = [int(word.lstrip("#")) for word in words if word.lstrip("#").isdecimal() and len(word) < 18]
    found = _holding(rows, words, "title", "table")
    if len(words) == 1 and numbers:
        found = rows.filter(Q(pk=numbers[0]) | Q(title__icontains=words[0]) | Q(table__icontains=words[0]))[: SHOWN + 1]
    return [
        Hit(
            row.title,
            _parts(f"#{row.pk}", row.get_status_display(), f"{row.opened_at:%-d %b %Y}", row.team.name),
            reverse("admin:alerts_incident_page", args=[row.pk]),
        )
        for row in found
    ]


def _channels(grant: Grant, words: Sequence[str]) -> list[Hit]:
    rows = allowed(Channel.objects.select_related("team"), grant).order_by("name", "pk")
    return [
        Hit(row.name, _parts(_type(row), row.team.name), reverse("admin:alerts_channel_change", args=[row.pk]))
        for row in _holding(rows, words, "name", "type")
    ]


def _type(row: Channel) -> str:
    return CHANNELS[row.type].label if row.type in CHANNELS else row.type


def _people(grant: Grant, words: Sequence[str]) -> list[Hit]:
    """Members of the teams that the person administers: nobody else is shown who is there."""
    if not grant.allows_anywhere(Act.ADMINISTER):
        return []
    rows = allowed(Member.objects.select_related("user", "team"), grant, act=Act.ADMINISTER).order_by(
        "user__name", "pk"
    )
    return [
        Hit(
            str(row.user),
            _parts(row.user.email if row.user.name else "", row.get_role_display(), row.team.name),
            reverse("admin:teams_member_change", args=[row.pk]),
        )
        for row in _holding(rows, words, "user__name", "user__email")
    ]


def _parts(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


# In the order of the results; pages come before them all.
FINDERS = (
    Finder("rules", "Rules", _rules, "admin:rules_rule_changelist"),
    Finder("tables", "Tables", _tables, "admin:tables"),
    Finder("columns", "Columns", _columns, "admin:tables"),
    Finder("incidents", "Incidents", _incidents, "admin:alerts_incident_changelist"),
    Finder("connections", "Connections", _connections, "admin:connections_connection_changelist"),
    Finder("channels", "Channels", _channels, "admin:alerts_channel_changelist"),
    Finder("people", "People", _people, "admin:teams_member_changelist"),
)
