"""Suggestions of tables to watch, as values for programs: with the rules that would be made, as a file spells them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from apps.api.drafting import spec_of
from apps.api.export import rule_entry, rule_item
from apps.connections.services import matches
from apps.rules.services import (
    Preset,
    PresetLine,
    ProposedRule,
    Reading,
    Suggestion,
    Suggestions,
    propose_rules,
    sentence_of_draft,
    start_from,
)


def suggested(
    found: Suggestions, chosen: Sequence[tuple[int, Suggestion]], reading: Reading, now: datetime
) -> list[dict[str, Any]]:
    """Each of the `chosen` (place, suggestion) with its reason, its points and its rules. With `reading` the data store
    is asked. Raises InvalidInput and EngineError."""
    tables = [each for _, each in chosen]
    proposed = propose_rules(connection=found.connection, suggestions=tables, reading=reading, now=now)
    return [_table(place, each) | {"rules": list(map(_rule, proposed[each.table.id]))} for place, each in chosen]


def choose(found: Suggestions, patterns: Sequence[str]) -> list[tuple[int, Suggestion]]:
    """The tables that the patterns take in (none: all), each with its place."""
    ranked = list(enumerate(found.ranked, start=1))
    return [each for each in ranked if matches(each[1].table.name, tuple(patterns), ())] if patterns else ranked


def preset_lines(preset: Preset, found: Suggestions) -> list[dict[str, Any]]:
    """The rules of a preset on the tables that fit. Where none does, the problem says so, and there is no entry."""
    return [_preset_line(line) for line in start_from(preset=preset, found=found)]


def _preset_line(line: PresetLine) -> dict[str, Any]:
    values: dict[str, Any] = {"title": line.rule.title, "table": line.table, "problem": line.problem}
    if line.draft is None:
        return values | {"sentence": "", "entry": None, "yaml": ""}
    spec, sentence = spec_of(line.draft), sentence_of_draft(draft=line.draft)
    return values | {"sentence": sentence, "entry": rule_entry(spec), "yaml": rule_item(spec, sentence)}


def _table(place: int, each: Suggestion) -> dict[str, Any]:
    table = each.table
    return {
        "place": place if each.placed else None,
        "table": str(table.name),
        "kind": "view" if table.is_view else "table",
        "suggested": each.advised,
        "watched_by": sorted(table.watched_by),
        "reason": each.reason,
        "score": each.score,
        "points": dict(each.points),
        "rows": table.rows,
        "bytes": table.bytes,
        "changed_at": table.changed_at,
        "comment": table.comment,
    }


def _rule(proposed: ProposedRule) -> dict[str, Any]:
    spec, sentence = spec_of(proposed.draft), sentence_of_draft(draft=proposed.draft)
    return {"sentence": sentence, "why": proposed.why, "entry": rule_entry(spec), "yaml": rule_item(spec, sentence)}
