"""A learned band: what was expected of each point when it came, and what is said of the last one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.module_loading import import_string

from apps.common.records import record

if TYPE_CHECKING:
    from apps.rules.learned.reading import Reading

READING = "apps.rules.learned.reading.Reading"  # not at the start: numpy, which is behind it, takes long to load


@record
class Edge:
    """The limits that held at a point, in rows or in seconds; None: none. `alarmed`: it would have alerted."""

    at: datetime
    low: float | None
    high: float | None
    alarmed: bool


@record
class Band:
    """`reading` is of the last point; None: nothing is known at all."""

    reading: Reading | None
    edges: tuple[Edge, ...] = ()


NO_BAND = Band(None)


def edge_of(at: datetime, reading: Reading) -> Edge:
    """A lower limit of nothing is none."""
    return Edge(at, reading.low or None, reading.high, reading.alarmed)


def reading_as_json(reading: Reading) -> list[Any]:
    """As memory keeps it."""
    return list(astuple(reading))


def recall_reading(values: Sequence[Any] | None) -> Reading | None:
    """The reading that `reading_as_json` wrote."""
    return import_string(READING)(*values) if values else None
