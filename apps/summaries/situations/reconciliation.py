"""Two tables or queries that should hold the same rows or sums, and do not."""

from __future__ import annotations

from collections.abc import Sequence

from apps.summaries.situations.shape import NAME_LIMIT, Details, Situation, table_of
from apps.summaries.words import Facts, clean, count, sentence

SAMPLE_LIMIT = 200
TOLD = 3  # keys of each sort in a message
SORTS = ("missing_here", "missing_there", "different", "repeated")


def _other(facts: Facts) -> str:
    return clean(facts.get("other") or "the other side", 2 * NAME_LIMIT)


def _samples(facts: Facts, sort: str, most: int = TOLD) -> Sequence[str]:
    return [clean(sample, SAMPLE_LIMIT) for sample in (facts.get("samples") or {}).get(sort, [])[:most]]


def _words(facts: Facts, sort: str) -> str:
    """What a sort of difference is called, to follow its number."""
    different = "with another sum" if facts.get("sums") else "with other values"
    return {
        "missing_here": f"missing in {table_of(facts)}",
        "missing_there": f"missing in {_other(facts)}",
        "different": different,
        "repeated": "there more than once",
    }[sort]


def _title(facts: Facts) -> str:
    found = count(facts.get("differences") or 0, "difference")
    return f"{table_of(facts)} and {_other(facts)} do not agree: {found}"


def _explain(facts: Facts) -> str:
    parts = []
    for sort in SORTS:
        if number := facts.get(sort) or 0:
            shown = "; ".join(_samples(facts, sort))
            parts.append(f"{number:,} {_words(facts, sort)}{f' ({shown})' if shown else ''}")
    if keyless := facts.get("keyless") or 0:
        parts.append(f"{keyless:,} without a key")
    allowed = facts.get("allowed") or 0
    most = f" At most {allowed:,} may differ." if allowed else ""
    hint = sentence(clean(facts.get("hint"), SAMPLE_LIMIT))
    return f"Of {facts.get('compared') or 0:,} compared: {', '.join(parts)}.{most} {hint}".strip()


def _details(facts: Facts) -> Details:
    told = [("Compared", f"{facts.get('compared') or 0:,}"), ("With", _other(facts))]
    for sort in SORTS:
        if number := facts.get(sort) or 0:
            shown = "; ".join(_samples(facts, sort, 10))
            told.append((_words(facts, sort).capitalize(), f"{number:,}{f': {shown}' if shown else ''}"))
    if keyless := facts.get("keyless") or 0:
        told.append(("Without a key", f"{keyless:,}"))
    return told


RECONCILIATION = Situation(
    title=_title,
    explain=_explain,
    details=_details,
    over=lambda facts: f"{table_of(facts)} and {_other(facts)} agree again",
    returned=lambda facts: f"{table_of(facts)} and {_other(facts)} agree again.",
)
