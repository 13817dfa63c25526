"""A number that lies beyond its limits."""

from __future__ import annotations

from apps.summaries.language import gettext as _
from apps.summaries.phrases import told
from apps.summaries.situations.shape import NAME_LIMIT, Details, Situation, table_of
from apps.summaries.words import Facts, capital, clean, figure


def _shown(facts: Facts, name: str) -> str:
    value = facts.get(name)
    if value is None:
        return ""
    return f"{figure(f'{value:,.4g}')} %" if facts.get("percent") else figure(f"{value:,.6g}")


def _what(facts: Facts) -> str:
    return capital(told(clean(facts.get("what"), NAME_LIMIT)) or _("the value"))


def _title(facts: Facts) -> str:
    values = {"what": _what(facts), "table": table_of(facts), "value": _shown(facts, "value")}
    return _("{what} in {table} is {value}").format(**values)


def _allowed(facts: Facts) -> str:
    low, high = _shown(facts, "low"), _shown(facts, "high")
    if low and high:
        return _("from {low} to {high} is fine").format(low=low, high=high)
    if low:
        return _("at least {low} is fine").format(low=low)
    return _("at most {high} is fine").format(high=high) if high else ""


def _explain(facts: Facts) -> str:
    usual = _shown(facts, "normal")
    parts = [_("usual is {value}").format(value=usual)] if usual else []
    parts += [_allowed(facts)] if _allowed(facts) else []
    return _clauses(parts)


def _clauses(parts: list[str]) -> str:
    """Clauses as one sentence; empty where there are none."""
    return f"{capital('; '.join(parts))}." if parts else ""


def _details(facts: Facts) -> Details:
    return [
        (_("Value"), _shown(facts, "value")),
        (_("Usual"), _shown(facts, "normal")),
        (_("Limits"), _allowed(facts)),
    ]


def _over(facts: Facts) -> str:
    return _("{what} in {table} is as it should be again").format(what=_what(facts), table=table_of(facts))


NUMBER = Situation(
    title=_title,
    explain=_explain,
    details=_details,
    over=_over,
    returned=lambda facts: f"{_over(facts)}.",
)
