"""Which of some intervals are alarming: pure, for many intervals at once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from apps.common.records import record
from apps.rules.learned.counts import Floats, surprise
from apps.rules.learned.spread import Spread
from apps.rules.learned.tuning import Tuning


@record
class Sums:
    """Sums over `length` intervals, one ending at each of the intervals; `known`: whether there were so many."""

    length: int
    observed: Floats
    expected: Floats
    known: NDArray[np.bool_]


@record
class Evidence:
    """Per interval: how much the strongest evidence exceeds its threshold (0: none), with the sign of the deviation,
    the logarithm of the ratio of observed to expected rows that goes with it, and over how many intervals it was seen.
    """

    strength: Floats
    ratio: Floats
    length: NDArray[np.int64]


def sums_of(observed: Floats, expected: Floats, before: int, lengths: tuple[int, ...]) -> list[Sums]:
    """Sums ending at each interval after the first `before`, which only lend their rows to later sums."""
    have = np.arange(before, len(observed)) + 1
    total_seen, total_due = (np.concatenate(([0.0], np.cumsum(each))) for each in (observed, expected))
    found = []
    for length in lengths:
        start = np.maximum(have - length, 0)
        found.append(
            Sums(length, total_seen[have] - total_seen[start], total_due[have] - total_due[start], have >= length)
        )
    return found


def weigh(
    sums: list[Sums], spreads: Mapping[int, Spread], parts: NDArray[np.int64], *, typical: float, fine: bool,
    holiday: NDArray[np.bool_], quiet: Floats, tuning: Tuning,
) -> Evidence:  # fmt: skip
    """The strongest evidence per interval. On a holiday only a drop far below a Sunday (`quiet`) counts."""
    strength, ratio, length = np.zeros(len(parts)), np.zeros(len(parts)), np.ones(len(parts), np.int64)
    cushion = 0.5 + 0.01 * typical
    material = max(tuning.material * typical, tuning.least_rows)
    for each in sums:
        spread = spreads[each.length]
        share = (each.observed + cushion) / (each.expected + cushion)
        if share.min() >= 1 - tuning.drop and share.max() <= 1 + tuning.rise_share:  # as on most days
            continue
        missing, lull = each.expected - each.observed, quiet * each.length
        low = each.known & (share < 1 - tuning.drop) & (missing > material)
        high = each.known & (share > 1 + tuning.rise_share) & (-missing > material)
        if not (low.any() or high.any()):  # nothing is far enough off to ask how surprising it is
            continue
        low &= ~holiday | ((each.observed < 0.3 * lull) & (lull > 8))
        seen = surprise(each.observed / spread.calm, each.expected / spread.calm, spread.by_part[parts])
        stricter = tuning.first if each.length == 1 and fine else 1.0
        low &= -seen > spread.low * stricter
        high &= seen > spread.high * stricter
        size = np.where(low, -seen / (spread.low * stricter), np.where(high, seen / (spread.high * stricter), 0.0))
        stronger = size > np.abs(strength)
        strength = np.where(stronger, np.where(low, -size, size), strength)
        ratio = np.where(stronger, np.log(share), ratio)
        length = np.where(stronger, each.length, length)
    late = _backlog(sums, spreads, parts, material / 2, tuning)  # each half bears out the other
    stronger = late > np.abs(strength)
    if stronger.any():
        off = np.log((sums[0].observed + cushion) / (sums[0].expected + cushion))
        strength, ratio = np.where(stronger, late, strength), np.where(stronger, off, ratio)
        length = np.where(stronger, 1, length)
    return Evidence(strength, ratio, length)


def _backlog(
    sums: list[Sums], spreads: Mapping[int, Spread], parts: NDArray[np.int64], material: float, tuning: Tuning
) -> Floats:
    """How much it exceeds the threshold that rows which were missing come now, all at once: chance makes up for
    nothing, so the lack and the excess are one surprise."""
    now, spread = sums[0], spreads[sums[0].length]
    excess, strength = now.observed - now.expected, np.zeros(len(parts))
    risen = (excess > material) & (excess > tuning.rise_share * now.expected)
    if not risen.any():
        return strength
    rise = surprise(now.observed / spread.calm, now.expected / spread.calm, spread.by_part[parts])
    for each in sums[1:]:
        spread, seen, due = spreads[each.length], each.observed - now.observed, each.expected - now.expected
        lack = due - seen
        makes_up = each.known & risen & (lack > np.maximum(material, tuning.drop * due))
        makes_up &= (excess > lack / 2) & (excess < 2 * lack)
        drop = surprise(seen / spread.calm, due / spread.calm, spread.by_part[parts])
        both = np.hypot(rise, drop) / (spread.low * tuning.backlog)
        strength = np.where(makes_up & (both > 1), np.maximum(both, strength), strength)
    return strength
