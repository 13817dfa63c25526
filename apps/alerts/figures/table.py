"""Figures as plain values: for the API, and as rows of a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from apps.alerts.figures.reading import Standing, Table
from apps.alerts.figures.record import Figures
from apps.common.months import Month

HEAD = (
    "month", "team", "rule_id", "rule", "incidents", "parts", "seconds_to_detect", "seconds_to_notify",
    "seconds_to_acknowledge", "seconds_to_resolve", "real", "false", "unsaid", "precision_percent", "reopened_percent",
    "outside_day_percent",
)  # fmt: skip


def figure_values(figures: Figures, month: Month) -> dict[str, Any]:
    """Times in seconds and shares in percent; null where there is nothing to reckon from."""
    return {
        "month": month.key,
        "incidents": figures.incidents,
        "parts": figures.parts,
        "seconds_to_detect": _seconds(figures.detect),
        "seconds_to_notify": _seconds(figures.notify),
        "seconds_to_acknowledge": _seconds(figures.acknowledge),
        "seconds_to_resolve": _seconds(figures.resolve),
        "real": figures.real,
        "false": figures.false,
        "unsaid": figures.unsaid,
        "precision_percent": _rounded(figures.precision),
        "reopened_percent": _rounded(figures.reopen_rate),
        "outside_day_percent": _rounded(figures.night_share),
    }


def figure_rows(table: Table, month: Month) -> Iterator[tuple[Any, ...]]:
    """Two rows per team and per rule: the month, and the one before. Those of a whole team name no rule."""
    for each in [*table.teams, *table.rules]:
        for figures, of in ((each.this, month), (each.last, month.before)):
            values = standing_values(each) | figure_values(figures, of)
            yield tuple(values[name] for name in HEAD)


def standing_values(standing: Standing) -> dict[str, Any]:
    return {"team": standing.team, "rule_id": standing.rule_id, "rule": standing.rule}


def _seconds(length: timedelta | None) -> int | None:
    return None if length is None else round(length.total_seconds())


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
