"""How bad a trouble is by its numbers, and whether it got worse. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.alerts.models import Severity

MUCH = 1.5  # worse by its numbers is what is more than this many times as bad
# The fact that says how bad a situation is, the first that is there.
SIZES = ("age_seconds", "same_seconds", "faulty", "differences", "count", "difference_percent")


def badness(*, severity: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a trouble when it is snoozed, to compare with later."""
    return {"severity": severity, "situation": facts.get("situation"), "size": _size(facts)}


def is_worse(before: Mapping[str, Any], *, severity: str, facts: Mapping[str, Any]) -> bool:
    """Whether the severity rose, or the trouble is of the same sort and more than 1.5 times as large."""
    ranks = {name: rank for rank, name in enumerate(Severity.values)}  # the most severe first
    if ranks.get(severity, 99) < ranks.get(str(before.get("severity")), 99):
        return True
    now, then = badness(severity=severity, facts=facts), before.get("size")
    if then is None or now["size"] is None or now["situation"] != before.get("situation"):
        return False
    return bool(now["size"] > MUCH * then)


def _size(facts: Mapping[str, Any]) -> float | None:
    if facts.get("situation") == "query_rows":
        return _number(facts.get("rows"))
    if facts.get("situation") == "number":
        value, normal = _number(facts.get("value")), _number(facts.get("normal"))
        return abs(value - normal) if value is not None and normal is not None else None
    return next((abs(size) for name in SIZES if (size := _number(facts.get(name))) is not None), None)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
