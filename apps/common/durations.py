"""Durations and percentages as people write them: `15m`, `1h`, `1d`, `1mo`, `20%`; and the words for them."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
UNIT_WORDS = {"s": "s", "m": "min", "h": "h", "d": "days"}
# Where a month is only a length (a tolerance, a baseline), it counts as 30 days; a freshness rule that expects a load
# every month uses the calendar instead.
MONTH = timedelta(days=30)
PATTERN = re.compile(r"\s*(\d+)\s*(mo|[smhdw])\s*")


def parse_duration(text: str) -> timedelta:
    """Read `90s`, `15m`, `1h`, `1d`, `1w`, `1mo` or a sum such as `1h 30m`. Raises ValueError with the form to use."""
    total, position = timedelta(), 0
    while match := PATTERN.match(text, position):
        amount, unit = int(match[1]), match[2]
        try:
            total += amount * MONTH if unit == "mo" else timedelta(seconds=amount * UNITS[unit])
        except OverflowError as error:
            raise ValueError(f"{text!r} is longer than any time that can be reckoned with") from error
        position = match.end()
    if position != len(text) or not text.strip():
        raise ValueError(f"{text!r} is not a duration; write a number and a unit, such as 15m, 1h, 1d, 1w or 1mo")
    return total


def compact(value: timedelta) -> str:
    """The shortest text that `parse_duration` reads back as the same length: `70m`, `26h`, `8d`."""
    seconds = int(value.total_seconds())
    for unit in ("d", "h", "m"):
        if seconds and seconds % UNITS[unit] == 0:
            return f"{seconds // UNITS[unit]}{unit}"
    return f"{seconds}s"


def limit_part(value: timedelta) -> tuple[int, str]:
    """A limit as a number of one unit: `(70, "m")`, `(26, "h")`, `(8, "d")`."""
    seconds = int(value.total_seconds())
    for unit in ("d", "h", "m"):
        if seconds >= 2 * UNITS[unit] and seconds % UNITS[unit] == 0:
            return seconds // UNITS[unit], unit
    return (seconds // 60, "m") if seconds >= 60 and seconds % 60 == 0 else (seconds, "s")


def limit_words(value: timedelta) -> str:
    """A limit with one unit, so that it can be compared at a glance: `70 min`, `26 h`, `8 days`."""
    number, unit = limit_part(value)
    return f"{number:,} {'days' if unit == 'd' else UNIT_WORDS[unit]}"


def elapsed_parts(value: timedelta) -> list[tuple[int, str]]:
    """A measured length as its two largest units, rounded down: `[(1, "h"), (10, "m")]`.

    From ten minutes on seconds tell nobody anything; below, `1 min` beside a limit of `90 s` would look like a mistake.
    """
    seconds = max(0, int(value.total_seconds()))
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, second = divmod(rest, 60)
    if days:
        return [(days, "d"), *([(hours, "h")] if hours else [])]
    if hours:
        return [(hours, "h"), *([(minutes, "m")] if minutes else [])]
    if minutes:
        return [(minutes, "m"), *([(second, "s")] if second and minutes < 10 else [])]
    return [(second, "s")]


def elapsed_words(value: timedelta) -> str:
    """A measured length in words: `1 h 10 min`, `3 days 4 h`, `1 min 36 s`, `12 min`."""
    return " ".join(
        f"{number:,} {'day' if unit == 'd' and number == 1 else UNIT_WORDS[unit]}"
        for number, unit in elapsed_parts(value)
    )


def _to_duration(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value
    # A bare number is refused as well: whether 60 means seconds or minutes is anybody's guess.
    return parse_duration(value if isinstance(value, str) else repr(value))


def _to_percent(value: Any) -> Any:
    if isinstance(value, str):
        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%?\s*", value)
        if not match:
            raise ValueError(f"{value!r} is not a percentage; write a number and a per cent sign, such as 20%")
        return float(match[1])
    return value


def percent_text(value: float) -> str:
    """`20.0` as `20%`, the form that YAML and forms show."""
    return f"{Decimal(str(value)):f}".removesuffix(".0") + "%"


Duration = Annotated[
    timedelta,
    BeforeValidator(_to_duration),
    PlainSerializer(compact, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^(\s*\d+\s*(mo|[smhdw])\s*)+$", "examples": ["10m", "1h", "1d"]}),
]
Percent = Annotated[
    float,
    BeforeValidator(_to_percent),
    PlainSerializer(percent_text, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?%$", "examples": ["20%"]}),
]
