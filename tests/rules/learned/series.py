"""Made-up tables: rows per hour or day, with the failures that tests write into them."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from apps.rules.learned.arrivals import Arrivals

HOUR, DAY = 3600, 86_400
MONDAY = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp())
Rows = NDArray[np.float64]


def times(count: int, seconds: int, start: int = MONDAY) -> list[int]:
    return [start + seconds * each for each in range(count)]


def hourly(days: int, *, size: float = 200, sunday: float = 1.0, seed: int = 1) -> Rows:
    """A shop: quiet nights, busy afternoons; `sunday`: the share of its rows that comes on Sundays."""
    hours = np.arange(24 * days)
    shape = 1 + 0.8 * np.sin((hours % 24 - 9) * np.pi / 12)
    week = np.where(hours // 24 % 7 == 6, sunday, 1.0)
    return np.random.default_rng(seed).poisson(size * shape * week).astype(float)


def daily(days: int, *, size: float = 1000, sunday: float = 1.0, seed: int = 1) -> Rows:
    week = np.where(np.arange(days) % 7 == 6, sunday, 1.0)
    return np.random.default_rng(seed).poisson(size * week).astype(float)


def alarmed(rows: Rows, seconds: int, country: str = "", start: int = MONDAY) -> list[int]:
    """The places of the intervals after which it was alarmed."""
    answers = Arrivals(seconds, country).replay(times(len(rows), seconds, start), list(rows))
    return [at for at, answer in enumerate(answers) if answer]
