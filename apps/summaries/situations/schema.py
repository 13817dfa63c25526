"""Columns that were added, removed or changed."""

from __future__ import annotations

from apps.summaries.situations.shape import NAME_LIMIT, Details, Situation, nothing, table_of
from apps.summaries.words import Facts, clean

COLUMNS_SHOWN = 20


def _changed_columns(facts: Facts) -> list[tuple[str, str, list[str]]]:
    """(heading, word, lines) for the columns that were added, removed and changed."""
    renamed = [f"{before} → {now}" for before, now in facts.get("renamed") or []]
    added = [f"{name} ({kind})" for name, kind in facts.get("added") or []]
    removed = [f"{name} ({kind})" for name, kind in facts.get("removed") or []]
    changed = [f"{name} ({before} → {after})" for name, before, after in facts.get("changed") or []]
    groups = [("Columns added", "added", added), ("Columns removed", "removed", removed)]
    groups.append(("Columns renamed", "renamed", renamed))
    return [group for group in [*groups, ("Types changed", "of another type", changed)] if group[2]]


def _schema_title(facts: Facts) -> str:
    parts = [f"{len(lines)} {word}" for _, word, lines in _changed_columns(facts)]
    return f"The columns of {table_of(facts)} changed" + (f" ({', '.join(parts)})" if parts else "")


def _schema_details(facts: Facts) -> Details:
    details = []
    for heading, _, lines in _changed_columns(facts):
        shown = [clean(line, NAME_LIMIT) for line in lines[:COLUMNS_SHOWN]]
        more = [f"and {len(lines) - COLUMNS_SHOWN:,} more"] if len(lines) > COLUMNS_SHOWN else []
        details.append((heading, ", ".join(shown + more)))
    return details


SCHEMA = Situation(
    title=_schema_title,
    explain=nothing,
    details=_schema_details,
    over=lambda facts: f"{table_of(facts)} has its expected columns again",
    returned=lambda facts: f"{table_of(facts)} has its expected columns again.",
)
