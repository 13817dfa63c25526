"""The learned limits for a program that sends a series line by line and reads an answer to each point: JSON lines, as
docs/command-line.md describes under `score_detector`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from apps.rules.learned.arrivals import Arrivals
from apps.rules.learned.reading import Reading
from apps.rules.learned.total import Total
from apps.rules.learned.waits import Waits


class BadLine(ValueError):
    """A line that cannot be used; the message says why."""


class Conversation:
    """One series after the other; a bad line changes nothing."""

    def __init__(self) -> None:
        self._limits: Arrivals | Total | Waits | None = None
        self._value = "v"

    def answer(self, line: str) -> dict[str, Any] | None:
        """The answer to a point; None to other lines. Raises BadLine."""
        asked = _object(line)
        op = asked.get("op")
        if op == "point":
            return self._point(asked)
        if op == "series":
            self._limits = None  # points of a series that could not be begun are never judged by the one before
            self._limits = _limits_for(asked.get("meta"))
            self._value = "last_update" if isinstance(self._limits, Waits) else "v"
        elif op == "end":
            self._limits = None
        else:
            raise BadLine('"op" must be "series", "point" or "end".')
        return None

    def _point(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        if self._limits is None:
            raise BadLine('This point belongs to no series: begin one with {"op": "series"}.')
        time, value = _moment(asked.get("t"), "t"), asked.get(self._value)
        if isinstance(self._limits, Waits):
            self._limits.update(time, None if value is None else _moment(value, self._value))
        else:
            self._limits.update(time, _number(value))
        return _told(self._limits.reading())


def _object(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise BadLine(f"This line is no JSON: {error}.") from error
    if not isinstance(found, dict):
        raise BadLine("A line must be one JSON object.")
    return found


def _limits_for(meta: Any) -> Arrivals | Total | Waits:
    if not isinstance(meta, dict):
        raise BadLine('"meta" must be an object.')
    country = meta.get("country") or ""
    if not isinstance(country, str):
        raise BadLine('"country" must be an ISO code such as "DE", or null.')
    if meta.get("kind") == "freshness":
        return Waits(_seconds(meta, "check_interval_s"), country)
    kinds: dict[Any, Callable[[int, str], Arrivals | Total]] = {"rows_arrived": Arrivals, "row_count": Total}
    if meta.get("kind") != "volume" or meta.get("measure") not in kinds:
        raise BadLine('"kind" must be "freshness", or "volume" with the "measure" "rows_arrived" or "row_count".')
    return kinds[meta["measure"]](_seconds(meta, "interval_s"), country)


def _seconds(meta: Mapping[str, Any], name: str) -> int:
    value = meta.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 60 <= value <= 4e8:
        raise BadLine(f'"{name}" must be a number of seconds, 60 or more.')
    return int(value)


def _moment(value: Any, name: str) -> int:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise BadLine(f'"{name}" must be a time such as "2026-03-01T00:00:00Z".') from error
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _number(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e18:
        raise BadLine('"v" must be a number below 1e18, or null.')
    return float(value)


def _told(reading: Reading) -> dict[str, Any]:
    return {
        "alert": reading.alarmed,
        "expected": reading.expected,
        "lower": reading.low,
        "upper": reading.high,
        "reason": reading.reason,
        "learning": reading.learning,
    }
