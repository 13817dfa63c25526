"""The shape of a table's week: how many rows each hour (or day) of the week usually brings."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.common.records import record
from apps.rules.learned.counts import SMALL, Floats

FEW_ROWS = 12  # below this a slot's plain mean is better than its trimmed one: most of it is counting noise
SUNDAY = 3  # days are counted from 1 January 1970, a Thursday
WEEKDAYS: NDArray[np.bool_] = np.array([(day + SUNDAY) % 7 < 5 for day in range(7)])
IDLE = 0.02  # a slot with less than this share of the mean slot is one in which nothing happens


@record
class Profile:
    """Rows per slot of the week, `quiet` as on a Sunday, and `typical` of a slot in which something happens."""

    mean: Floats
    quiet: Floats
    typical: float

    def scaled(self, factor: float) -> Profile:
        return Profile(self.mean * factor, self.quiet * factor, self.typical * factor)


def flat_profile(recent: Floats) -> Profile:
    """Of a table whose intervals are a week or longer: the middle of the last eight."""
    level = np.array([float(np.median(recent[-8:]))])
    return Profile(level, level, max(float(np.mean(recent)), SMALL))


def first_profile(known: Floats, slots: NDArray[np.int64], per_day: int) -> Profile:
    """While there are less than two weeks: one shape of the day (or one level) for all days."""
    part = slots % per_day
    shape = np.full(per_day, float(np.mean(known)) if len(known) else 0.0)
    for each in np.unique(part):
        own = known[part == each]
        shape[each] = np.median(own) if len(own) > 3 else own.mean()
    mean = np.tile(shape, 7)
    quiet = np.full(7, mean.min()) if per_day == 1 else mean
    return Profile(mean, quiet, _typical(mean))


def weekly_profile(weeks: Floats, per_day: int) -> Profile:
    """From a row per week and a column per slot, not a number where a point is missing or does not count.

    A slot's own mean is drawn towards what the shape of such days suggests, by how little the slots really differ from
    it beyond chance (as in an analysis of variance): small tables get smooth shapes, clockwork ones their own.
    """
    known = np.isfinite(weeks)
    count = known.sum(axis=0)
    total = np.where(known, weeks, 0.0).sum(axis=0)
    mean = np.where(count > 0, total / np.maximum(count, 1), 0.0)
    variance = np.where(known, np.square(weeks - mean), 0.0).sum(axis=0) / np.maximum(count - 1, 1)
    robust = _trimmed(weeks, count, total)
    days: list[Any] = [each.reshape(7, per_day) for each in (robust, mean, variance, count)]
    found = np.zeros((7, per_day))
    for group in (WEEKDAYS, ~WEEKDAYS):
        found[group] = _shrunk(*(each[group] for each in days))
    sunday = found[SUNDAY]
    quiet = np.minimum(np.tile(sunday, 7), found.ravel()) if per_day > 1 else np.minimum(found.min(), found.ravel())
    return Profile(found.ravel(), quiet, _typical(found.ravel()))


def _trimmed(weeks: Floats, count: NDArray[np.int64], total: Floats) -> Floats:
    """Per slot the mean without its smallest and largest value; the median where there are few."""
    ordered = np.sort(weeks, axis=0)  # what is not a number comes last
    top = np.maximum(count - 1, 0)
    lowest, highest = ordered[0], np.take_along_axis(ordered, top[None], 0)[0]
    middle = (np.take_along_axis(ordered, (top // 2)[None], 0)[0]
              + np.take_along_axis(ordered, np.minimum(count // 2, top)[None], 0)[0]) / 2  # fmt: skip
    trimmed = (total - lowest - highest) / np.maximum(count - 2, 1)
    return np.where(count >= 5, trimmed, np.where(count > 0, middle, 0.0))


def _shrunk(robust: Floats, mean: Floats, variance: Floats, count: NDArray[np.int64]) -> Floats:
    """The slots of days of one sort (working days, or weekends), each drawn towards their common shape."""
    if not count.any():
        return np.zeros(mean.shape)
    pooled = (mean * count).sum(axis=0) / np.maximum(count.sum(axis=0), 1)
    size = np.ones(len(mean))
    if mean.shape[1] > 1 and (count > 0).all():  # each weekday has its own size
        of_day = mean.sum(axis=1)
        size = of_day / max(float(of_day.mean()), SMALL)
    common = pooled[None, :] * size[:, None]
    chance = np.maximum(variance, common / 2) / np.maximum(count, 1)
    seen = count > 0
    ratio = float(np.square(mean - common)[seen].sum()) / max(float(chance[seen].sum()), SMALL)
    own_share = max(0.0, 1 - 1.5 / max(ratio, SMALL))
    own = np.where(common < FEW_ROWS, mean, robust)
    shrunk: Floats = np.where(seen, own_share * own + (1 - own_share) * common, common)
    return shrunk


def _typical(mean: Floats) -> float:
    busy = mean[mean > IDLE * mean.mean()]
    return max(float(np.median(busy)), SMALL) if len(busy) else SMALL
