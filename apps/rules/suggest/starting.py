"""Starting from a preset: its rules as drafts for the tables of a connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from apps.alerts.models import Channel
from apps.common.errors import NotFoundNearby
from apps.common.records import record
from apps.connections.models import Connection
from apps.connections.services import ENGINES
from apps.rules.drafts import RuleDraft
from apps.rules.models import Rule
from apps.rules.suggest.presets import Fitted, Preset, PresetRule, best_table, fit
from apps.rules.suggest.proposals import Store
from apps.rules.suggest.ranking import Suggestion
from apps.rules.suggest.suggesting import Suggestions, draft_rule, newest_columns


@record
class PresetLine:
    """A rule of the preset, the table that was found or chosen for it, and its draft; without one, `problem`.
    `watched`: the table has a rule of this kind already."""

    rule: PresetRule
    table: str
    draft: RuleDraft | None
    problem: str = ""
    watched: bool = False


def start_from(
    *, preset: Preset, found: Suggestions, tables: Mapping[int, str] | None = None, channels: Sequence[Channel] = ()
) -> list[PresetLine]:
    """A line for each rule of the preset. `tables` names the table for the rule at that place (empty: it is left out);
    for the others the one whose name fits best is taken."""
    chosen = tables or {}
    by_name = {str(each.table.name): each for each in found.ranked}
    suggestions = [
        by_name.get(chosen[place]) if place in chosen else best_table(rule, found.ranked)
        for place, rule in enumerate(preset.rules)
    ]
    columns = newest_columns([each.table.id for each in suggestions if each])
    engine = ENGINES[found.connection.engine]
    store = Store(tells_changes=bool(engine.change_source), reading_costs=engine.bills_bytes)
    taken = set(Rule.objects.filter(team=found.connection.team_id).values_list("name", flat=True))
    lines = []
    for place, (rule, suggestion) in enumerate(zip(preset.rules, suggestions, strict=True)):
        if suggestion is None and chosen.get(place):
            lines.append(PresetLine(rule, chosen[place], None, _unknown(chosen[place], found, by_name)))
            continue
        known = columns.get(suggestion.table.id, ()) if suggestion else ()
        lines.append(_line(found.connection, fit(rule, suggestion, known, store), taken, tuple(channels)))
    return lines


def _unknown(name: str, found: Suggestions, by_name: Mapping[str, Suggestion]) -> str:
    return str(NotFoundNearby(f"There is no table {name} in {found.connection.name}.", name, by_name, field="table"))


def _line(connection: Connection, fitted: Fitted, taken: set[str], channels: tuple[Channel, ...]) -> PresetLine:
    rule, table = fitted.rule, str(fitted.table.table.name) if fitted.table else ""
    if fitted.proposal is None or fitted.table is None:
        return PresetLine(rule, table, None, fitted.problem)
    draft = draft_rule(connection, fitted.table.table.name, fitted.proposal, taken, channels, rule.title)
    draft = replace(draft, severity=rule.severity, timezone=rule.timezone or draft.timezone)
    return PresetLine(rule, table, draft, watched=rule.kind in fitted.table.table.watched_by)
