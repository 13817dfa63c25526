"""Days or hours without rows."""

from __future__ import annotations

from apps.summaries.situations.shape import NAME_LIMIT, Details, Situation, table_of
from apps.summaries.words import Facts, clean, count


def _title(facts: Facts) -> str:
    return f"{table_of(facts)} has no rows for {count(facts.get('count') or 0, _period(facts))}"


def _period(facts: Facts) -> str:
    return clean(facts.get("periods") or "day", NAME_LIMIT)


def _names(facts: Facts) -> str:
    names = [clean(name, NAME_LIMIT) for name in facts.get("missing") or []]
    more = (facts.get("count") or 0) - len(names)
    return ", ".join(names) + (f" and {more:,} more" if more > 0 else "")


def _explain(facts: Facts) -> str:
    return f"Missing: {_names(facts)}." if facts.get("missing") else ""


def _details(facts: Facts) -> Details:
    return [("Missing", _names(facts))]


GAPS = Situation(
    title=_title,
    explain=_explain,
    details=_details,
    over=lambda facts: f"{table_of(facts)} is complete again",
    returned=lambda facts: f"{table_of(facts)} is complete again.",
)
