"""How large a table is now beside the profile of its week."""

from __future__ import annotations

import numpy as np

from apps.rules.learned.counts import median
from apps.rules.learned.history import History
from apps.rules.learned.profile import Profile

SMALL_TABLE = 5  # typical rows below which no medians are taken
DAILY_SMALL = 30


def recent_level(history: History, profile: Profile, before: float) -> float:
    """The recent size as a multiple of the profile; `before` where too little is known to tell.

    Looks further back when nights or holidays leave too little volume.
    """
    cadence, typical = history.cadence, profile.typical
    count = cadence.level * (2 if typical < DAILY_SMALL and not cadence.fine else 1)
    wanted = max(0.4 * cadence.level * float(profile.mean.mean()), 15.0)
    for _ in range(3):
        rows, slots = history.normal(count)
        due = profile.mean[slots]
        if due.sum() >= wanted or count >= len(history):
            break
        count *= 2
    seen, volume = float(rows.sum()), float(due.sum())
    if len(rows) < 3 or volume <= 0:
        return before
    if volume < max(wanted, 40) and typical < SMALL_TABLE:
        return (seen + 10) / (volume + 10)
    if volume < 0.5 * wanted:
        return before
    if not cadence.fine:
        busy = due > SMALL_TABLE
        if busy.sum() >= 4 and typical >= DAILY_SMALL:
            ratios = rows[busy] / due[busy]
            return median(ratios) if busy.sum() >= 5 else float(rows[busy].sum() / due[busy].sum())
    large = due > 0.3 * float(profile.mean.mean())
    enough = large.sum() >= 5 and typical > SMALL_TABLE
    middle = median(rows[large] / due[large]) if enough else before
    return float(np.clip(rows, 0.35 * middle * due, 2.5 * middle * due).sum() / volume)
