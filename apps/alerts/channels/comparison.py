"""What was seen beside what was expected, from the facts of a trouble: pure values for a picture and its caption."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from apps.common.durations import elapsed_words, limit_words
from apps.common.records import record
from apps.summaries.services import in_language

Facts = Mapping[str, Any]
Say = Callable[[float], str]
LARGEST = 1e15  # beyond it nothing is told apart in a picture


@record
class Bar:
    """One number with its name, and in words."""

    name: str
    value: float
    words: str


@record
class Comparison:
    """The number that was seen, what it is held against, and from where to where it is fine (open where None)."""

    bars: tuple[Bar, ...]
    low: float | None = None
    high: float | None = None
    fine: str = ""
    fine_label: str = "Fine"

    @property
    def caption(self) -> str:
        """The picture in words, for whoever does not see it."""
        said = [f"{bar.name}: {bar.words}" for bar in self.bars] + (
            [f"{self.fine_label}: {self.fine}"] if self.fine else []
        )
        return " ".join(text if text.endswith(".") else f"{text}." for text in said)  # lengths may end in one: 2 Std.


def comparison_of(facts: Facts) -> Comparison | None:
    """The comparison that the facts carry, in their language; None where they hold no two numbers to compare."""
    numbers = {name: value for name, value in facts.items() if _is_number(value)}
    make = {"drop": _rows, "spike": _rows, "stale": _stale, "number": _number}.get(str(facts.get("situation")))
    found = make(numbers, bool(facts.get("percent"))) if make else None
    return _spoken(found, partial(in_language, facts=dict(facts))) if found else None


def _spoken(found: Comparison, say: Callable[[str], str]) -> Comparison:
    bars = tuple(Bar(say(bar.name), bar.value, say(bar.words)) for bar in found.bars)
    return Comparison(bars, found.low, found.high, say(found.fine), say(found.fine_label))


def _rows(numbers: Facts, _: bool) -> Comparison | None:
    return _compared(
        numbers, "rows", "expected_rows", lambda value: f"{value:,.0f} {'row' if round(value) == 1 else 'rows'}"
    )


def _number(numbers: Facts, percent: bool) -> Comparison | None:
    def say(value: float) -> str:
        return f"{value:,.4g} %" if percent else f"{value:,.6g}"

    return _compared(numbers, "value", "normal", say)


def _compared(numbers: Facts, seen: str, expected: str, say: Say) -> Comparison | None:
    low, high = numbers.get("low"), numbers.get("high")
    if seen not in numbers or (expected not in numbers and low is None and high is None):
        return None
    bars = [Bar("Seen", numbers[seen], say(numbers[seen]))]
    if expected in numbers:
        bars.append(Bar("Expected", numbers[expected], say(numbers[expected])))
    if low is not None and high is not None:
        fine = f"from {say(low)} to {say(high)}"
    else:
        fine = f"at least {say(low)}" if low is not None else f"at most {say(high)}" if high is not None else ""
    return Comparison(tuple(bars), low, high, fine)


def _stale(numbers: Facts, _: bool) -> Comparison | None:
    age, allowed = numbers.get("age_seconds"), numbers.get("allowed_seconds")
    if age is None or allowed is None:
        return None
    limit = limit_words(timedelta(seconds=allowed))
    bars = (Bar("Unchanged for", age, elapsed_words(timedelta(seconds=age))), Bar("Limit", allowed, limit))
    return Comparison(bars, high=allowed, fine=f"at most {limit}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST
