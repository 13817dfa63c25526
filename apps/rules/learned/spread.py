"""How far a table strays from its expected rows when all is well, and from where on that is alarming."""

from __future__ import annotations

from typing import Any

import numpy as np

from apps.common.records import record
from apps.rules.learned.counts import Floats, robust_sigma, surprise
from apps.rules.learned.tuning import Tuning

GRID: Floats = np.array(
    [0.01, 0.015, 0.02, 0.03, 0.045, 0.065, 0.09, 0.12, 0.16, 0.21, 0.27, 0.35, 0.45, 0.6, 0.8, 1.1]
)
PARTS = 8  # of the day, each with a spread of its own: nights are not like noons
PART_RANGE = (0.4, 2.5)  # how much steadier or wilder than the whole a part of the day may be
PRIOR = 0.06  # the spread of a table of which nothing is known yet


@record
class Spread:
    """For sums over one number of intervals. `calm` below one: a clockwork table, steadier than chance.

    `by_part`: the relative spread per part of the day. `low`, `high`: how surprising a drop or a rise must be.
    """

    calm: float
    by_part: Floats
    low: float
    high: float


def unknown_spread(tuning: Tuning) -> Spread:
    return Spread(1.0, np.full(PARTS, 0.25), tuning.threshold * 1.4, tuning.threshold * 1.4)


def learn_spread(
    parts: Any, observed: Floats, expected: Floats, *, length: int, fine: bool, many: int, tuning: Tuning
) -> Spread:
    """From sums that were calm, what was expected of each, and in which part of the day each ended.

    `length`: intervals per sum; `many`: how many sums it takes to tell the parts of a day apart.
    """
    n = len(observed)
    if n < 6:
        return unknown_spread(tuning)
    calm = _calm(observed, expected, length, fine, tuning)
    observed, expected = observed / calm, expected / calm
    whole = _fitting(observed, expected, calm, tuning)
    whole = float(np.sqrt((n * whole**2 + tuning.prior_points * PRIOR**2) / (n + tuning.prior_points)))
    by_part = np.full(PARTS, whole)
    if fine and n > many:
        seen = surprise(observed, expected, whole)
        for part in range(PARTS):
            mine = seen[parts == part]
            if len(mine) >= 8:
                own = whole * float(np.clip(robust_sigma(mine), *PART_RANGE))
                by_part[part] = np.sqrt((len(mine) * own**2 + 12 * whole**2) / (len(mine) + 12))
    seen = surprise(observed, expected, by_part[parts])
    chance = 1 / (1 + whole**2 * float(expected.mean()))  # the share of counting noise in all noise
    low, high = _thresholds(seen, length, chance, tuning)
    return Spread(calm, by_part, low, high)


def _calm(observed: Floats, expected: Floats, length: int, fine: bool, tuning: Tuning) -> float:
    """By how much a table is steadier than chance would have it: a loader that brings a fixed number of rows."""
    n = len(observed)
    sigma = float(robust_sigma((observed - expected) / np.sqrt(np.maximum(expected, 1.0))))
    least = 1.0 if fine or float(expected.mean()) < 8 * length else tuning.calmest
    return min(1.0, max(least, (n * (1.5 * sigma) ** 2 + 6) / (n + 6)))


def _fitting(observed: Floats, expected: Floats, calm: float, tuning: Tuning) -> float:
    """The smallest spread under which the surprises look like one standard deviation. Small counts come in steps, so
    they get some slack."""
    grid = GRID[tuning.least_spread <= GRID]
    most = 1.0 + tuning.slack * min(1.0, 8 / max(float(expected.mean()) * calm, 1e-9))
    low, high = 0, len(grid) - 1
    while low < high:
        middle = (low + high) // 2
        if robust_sigma(surprise(observed, expected, grid[middle])) <= most:
            high = middle
        else:
            low = middle + 1
    return float(grid[low])


def _thresholds(seen: Floats, length: int, chance: float, tuning: Tuning) -> tuple[float, float]:
    """Above what this very table has shown when all was well, and never below the common floor."""
    n = len(seen)
    floor = tuning.threshold * (1 - tuning.counting * chance) * (1 + tuning.few / np.sqrt(n / length))
    second = min(1, n - 1)  # the second largest: one odd point must not make a table deaf
    ordered = np.sort(seen)
    low = max(floor, tuning.lift * -float(ordered[second]))
    high = max(floor * tuning.rise, tuning.lift * float(ordered[-1 - second]))
    return min(low, tuning.most), min(high, tuning.most)
