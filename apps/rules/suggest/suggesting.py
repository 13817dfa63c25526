"""Suggestions for a connection, read from its catalogue: nothing here asks the data store."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain

from django.db.models import Exists, OuterRef, Subquery

from apps.alerts.models import Channel
from apps.common.errors import InvalidInput
from apps.common.records import record
from apps.connections.models import Connection, ConnectionState, Table, TableKind, TableVersion
from apps.connections.services import ENGINES, Column, TableName
from apps.rules import validation
from apps.rules.drafts import RuleDraft
from apps.rules.kinds import KINDS
from apps.rules.models import Rule, RuleState
from apps.rules.suggest.candidates import Candidate
from apps.rules.suggest.columnvalues import MOST_TABLES as MOST_READ
from apps.rules.suggest.columnvalues import read_facts
from apps.rules.suggest.proposal import Proposal
from apps.rules.suggest.proposals import Evidence, Store, arrival_column, propose
from apps.rules.suggest.ranking import Suggestion, rank
from apps.rules.suggest.readback import MOST_TABLES, PastOf, read_histories

NAME_LENGTH = 150
FIELDS = (
    "pk", "schema", "name", "kind", "rows", "bytes", "changed_at", "watched_since", "changes", "writes", "fingerprint",
    "comment",
)  # fmt: skip


@record
class Suggestions:
    """The ranked tables of a connection, and how its catalogue fares: when it was last read (None: that is not known),
    whether it is being read or about to be, and why it could not be read."""

    connection: Connection
    ranked: Sequence[Suggestion]
    catalogued_at: datetime | None = None
    awaited: bool = False
    trouble: str = ""


@record
class ProposedRule:
    """A rule that may be made, in canonical form, and why it is as it is."""

    draft: RuleDraft
    why: str


def suggest_tables(*, connection: Connection, now: datetime) -> Suggestions:
    """All tables that the catalogue knows of, the one most worth watching first. A fixed number of queries."""
    watched = _watched(connection)
    rows = Table.objects.filter(connection=connection, gone_at=None).order_by().values_list(*FIELDS)
    state = ConnectionState.objects.filter(connection=connection).first()
    read_at = state.catalogued_at if state else None
    awaited = read_at is None or read_at > now  # later: somebody is reading it
    unread = _unread(connection, read_at) if read_at and not awaited else set()
    tables = [_candidate(row, watched, unread) for row in rows.iterator()]
    ranked = rank(tables, now=now)
    if state is None or read_at is None or awaited:
        return Suggestions(connection, ranked, awaited=True)
    if state.failing_since and state.failing_since <= read_at:
        return Suggestions(connection, ranked, trouble=state.error)
    return Suggestions(connection, ranked, read_at)


@record
class Reading:
    """What is to be read of the tables beside the catalogue: their `history`, what their columns hold (`values`)."""

    history: bool = False
    values: bool = False

    @property
    def most_tables(self) -> int | None:
        """Of how many tables at a time that is read; None: nothing is."""
        return MOST_READ if self.values else MOST_TABLES if self.history else None


NOTHING = Reading()


def propose_rules(
    *,
    connection: Connection,
    suggestions: Iterable[Suggestion],
    channels: Sequence[Channel] = (),
    reading: Reading = NOTHING,
    now: datetime,
) -> dict[int, list[ProposedRule]]:
    """The rules for each of the tables, by the table's id, under names that the team does not use yet. With `reading`
    the data store is asked, about so many tables as that allows. Raises InvalidInput and EngineError."""
    chosen = list(suggestions)
    if reading.most_tables is not None and len(chosen) > reading.most_tables:
        raise InvalidInput(f"At most {reading.most_tables} tables can be read at a time; choose fewer.")
    engine = ENGINES[connection.engine]
    store = Store(tells_changes=bool(engine.change_source), reading_costs=engine.bills_bytes)
    columns = newest_columns([each.table.id for each in chosen])
    evidence = _evidence(connection, chosen, columns, reading, now)
    taken = set(Rule.objects.filter(team=connection.team_id).values_list("name", flat=True))
    proposed: dict[int, list[ProposedRule]] = {}
    for each in chosen:
        table = each.table
        found = propose(table, each.rhythm, columns.get(table.id, ()), store, evidence[table.name])
        proposed[table.id] = [
            ProposedRule(draft_rule(connection, table.name, one, taken, tuple(channels)), one.why) for one in found
        ]
    return proposed


def _evidence(
    connection: Connection,
    chosen: Sequence[Suggestion],
    columns: Mapping[int, Sequence[Column]],
    reading: Reading,
    now: datetime,
) -> Mapping[TableName, Evidence]:
    tables = []
    for each in chosen:
        known = tuple(columns.get(each.table.id, ()))
        tables.append(PastOf(each.table.name, known, arrival_column(known)))
    histories = read_histories(connection, tables, now) if reading.history else {}
    facts = read_facts(connection, tables, now) if reading.values else {}
    return {each.table: Evidence(histories.get(each.table), facts.get(each.table)) for each in tables}


def _watched(connection: Connection) -> dict[TableName, set[str]]:
    """The kinds of the rules that each table has, by patterns or by name."""
    states = RuleState.objects.filter(connection=connection).exclude(table="")
    watched: dict[TableName, set[str]] = {}
    for schema, name, kind in states.order_by().values_list("schema", "table", "rule__kind"):
        watched.setdefault(TableName(schema, name), set()).add(kind)
    return watched


def _unread(connection: Connection, read_at: datetime) -> set[int]:
    """The tables that were there when the columns of all were read, and of which none were told."""
    known = Exists(TableVersion.objects.filter(table=OuterRef("pk")))
    rows = Table.objects.filter(~known, connection=connection, gone_at=None, first_seen_at__lte=read_at)
    return set(rows.order_by().values_list("pk", flat=True))


def _candidate(
    row: tuple[object, ...], watched: Mapping[TableName, Collection[str]], unread: Collection[int]
) -> Candidate:
    found = Table(**dict(zip(FIELDS, row, strict=True)))
    name = TableName(found.schema, found.name)
    return Candidate(
        name=name,
        id=found.pk,
        is_view=found.kind == TableKind.VIEW,
        rows=found.rows,
        bytes=found.bytes,
        changed_at=found.changed_at,
        watched_since=found.watched_since,
        changes=found.changes,
        tells_changes=found.writes is not None or bool(found.fingerprint) or found.changed_at is not None,
        unread=found.pk in unread,
        comment=found.comment,
        watched_by=frozenset(watched.get(name, ())),
    )


def newest_columns(table_ids: Sequence[int]) -> dict[int, list[Column]]:
    """The newest known columns of the tables."""
    newest = TableVersion.objects.filter(table=OuterRef("table")).order_by("-seen_at", "-pk").values("pk")[:1]
    versions = TableVersion.objects.filter(table__in=table_ids, pk=Subquery(newest)).values_list("table_id", "columns")
    return {table_id: [Column(**column) for column in columns] for table_id, columns in versions}


def draft_rule(
    connection: Connection, table: TableName, proposal: Proposal, taken: set[str], channels: tuple[Channel, ...],
    title: str = "",
) -> RuleDraft:  # fmt: skip
    """The draft of a proposal, in canonical form; its name (`title`, or the table and the kind) is added to those that
    are `taken`."""
    of = f" of {proposal.of}" if proposal.of else ""
    draft = RuleDraft(
        name=_free_name(title or f"{table} {KINDS[proposal.kind].label.lower()}{of}", connection.name, taken),
        connection=connection,
        kind=proposal.kind,
        table=str(table),
        settings=dict(proposal.settings),
        timezone=connection.timezone,  # the days of the data store are those that its loads keep to
        channels=channels,
    )
    taken.add(draft.name)
    return validation.read(draft).draft


def _free_name(wish: str, connection: str, taken: Collection[str]) -> str:
    """The wished name; with the connection, then with a number, where another rule of the team has it."""
    for addition in chain(("", f" ({connection})"), (f" ({connection} {number})" for number in range(2, 10_000))):
        name = f"{wish[: NAME_LENGTH - len(addition)]}{addition}"
        if name not in taken:
            return name
    raise ValueError(f"There are too many rules named {wish!r}.")
