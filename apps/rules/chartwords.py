"""What a chart shows in one sentence, for whoever cannot see it and whoever has no time to read it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from apps.rules.charttable import between, number

Chart = Mapping[str, Any]


def chart_words(chart: Chart, *, zone: str) -> str:
    """`Rows that arrived, 42 values from 1 Nov 2026, 00:00 to 21 Nov 2026, 00:00 CET: the last is 38 rows, the limits
    are 900 to 3,000 rows. 2 values lie beyond them, the last at …`"""
    values = [(at, value) for at, value in zip(chart["times"], chart["values"], strict=True) if value is not None]
    if not values:
        return f"{chart['label']}: nothing was measured in this time."
    first, (last, value) = values[0][0], values[-1]
    unit = _unit(chart)
    span = f"from {_moment(first, zone)} to {_moment(last, zone)}"
    index = len(chart["times"]) - 1 - [*reversed(chart["times"])].index(last)
    parts = [
        f"{chart['label']}, {len(values):,} values {span}: the last is {number(value)}{unit}"
        f"{_held(chart, index, unit)}.",
        _beyond(chart, zone),
        _unusual(chart),
    ]
    return " ".join(part for part in parts if part)


def moment_words(moment: datetime, zone: str) -> str:
    """`21 Nov 2026, 06:10 CET`"""
    return f"{moment.astimezone(ZoneInfo(zone)):%-d %b %Y, %H:%M %Z}"


def _moment(seconds: float, zone: str) -> str:
    return moment_words(datetime.fromtimestamp(seconds, UTC), zone)


def _unit(chart: Chart) -> str:
    return {"percent": " %", "value": ""}.get(chart["unit"], f" {chart['unit']}")


def _held(chart: Chart, index: int, unit: str) -> str:
    limits = between(chart["low"][index], chart["high"][index])
    usual = between(chart["learned_low"][index], chart["learned_high"][index])
    told = [f"fine is {limits}{unit}" if limits else "", f"usual is {usual}{unit}" if usual else ""]
    return "".join(f", {each}" for each in told if each)


def _beyond(chart: Chart, zone: str) -> str:
    marked: Sequence[int] = chart["breached"]
    if not marked:
        return "None lies beyond the limits." if any(_known(chart, name) for name in ("low", "high")) else ""
    if any(_known(chart, name) for name in ("low", "high")):
        many = "1 value lies beyond" if len(marked) == 1 else f"{len(marked):,} values lie beyond"
        found = f"{many} the limits"
    else:
        found = "1 check found trouble" if len(marked) == 1 else f"{len(marked):,} checks found trouble"
    return f"{found}, the last at {_moment(chart['times'][marked[-1]], zone)}."


def _unusual(chart: Chart) -> str:
    marked = len(chart["unusual"])
    return f"{marked:,} {'is' if marked == 1 else 'are'} unusual by the table's own history." if marked else ""


def _known(chart: Chart, name: str) -> bool:
    return any(value is not None for value in chart[name])
