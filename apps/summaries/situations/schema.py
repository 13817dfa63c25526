"""Columns that were added, removed or changed."""

from __future__ import annotations

from collections.abc import Sequence

from apps.summaries.situations.shape import NAME_LIMIT, Details, Situation, table_of
from apps.summaries.words import Facts, clean

COLUMNS_SHOWN = 20
EXPLAINED = 5  # of each sort in a sentence


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


def _schema_explain(facts: Facts) -> str:
    """`Added: discount (numeric). Removed: price (integer).`"""
    return " ".join(f"{word.capitalize()}: {_listed(lines, EXPLAINED)}." for _, word, lines in _changed_columns(facts))


def _listed(lines: Sequence[str], most: int) -> str:
    shown = [clean(line, NAME_LIMIT) for line in lines[:most]]
    more = [f"and {len(lines) - most:,} more"] if len(lines) > most else []
    return ", ".join(shown + more)


def _schema_details(facts: Facts) -> Details:
    return [(heading, _listed(lines, COLUMNS_SHOWN)) for heading, _, lines in _changed_columns(facts)]


SCHEMA = Situation(
    title=_schema_title,
    explain=_schema_explain,
    details=_schema_details,
    over=lambda facts: f"{table_of(facts)} has its expected columns again",
    returned=lambda facts: f"{table_of(facts)} has its expected columns again.",
)
