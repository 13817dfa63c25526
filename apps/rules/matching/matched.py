"""What patterns take in, by the catalogue: no data store is asked, so the list can follow every key stroke."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from apps.common.errors import InvalidInput
from apps.common.records import record
from apps.connections.models import Connection, Table
from apps.connections.services import Column, TableName, columns_by_table, matches
from apps.rules.drafts import RuleDraft
from apps.rules.models import Rule
from apps.rules.validation import read, refusals

GLOB = {"[": "[[]", "*": "[*]", "?": "[?]"}


class Match(NamedTuple):
    """A table that patterns take in. `problem`: why the rule cannot check it. `own`: the names of the rules of the same
    kind that name this very table."""

    table: TableName
    problem: str = ""
    own: tuple[str, ...] = ()


@record
class Matches:
    """`found` in the order of names. `left_out`: tables that only the second patterns keep out. `known`: how many
    tables the catalogue has; 0: it was not read yet. `unread`: why nothing is said of what cannot be checked."""

    found: Sequence[Match] = ()
    left_out: int = 0
    known: int = 0
    unread: str = ""

    @property
    def broken(self) -> list[Match]:
        return [each for each in self.found if each.problem]

    @property
    def doubled(self) -> list[Match]:
        """Those that a rule of their own watches for the same."""
        return [each for each in self.found if each.own]


def matched(draft: RuleDraft, *, rule_id: int | None = None) -> Matches:
    """What the patterns of the draft take in now. `rule_id`: the rule that is changed, if it is one."""
    rows = Table.objects.filter(connection=draft.connection, gone_at=None).order_by("schema", "name")
    tables = {TableName(row.schema, row.name): row for row in rows.only("schema", "name", "kind")}
    names = [name for name in tables if matches(name, draft.include, draft.exclude)]
    left_out = sum(matches(name, draft.include, ()) for name in tables) - len(names) if draft.exclude else 0
    own = own_rules(draft.connection, draft.kind, rule_id)
    problems, unread = _problems(draft, tables, names)
    found = [Match(name, problems.get(name, ""), own.get(name, ())) for name in names]
    return Matches(found, left_out, len(tables), unread)


def _problems(
    draft: RuleDraft, tables: Mapping[TableName, Table], names: Sequence[TableName]
) -> tuple[Mapping[TableName, str], str]:
    """Why each of the tables cannot be checked, and why that is not known."""
    try:
        checked = read(draft)
    except InvalidInput as error:
        return {}, str(error)
    others = {other for name in names for other in checked.kind.also_reads(replace(checked.subject, table=name))}
    read_too = [*names, *(other for other in others if other in tables)]
    stored = columns_by_table([tables[name].pk for name in read_too])
    columns: dict[TableName, Sequence[Column]] = {name: stored.get(tables[name].pk, ()) for name in read_too}
    kinds = {name: row.kind for name, row in tables.items()}
    return refusals(checked, kinds, columns, [name for name in names if columns[name]]), ""


def own_rules(connection: Connection, kind: str, rule_id: int | None = None) -> Mapping[TableName, tuple[str, ...]]:
    """The names of the rules of this kind that name one table, by that table."""
    rules = Rule.objects.filter(connection=connection, kind=kind).exclude(table="").exclude(pk=rule_id or 0)
    found: dict[TableName, tuple[str, ...]] = {}
    states = rules.order_by("name").values_list("states__schema", "states__table", "name")
    for schema, table, name in states:
        if table:
            found[TableName(schema, table)] = (*found.get(TableName(schema, table), ()), name)
    return found


def pattern_of(table: TableName) -> str:
    """The pattern that takes in this table and no other, whatever characters its name has."""
    return "".join(GLOB.get(character, character) for character in str(table))
