"""What a query that a person wrote gave: a number beyond its limits, or rows that must not exist."""

from __future__ import annotations

from apps.summaries.situations.shape import NAME_LIMIT, Details, Situation, table_of
from apps.summaries.words import Facts, clean, count

SAMPLE_LIMIT = 200
TOLD = 3  # rows in a message; the page shows all that are kept


def _rows(facts: Facts) -> str:
    return count(facts.get("rows") or 0, "row")


def _samples(facts: Facts) -> list[str]:
    return [clean(sample, SAMPLE_LIMIT) for sample in facts.get("samples") or []]


def _such_as(facts: Facts) -> str:
    shown = ", ".join(f"({sample})" for sample in _samples(facts)[:TOLD])
    return f" Such as: {shown}." if shown else ""


QUERY_NUMBER = Situation(
    title=lambda facts: f"The query of {table_of(facts)} gives {clean(facts.get('number'), NAME_LIMIT)}",
    explain=lambda facts: f"It should give {clean(facts.get('expected'), NAME_LIMIT)}.",
    details=lambda facts: [
        ("Number", clean(facts.get("number"), NAME_LIMIT)),
        ("Expected", clean(facts.get("expected"), NAME_LIMIT)),
    ],
    over=lambda facts: f"The query of {table_of(facts)} is within its limits again",
    returned=lambda facts: f"The query of {table_of(facts)} gives a number within its limits again.",
)


def _row_details(facts: Facts) -> Details:
    return [("Found", _rows(facts)), *((f"Row {place}", sample) for place, sample in enumerate(_samples(facts), 1))]


QUERY_ROWS = Situation(
    title=lambda facts: f"{table_of(facts)} has {_rows(facts)} that must not exist",
    explain=lambda facts: f"The query of the rule should find none.{_such_as(facts)}",
    details=_row_details,
    over=lambda facts: f"{table_of(facts)} has no rows any more that must not exist",
    returned=lambda facts: f"{table_of(facts)} has no rows any more that must not exist.",
)
