"""A table whose number of rows does not change, or to which exactly the same number is added again and again."""

from __future__ import annotations

from apps.summaries.situations.shape import Details, Situation, table_of
from apps.summaries.words import Facts, count, length


def _lasting(facts: Facts) -> str:
    return f"for {length(facts['same_seconds'])}" if facts.get("same_seconds") is not None else "for too long"


def _what(facts: Facts) -> str:
    rows = facts.get("rows") or 0
    if not facts.get("per"):
        return f"has had exactly {count(rows, 'row')} {_lasting(facts)}"
    every = "an hour" if facts["per"] == "1h" else "a day"
    if not rows:
        return f"has received no row {_lasting(facts)}"
    return f"has received exactly {count(rows, 'row')} {every} {_lasting(facts)}"


def _details(facts: Facts) -> Details:
    return [
        ("Rows", count(facts.get("rows") or 0, "row")),
        ("The same for", length(facts.get("same_seconds"))),
        ("Limit", length(facts.get("flat_seconds"))),
    ]


FLAT = Situation(
    title=lambda facts: f"{table_of(facts)} {_what(facts)}",
    explain=lambda facts: (
        f"The rule alerts when that lasts {length(facts['flat_seconds'])}."
        if facts.get("flat_seconds") is not None
        else ""
    ),
    details=_details,
    over=lambda facts: f"The rows of {table_of(facts)} change again",
    returned=lambda facts: f"The rows of {table_of(facts)} change again.",
)
