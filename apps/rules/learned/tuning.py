"""The few numbers that the learned limits hang on: tuned on labelled series, see docs/detection.md."""

from __future__ import annotations

from apps.common.records import record


@record
class Tuning:
    """`threshold`: surprise in standard deviations. `drop`, `rise_share`: the least effect, as a share of what is
    expected. `material`: the least effect as a share of a typical interval. Times are in intervals.
    """

    threshold: float
    counting: float = 0.0  # a threshold is lower by this share where all noise is counting noise, whose tails are known
    rise: float = 1.2  # a rise must be this much more surprising than a drop
    first: float = 1.1  # so must a single interval
    backlog: float = 1.0  # what a backlog must exceed, as a share of the threshold of a drop
    lift: float = 1.8  # a threshold stays so far above what the table has shown when all was well
    most: float = 14.0
    few: float = 1.5
    drop: float = 0.30
    rise_share: float = 0.60
    material: float = 0.5
    least_rows: float = 6.0
    least_spread: float = 0.02
    calmest: float = 0.2
    slack: float = 0.15
    prior_points: int = 48
    silence: float = 10.0
    silence_lift: float = 1.6
    close_volume: float = 1.2
    weeks: int = 6


HOURLY = Tuning(threshold=4.2)
DAILY = Tuning(
    threshold=3.8, counting=0.1, first=1.0, backlog=0.8, lift=1.15, material=0.08, least_spread=0.03, prior_points=10
)
