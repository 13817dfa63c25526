"""How surprising a count is beside an expected one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SMALL = 1e-6
LONG = 200  # from here on sorting no more than needed is faster
MAD_TO_SIGMA = 1.4826  # the median absolute deviation of a normal distribution, as a share of its standard deviation


def surprise(observed: Floats, expected: Floats, spread: Floats | float) -> Floats:
    """By how many standard deviations `observed` is off, with its sign.

    The signed deviance residual of the negative binomial distribution with mean m and variance m + (spread m)²:
    counting noise matters where numbers are small, the table's own relative spread where they are large. (McCullagh and
    Nelder, Generalized Linear Models, on deviance residuals.)
    """
    mean = np.maximum(expected, SMALL)
    inverse = 1 / np.maximum(np.square(spread), SMALL)
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.where(observed > 0, observed * np.log(observed / mean), 0.0)
    deviance = 2 * (own - (observed + inverse) * np.log((observed + inverse) / (mean + inverse)))
    size: Floats = np.sqrt(np.maximum(deviance, 0.0))
    return np.where(observed > mean, size, -size)


def robust_sigma(values: Floats) -> float:
    """The standard deviation that the middle of `values` suggests; outliers do not move it."""
    return MAD_TO_SIGMA * median(np.abs(values - median(values)))


def median(values: Floats) -> float:
    """As numpy's, without its care for missing values: several times faster for the few numbers of a table."""
    half, even = len(values) // 2, len(values) % 2 == 0
    ordered = np.sort(values) if len(values) < LONG else np.partition(values, (half - 1, half))
    return float((ordered[half - 1] + ordered[half]) / 2 if even else ordered[half])
