"""What each situation is called, explained and ended with. One entry per situation; an unforeseen one is still told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from apps.common.durations import limit_words
from apps.common.sizes import bytes_words
from apps.summaries.words import Facts, clean, count, length, moment, percent, period, sentence

NAME_LIMIT = 80
REASON_LIMIT = 600
COLUMNS_SHOWN = 20
Details = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Situation:
    """How a situation is told. Each function is given the facts.

    `title` is a clause without a full stop, fit for a subject; `explain` adds whole sentences to it; `details` are the
    numbers behind it. `over` is the title of the end, and `returned` says in a sentence what is good again.
    """

    title: Callable[[Facts], str]
    explain: Callable[[Facts], str]
    details: Callable[[Facts], Details]
    over: Callable[[Facts], str]
    returned: Callable[[Facts], str]


def situation_of(facts: Facts) -> Situation:
    """The entry for these facts."""
    return SITUATIONS.get(str(facts.get("situation")), OTHER)


def table_of(facts: Facts) -> str:
    """What the trouble is about: the table, or failing that the connection."""
    return clean(facts.get("table") or facts.get("connection") or "The data", NAME_LIMIT)


def _reason(facts: Facts) -> str:
    return sentence(clean(facts.get("reason"), REASON_LIMIT))


def _stale_title(facts: Facts) -> str:
    if facts.get("age_seconds") is not None:
        return f"{table_of(facts)} has not changed for {length(facts['age_seconds'])}"
    if facts.get("deadline"):
        return f"{table_of(facts)} did not change by {moment(facts, 'deadline')}"
    return f"{table_of(facts)} has never been seen to change"


def _stale_explain(facts: Facts) -> str:
    last = f"Its last change was on {moment(facts, 'last_change')}." if facts.get("last_change") else ""
    if facts.get("deadline"):
        return f"{last} A change was due by {moment(facts, 'deadline')}.".strip()
    if facts.get("allowed_seconds") is not None:
        return f"{last} The limit is {limit_words(timedelta(seconds=facts['allowed_seconds']))}.".strip()
    return last


def _stale_details(facts: Facts) -> Details:
    last = moment(facts, "last_change") if facts.get("last_change") else "never seen"
    details = [("Unchanged for", length(facts.get("age_seconds"))), ("Last change", last)]
    if facts.get("allowed_seconds") is not None:
        details.append(("Limit", limit_words(timedelta(seconds=facts["allowed_seconds"]))))
    if facts.get("deadline"):
        details.append(("Due by", moment(facts, "deadline")))
    return details


def _stale_returned(facts: Facts) -> str:
    if facts.get("last_change"):
        return f"{table_of(facts)} is up to date again; its last change was on {moment(facts, 'last_change')}."
    return f"{table_of(facts)} is up to date again."


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
    about = f"{seen}; {round(expected):,} were expected"
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


def _changed_columns(facts: Facts) -> list[tuple[str, str, list[str]]]:
    """(heading, word, lines) for the columns that were added, removed and changed."""
    added = [f"{name} ({kind})" for name, kind in facts.get("added") or []]
    removed = [f"{name} ({kind})" for name, kind in facts.get("removed") or []]
    changed = [f"{name} ({before} → {after})" for name, before, after in facts.get("changed") or []]
    groups = [("Columns added", "added", added), ("Columns removed", "removed", removed)]
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


def _connection(facts: Facts) -> str:
    return clean(facts.get("connection") or "without a name", NAME_LIMIT)


def _rules_waiting(facts: Facts) -> str:
    rules = facts.get("rules")
    return f"{count(rules, 'rule')} cannot be checked until then." if rules else ""


def _connection_explain(facts: Facts) -> str:
    return f"{_reason(facts)} {_rules_waiting(facts)}".strip()


def _budget_explain(facts: Facts) -> str:
    used = f"{_bytes(facts, 'used_bytes')} of {_bytes(facts, 'limit_bytes')} were billed so far."
    waiting = count(facts.get("rules") or 0, "rule")
    anew = f"from {moment(facts, 'begins_anew')} on" if facts.get("begins_anew") else "when the next day begins in UTC"
    return (
        f"{used} What {waiting} would read is more than is left, so they are not checked; they are checked again by "
        f"themselves {anew}. To check them sooner, raise the connection's most bytes per day. Rules that read nothing "
        "go on."
    )


def _budget_details(facts: Facts) -> Details:
    anew = moment(facts, "begins_anew") if facts.get("begins_anew") else ""
    return [
        ("Billed today", _bytes(facts, "used_bytes")),
        ("Most bytes per day", _bytes(facts, "limit_bytes")),
        ("Rules that wait", f"{facts.get('rules') or 0:,}"),
        ("Begins anew", anew),
    ]


def _bytes(facts: Facts, name: str) -> str:
    return "an unknown amount" if facts.get(name) is None else bytes_words(facts[name])


def _nothing(_: Facts) -> Any:
    return ""


def _no_details(_: Facts) -> Details:
    return []


ROWS = Situation(
    title=_rows_title,
    explain=_rows_explain,
    details=_rows_details,
    over=lambda facts: f"{table_of(facts)} has the expected number of rows again",
    returned=_rows_returned,
)
OTHER = Situation(
    title=lambda facts: f"{table_of(facts)} needs attention",
    explain=_reason,
    details=_no_details,
    over=lambda facts: f"{table_of(facts)} is fine again",
    returned=lambda facts: f"{table_of(facts)} is fine again.",
)
SITUATIONS = {
    "stale": Situation(
        title=_stale_title,
        explain=_stale_explain,
        details=_stale_details,
        over=lambda facts: f"{table_of(facts)} is up to date again",
        returned=_stale_returned,
    ),
    "drop": ROWS,
    "spike": ROWS,
    "schema": Situation(
        title=_schema_title,
        explain=_nothing,
        details=_schema_details,
        over=lambda facts: f"{table_of(facts)} has its expected columns again",
        returned=lambda facts: f"{table_of(facts)} has its expected columns again.",
    ),
    "unknown": Situation(
        title=lambda facts: f"{table_of(facts)} could not be checked",
        explain=_reason,
        details=_no_details,
        over=lambda facts: f"{table_of(facts)} can be checked again",
        returned=lambda facts: f"{table_of(facts)} can be checked again.",
    ),
    "connection": Situation(
        title=lambda facts: f"The connection {_connection(facts)} cannot be used",
        explain=_connection_explain,
        details=_no_details,
        over=lambda facts: f"The connection {_connection(facts)} can be used again",
        returned=lambda facts: f"The connection {_connection(facts)} can be used again.",
    ),
    "budget": Situation(
        title=lambda facts: f"The connection {_connection(facts)} may be billed no more bytes today",
        explain=_budget_explain,
        details=_budget_details,
        over=lambda facts: f"The connection {_connection(facts)} may be billed again",
        returned=lambda facts: f"The connection {_connection(facts)} may be billed again, so its rules are checked.",
    ),
}
