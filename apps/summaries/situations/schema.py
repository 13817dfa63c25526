"""Columns that were added, removed or changed."""

from __future__ import annotations

from collections.abc import Sequence

from apps.summaries.language import gettext as _
from apps.summaries.situations.shape import NAME_LIMIT, Details, Situation, table_of
from apps.summaries.words import Facts, capitalised, clean, whole

COLUMNS_SHOWN = 20
EXPLAINED = 5  # of each sort in a sentence


def _changed_columns(facts: Facts) -> list[tuple[str, str, list[str]]]:
    """(heading, word, lines) for the columns that were added, removed and changed."""
    renamed = [f"{before} → {now}" for before, now in facts.get("renamed") or []]
    added = [f"{name} ({kind})" for name, kind in facts.get("added") or []]
    removed = [f"{name} ({kind})" for name, kind in facts.get("removed") or []]
    changed = [f"{name} ({before} → {after})" for name, before, after in facts.get("changed") or []]
    groups = [
        (_("Columns added"), _("added"), added),
        (_("Columns removed"), _("removed"), removed),
        (_("Columns renamed"), _("renamed"), renamed),
        (_("Types changed"), _("of another type"), changed),
    ]
    return [group for group in groups if group[2]]


def _schema_title(facts: Facts) -> str:
    parts = ", ".join(f"{len(lines)} {word}" for _heading, word, lines in _changed_columns(facts))
    title = _("The columns of {table} changed").format(table=table_of(facts))
    return f"{title} ({parts})" if parts else title


def _schema_explain(facts: Facts) -> str:
    """`Added: discount (numeric). Removed: price (integer).`"""
    return " ".join(
        f"{capitalised(word)}: {_listed(lines, EXPLAINED)}." for _heading, word, lines in _changed_columns(facts)
    )


def _listed(lines: Sequence[str], most: int) -> str:
    shown = [clean(line, NAME_LIMIT) for line in lines[:most]]
    more = [_("and {number} more").format(number=whole(len(lines) - most))] if len(lines) > most else []
    return ", ".join(shown + more)


def _schema_details(facts: Facts) -> Details:
    return [(heading, _listed(lines, COLUMNS_SHOWN)) for heading, _word, lines in _changed_columns(facts)]


SCHEMA = Situation(
    title=_schema_title,
    explain=_schema_explain,
    details=_schema_details,
    over=lambda facts: _("{table} has its expected columns again").format(table=table_of(facts)),
    returned=lambda facts: _("{table} has its expected columns again.").format(table=table_of(facts)),
)
