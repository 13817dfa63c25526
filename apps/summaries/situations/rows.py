"""Too few or too many rows, of a period or in all."""

from __future__ import annotations

from apps.summaries.situations.shape import NAME_LIMIT, Details, Situation, table_of
from apps.summaries.words import Facts, clean, count, percent, period


def _arrived(facts: Facts) -> bool:
    """Whether rows were counted in a period; otherwise all rows of the table were."""
    return bool(facts.get("per"))


def _difference(facts: Facts) -> str:
    """`65 % below`, `185 % above`; empty where no expectation can be divided by."""
    value = facts.get("difference_percent")
    if value is None:
        return ""
    return f"{percent(value)} {'below' if value < 0 else 'above'}"


def _rows_title(facts: Facts) -> str:
    verb = "received" if _arrived(facts) else "holds"
    fewer = facts.get("situation") == "drop"
    if facts.get("difference_percent") is not None:
        return (
            f"{table_of(facts)} {verb} {percent(facts['difference_percent'])} "
            f"{'fewer' if fewer else 'more'} rows than expected"
        )
    return f"{table_of(facts)} {verb} {count(facts.get('rows') or 0, 'row')}, too {'few' if fewer else 'many'}"


def _rows_seen(facts: Facts) -> str:
    verb = "received" if _arrived(facts) else "holds"
    return f"{verb} {count(facts.get('rows') or 0, 'row')} {period(facts)}".strip()


def _rows_explain(facts: Facts) -> str:
    seen = f"It {_rows_seen(facts)}"
    expected, baseline = facts.get("expected_rows"), clean(facts.get("baseline_words"), NAME_LIMIT)
    if expected is None:
        return f"{seen}; {_allowed(facts)}." if _allowed(facts) else f"{seen}."
    about = f"{seen}; {round(expected):,} {'was' if round(expected) == 1 else 'were'} expected"
    compared = f"{_difference(facts)} {baseline}" if baseline and _difference(facts) else baseline
    return f"{about} ({compared})." if compared else f"{about}."


def _allowed(facts: Facts) -> str:
    low, high = facts.get("low"), facts.get("high")
    if low is not None and high is not None:
        return f"from {low:,.0f} to {high:,.0f} rows are fine"
    if low is not None:
        return f"at least {count(round(low), 'row')} are needed"
    return f"at most {count(round(high), 'row')} are fine" if high is not None else ""


def _rows_details(facts: Facts) -> Details:
    baseline = clean(facts.get("baseline_words"), NAME_LIMIT) or "what was expected"
    difference = f"{_difference(facts)} {baseline}" if _difference(facts) else ""
    expected = facts.get("expected_rows")
    return [
        ("Seen", f"{count(facts.get('rows') or 0, 'row')} {period(facts)}".strip()),
        ("Expected", count(round(expected), "row") if expected is not None else ""),
        ("Difference", difference),
        ("Limits", _allowed(facts)),
    ]


def _rows_returned(facts: Facts) -> str:
    if facts.get("rows") is None:
        return f"{table_of(facts)} has the expected number of rows again."
    return f"{table_of(facts)} {_rows_seen(facts)}, which is as expected."


ROWS = Situation(
    title=_rows_title,
    explain=_rows_explain,
    details=_rows_details,
    over=lambda facts: f"{table_of(facts)} has the expected number of rows again",
    returned=_rows_returned,
)
