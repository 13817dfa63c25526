"""A number that lies beyond its limits."""

from __future__ import annotations

from apps.summaries.situations.shape import NAME_LIMIT, Details, Situation, table_of
from apps.summaries.words import Facts, clean


def _shown(facts: Facts, name: str) -> str:
    value = facts.get(name)
    if value is None:
        return ""
    return f"{value:,.4g} %" if facts.get("percent") else f"{value:,.6g}"


def _what(facts: Facts) -> str:
    return clean(facts.get("what") or "the value", NAME_LIMIT)


def _title(facts: Facts) -> str:
    what = _what(facts)
    return f"{what[:1].upper()}{what[1:]} in {table_of(facts)} is {_shown(facts, 'value')}"


def _allowed(facts: Facts) -> str:
    low, high = _shown(facts, "low"), _shown(facts, "high")
    if low and high:
        return f"from {low} to {high} is fine"
    return f"at least {low} is fine" if low else f"at most {high} is fine" if high else ""


def _explain(facts: Facts) -> str:
    usual = _shown(facts, "normal")
    parts = [f"usual is {usual}"] if usual else []
    parts += [_allowed(facts)] if _allowed(facts) else []
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _details(facts: Facts) -> Details:
    return [("Value", _shown(facts, "value")), ("Usual", _shown(facts, "normal")), ("Limits", _allowed(facts))]


def _over(facts: Facts) -> str:
    what = _what(facts)
    return f"{what[:1].upper()}{what[1:]} in {table_of(facts)} is as it should be again"


NUMBER = Situation(
    title=_title,
    explain=_explain,
    details=_details,
    over=_over,
    returned=lambda facts: f"{_over(facts)}.",
)
