"""Values as people read them: one line, thousands separators, units, local times with their zone."""

from __future__ import annotations

import math
import zoneinfo
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.common.durations import elapsed_words

Facts = Mapping[str, Any]
UNKNOWN_TIME = "an unknown time"


def clean(value: Any, limit: int) -> str:
    """`value` as one line of at most `limit` printable characters; what is cut off ends in an ellipsis.

    Line breaks and invisible characters become spaces: names come from other people's databases, and the text goes
    into mail headers.
    """
    text = "" if value is None else str(value)
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def sentence(text: str) -> str:
    """`text` with a full stop at its end. Its start stays as it is: it may be the name of a table."""
    return text if not text or text[-1] in ".!?…" else f"{text}."


def count(value: float, noun: str) -> str:
    """`1,204 rows`, `1 row`, `800.5 rows`: the plural is made by an `s`."""
    amount = f"{value:,.1f}".removesuffix(".0")
    return f"{amount} {noun}" if amount == "1" else f"{amount} {noun}s"


def percent(value: float) -> str:
    """The size of a difference, rounded down, so that a table with a few rows left is never 100 % below: `65 %`."""
    size = math.floor(abs(value) * 10 + 1e-6) / 10
    return f"{size:,.1f}".removesuffix(".0") + " %"


def length(seconds: float | None) -> str:
    """A measured length in words: `2 h 10 min`."""
    return "an unknown time" if seconds is None else elapsed_words(timedelta(seconds=seconds))


def zone_of(facts: Facts) -> zoneinfo.ZoneInfo:
    """The zone to show times in; UTC when the facts name none that is known."""
    try:
        return zoneinfo.ZoneInfo(str(facts.get("timezone") or "UTC"))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")


def local(facts: Facts, name: str) -> datetime | None:
    """The time that `facts` give under `name`, in their zone."""
    text = facts.get(name)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone_of(facts))


def moment(facts: Facts, name: str) -> str:
    """`21 Nov 2026, 06:10 (Europe/Berlin)`."""
    value = local(facts, name)
    return UNKNOWN_TIME if value is None else f"{day(value)}, {value:%H:%M} ({zone_of(facts)})"


def day(value: datetime) -> str:
    """`21 Nov 2026`."""
    return f"{value.day} {value:%b %Y}"


def period(facts: Facts) -> str:
    """The period that rows were counted in, with its preposition; empty when the facts name none."""
    start, end = local(facts, "period_start"), local(facts, "period_end")
    if start is None or end is None:
        return ""
    zone = zone_of(facts)
    if start.time() == end.time() == start.min.time() and end.date() == start.date() + timedelta(days=1):
        return f"on {day(start)} ({zone})"
    if start.date() == end.date():
        return f"on {day(start)} from {start:%H:%M} to {end:%H:%M} ({zone})"
    return f"from {day(start)}, {start:%H:%M} to {day(end)}, {end:%H:%M} ({zone})"
