"""Suggestions of tables to watch, as values for programs: with the rules that would be made, as a file spells them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apps.api.drafting import spec_of
from apps.api.export import rule_entry, rule_item
from apps.rules.services import ProposedRule, Suggestion, Suggestions, propose_rules, sentence_of_draft


def suggested(found: Suggestions, chosen: Sequence[tuple[int, Suggestion]]) -> list[dict[str, Any]]:
    """Each of the `chosen` (place, suggestion) with its reason, its points and its rules."""
    proposed = propose_rules(connection=found.connection, suggestions=[each for _, each in chosen])
    return [_table(place, each) | {"rules": list(map(_rule, proposed[each.table.id]))} for place, each in chosen]


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
