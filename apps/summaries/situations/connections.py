"""A connection that cannot be used, or may be billed no more today."""

from __future__ import annotations

from apps.common.sizes import bytes_words
from apps.summaries.situations.shape import NAME_LIMIT, Details, Situation, no_details, reason_of
from apps.summaries.words import Facts, clean, count, moment


def _connection(facts: Facts) -> str:
    return clean(facts.get("connection") or "without a name", NAME_LIMIT)


def _rules_waiting(facts: Facts) -> str:
    rules = facts.get("rules")
    return f"{count(rules, 'rule')} cannot be checked until then." if rules else ""


def _connection_explain(facts: Facts) -> str:
    return f"{reason_of(facts)} {_rules_waiting(facts)}".strip()


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


CONNECTION = Situation(
    title=lambda facts: f"The connection {_connection(facts)} cannot be used",
    explain=_connection_explain,
    details=no_details,
    over=lambda facts: f"The connection {_connection(facts)} can be used again",
    returned=lambda facts: f"The connection {_connection(facts)} can be used again.",
)
BUDGET = Situation(
    title=lambda facts: f"The connection {_connection(facts)} may be billed no more bytes today",
    explain=_budget_explain,
    details=_budget_details,
    over=lambda facts: f"The connection {_connection(facts)} may be billed again",
    returned=lambda facts: f"The connection {_connection(facts)} may be billed again, so its rules are checked.",
)
