"""Watching the tables that a person chose among the suggestions: all rules of a table are made, or none of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from apps.alerts.models import Channel
from apps.common.errors import InvalidInput
from apps.common.records import record
from apps.connections.models import Connection
from apps.connections.services import TableName
from apps.rules import services
from apps.rules.drafts import RuleDraft
from apps.rules.models import Rule
from apps.rules.suggest.suggesting import NOTHING, Reading

Verified = Sequence[tuple[str, ...] | InvalidInput]


@record
class Watched:
    """What became of one chosen table: its new rules, or `problem`, why there are none."""

    table: TableName
    rules: tuple[Rule, ...] = ()
    warnings: tuple[str, ...] = ()
    problem: str = ""


def watch_tables(
    *,
    connection: Connection,
    table_ids: Collection[int],
    kinds: Collection[str],
    channels: Sequence[Channel],
    reading: Reading = NOTHING,
    now: datetime,
) -> list[Watched]:
    """Make the proposed rules of these kinds for these tables. Whether they can work is asked of the data store once,
    however many they are. Raises EngineError where something is to be read of it."""
    found = services.suggest_tables(connection=connection, now=now)
    chosen = [each for each in found.ranked if each.table.id in table_ids]
    proposed = services.propose_rules(
        connection=connection, suggestions=chosen, channels=channels, reading=reading, now=now
    )
    drafts = {
        each.table.name: [one.draft for one in proposed[each.table.id] if one.draft.kind in kinds] for each in chosen
    }
    return make_rules(connection, drafts, now)


def make_rules(connection: Connection, drafts: Mapping[TableName, Sequence[RuleDraft]], now: datetime) -> list[Watched]:
    """Make these rules: all of a table, or none of them."""
    verified = services.check_drafts(team=connection.team, drafts=[one for each in drafts.values() for one in each])
    results, at = [], 0
    for table, wanted in drafts.items():
        results.append(_make_for(connection, table, wanted, verified[at : at + len(wanted)], now))
        at += len(wanted)
    return results


def _make_for(
    connection: Connection, table: TableName, drafts: Sequence[RuleDraft], verified: Verified, now: datetime
) -> Watched:
    refused = next((each for each in verified if isinstance(each, InvalidInput)), None)
    if refused is not None:
        return Watched(table, problem=str(refused))
    if not drafts:
        return Watched(table, problem="No rule of the chosen kinds fits it, or it has them already.")
    try:
        with transaction.atomic():
            saved = [
                services.save_rule(team=connection.team, draft=draft, now=now, verify=False).rule for draft in drafts
            ]
    except InvalidInput as error:
        return Watched(table, problem=str(error))
    warnings = {warning for each in verified if not isinstance(each, InvalidInput) for warning in each}
    return Watched(table, tuple(saved), tuple(sorted(warnings)))
