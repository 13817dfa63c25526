"""What the learned limits say of one check, for people and for charts."""

from __future__ import annotations

from datetime import UTC, datetime
from math import exp, log1p

import numpy as np

from apps.common.records import record
from apps.rules.learned.cadence import DAY, Cadence
from apps.rules.learned.counts import surprise
from apps.rules.learned.spread import Spread

# Shares of what is due at which limits are sought.
FALLING, RISING = np.linspace(0, 1, 200), np.geomspace(1e-3, 40, 200)
SPOKEN = ((0.48, 0.52, "Half"), (0.32, 0.35, "A third"), (0.24, 0.26, "A quarter"), (1.95, 2.05, "Twice"))


@record
class Reading:
    """`expected`, `low` and `high` are in rows, or in seconds for waits; None: nothing is known yet. A value between
    `low` and `high` never alarms by itself. `known` of `wanted` values of history are there.
    """

    alarmed: bool
    expected: float | None
    low: float | None
    high: float | None
    reason: str
    known: int
    wanted: int

    @property
    def learning(self) -> str:
        """How far the learning has come; empty once it is done."""
        return f"learning, {self.known} of {self.wanted}" if self.known < self.wanted else ""


def still_learning(known: int, wanted: int) -> Reading:
    return Reading(False, None, None, None, f"Still learning: {known} of {wanted} values are known.", known, wanted)


def band(
    due: float, quiet: float, typical: float, spread: Spread, part: int, cadence: Cadence, *, resting: bool
) -> tuple[float, float]:
    """The rows of one interval below and above which it alarms by itself: the thresholds of `weigh`, turned round."""
    tuning, cushion = cadence.tuning, 0.5 + 0.01 * typical
    material = max(tuning.material * typical, tuning.least_rows)
    stricter = tuning.first if cadence.fine else 1.0
    low = min(
        (due + cushion) * (1 - tuning.drop) - cushion, due - material, _where(due, spread, part, -spread.low * stricter)
    )
    if resting:
        low = min(low, 0.3 * quiet if quiet > 8 else 0.0)
    high = max((due + cushion) * exp(log1p(tuning.rise_share)) - cushion, due + material,
               _where(due, spread, part, spread.high * stricter))  # fmt: skip
    return max(low, 0.0), high


def _where(due: float, spread: Spread, part: int, limit: float) -> float:
    """How many rows are as surprising as `limit`; zero where not even none would be."""
    rows = due * FALLING if limit < 0 else due + (due + 1) * RISING
    seen = surprise(rows / spread.calm, np.full(len(rows), due / spread.calm), float(spread.by_part[part]))
    return float(np.interp(limit, seen, rows))


def explain(alarmed: bool, count: int, seen: float, due: float, at: int, seconds: int) -> str:
    """Why it is or is not alarmed. The last `count` intervals brought `seen` rows where `due` were expected; the last
    of them began at `at`."""
    if not alarmed:
        return f"As usual: {number(seen, 'row')}, {number(due, 'row')} expected."
    if not seen:
        return f"Nothing arrived for {duration(count * seconds)}; {number(due, 'row')} are usual by then."
    rows = f"{number(seen, 'row')} in {duration(count * seconds)}, {number(due, 'row')} expected"
    return f"{_share(seen / max(due, 1e-9))} {_when(at, seconds)}: {rows}."


def _share(ratio: float) -> str:
    for low, high, word in SPOKEN:
        if low <= ratio <= high:
            return f"{word} {'what' if ratio > 1 else 'of what'} is usual"
    if ratio > 100:
        return "More than 100 times what is usual"
    return f"{ratio:.1f} times what is usual" if ratio > 2 else f"{ratio:.0%} of what is usual".replace("%", " %")


def _when(at: int, seconds: int) -> str:
    moment = datetime.fromtimestamp(at, UTC)
    if seconds > DAY:
        return "for this time"
    return f"on a {moment:%A}" + ("" if seconds == DAY else f" at {moment:%H:%M}")


def number(value: float, what: str) -> str:
    """Such as "1,200 rows"; "0.4 rows" where a whole number would hide it."""
    shown = f"{value:,.1f}" if 0 < abs(value) < 3 and value != int(value) else f"{value:,.0f}"
    return f"{shown} {what}" + ("" if shown == "1" else "s")


def duration(seconds: float) -> str:
    """Such as "3 hours", in the largest unit that says it without a fraction, or nearly."""
    for size, unit in ((DAY, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 2 * size or seconds == size:
            return number(round(seconds / size), unit)
    return number(round(seconds), "second")
