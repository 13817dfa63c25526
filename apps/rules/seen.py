"""What a check measured and what was allowed, in words for pages."""

from __future__ import annotations

from datetime import timedelta

from apps.common.durations import elapsed_words, limit_words


def measured_words(unit: str, value: float | None) -> str:
    """`12 min since the last change`, `1,234 rows`; empty when nothing was measured."""
    if value is None:
        return ""
    if unit == "seconds":
        return f"{elapsed_words(timedelta(seconds=value))} since the last change"
    return amount_words(unit, value)


def amount_words(unit: str, value: float) -> str:
    """A number with its unit: `70 min`, `1,234 rows`, `1 column`, `2.5 %`; of a number without one, the number."""
    if unit == "seconds":
        return limit_words(timedelta(seconds=value))
    if unit == "percent":
        return f"{value:,.4g} %"
    if unit == "number":
        return f"{value:,.6g}"
    number = f"{value:,.1f}".removesuffix(".0")
    return f"{number} {unit.removesuffix('s') if value == 1 else unit}"


def expected_words(unit: str, low: float | None, high: float | None) -> str:
    """`at most 70 min`, `800 to 2,000 rows`, `at least 800 rows`; empty without limits."""
    if low is not None and high is not None:
        if low == high:
            return f"exactly {amount_words(unit, low)}"
        return f"{amount_words(unit, low).split()[0]} to {amount_words(unit, high)}"
    if high is not None:
        return f"at most {amount_words(unit, high)}"
    return f"at least {amount_words(unit, low)}" if low is not None else ""


def seen_words(unit: str, verdict: str, measured: float | None, reason: str) -> str:
    """What a check saw, in one line: what it measured when all is well, else why it is not."""
    if verdict != "ok" and reason:
        return reason
    return measured_words(unit, measured) or reason
