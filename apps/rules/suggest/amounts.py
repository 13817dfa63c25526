"""How far the rows of a day (or of an hour) have lain from what was usual, and the limits that leave room for that: the
settings of a volume rule with the reason in words.

Pure. Each period is held against the mean of those before it, as the rule itself will do; where weekdays differ, of
those on the same weekday. A few periods that fall far out of line are taken for faults of the past: the limits make no
room for them, and the reason says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from apps.common.records import record
from apps.rules.suggest.history import History

Way = Literal["mean", "weekday"]
FEWEST_BEFORE = {"mean": 7, "weekday": 3}  # periods that make a mean to hold another against
FEWEST_HELD = 14  # periods that were held against one, to speak of limits
BACK = {"mean": 30, "weekday": 8}  # periods that make the mean
DROPS, SPIKES = (20, 30, 40, 50, 60, 70, 80, 90), (30, 50, 100, 150, 200, 300, 500, 1_000)
ROOM = 1.25  # limits lie so much beyond the farthest that was usual
FAULTY = 0.06  # share of the periods that may be faults
APART = 1.5  # how much farther than the next one a fault lies
EMPTY = 0.1  # share of the periods that may be without rows
FEWEST_AN_HOUR = 100  # rows, below which hours differ by chance
STEADY = 40  # percent: no hour lies farther below the mean, where hours are counted


@record
class Amounts:
    """The settings of a volume rule (without the column), and why."""

    settings: Mapping[str, Any]
    why: str


@record
class _Spread:
    """How far below and above, in percent, and how many of `held` periods fell out of line."""

    way: Way
    below: float
    above: float
    faults: int
    held: int

    @property
    def drop(self) -> int | None:
        return next((limit for limit in DROPS if limit >= ROOM * self.below), None)

    @property
    def spike(self) -> int | None:
        return next((limit for limit in SPIKES if limit >= ROOM * self.above), None)


def amounts_of(history: History) -> Amounts | None:
    """None: the past is too short, too small or too uneven to set limits by."""
    if hourly := _by_hours(history):
        return hourly
    spreads = [spread for way in ("mean", "weekday") if (spread := _spread(_days(history, way), way))]
    if not spreads:
        return None
    best = min(spreads, key=lambda spread: (spread.drop or 100, spread.spike or 10_000, spread.way == "weekday"))
    if best.drop is None and best.spike is None:
        return None
    settings: dict[str, Any] = {"per": "1d", "drop": _percent(best.drop), "spike": _percent(best.spike)}
    usual = "the mean of the 30 days before"
    if best.way == "weekday":
        settings |= {"against": "weekday", "baseline": "8w"}
        usual = "its weekday had in the weeks before"
    none = "" if best.drop is not None else " A drop is not told from its usual ups and downs, so it has no limit."
    return Amounts(settings, f"Over {best.held} days {_words(best, 'a day', usual)}.{none}")


def _days(history: History, way: Way) -> list[list[int]]:
    """The rows of the days in their order, apart by weekday where these are held against each other. A weekday that is
    always empty is left out: nothing can be missing on it."""
    counts = history.counts
    if way == "mean":
        return [[rows for _, rows in counts]]
    rows_of = [[rows for day, rows in counts if day.weekday() == weekday] for weekday in range(7)]
    return [rows for rows in rows_of if any(rows)]


def _filled(rows: Sequence[Sequence[int]]) -> bool:
    """Whether hardly a period is empty: else emptiness is no sign of anything."""
    return sum(count == 0 for row in rows for count in row) <= EMPTY * sum(map(len, rows))


def _by_hours(history: History) -> Amounts | None:
    """Hours are counted where each of them has many rows, and about as many: then a drop is seen within the hour."""
    if history.dated or not history.column:
        return None
    since = max((history.by_day[day][0] for day in list(history.by_day)[:1]), default=None)
    if since is None:
        return None
    hours: dict[int, int] = {}
    for moment, rows in history.minutes.items():
        hours[int(moment.timestamp()) // 3600] = hours.get(int(moment.timestamp()) // 3600, 0) + rows
    first, last = int(since.timestamp()) // 3600 + 1, int(history.now.timestamp()) // 3600
    row = [hours.get(number, 0) for number in range(first, last)]
    if len(row) < 7 * 24 or min(row) < FEWEST_AN_HOUR:
        return None
    spread = _spread([row], "mean", back=7 * 24)
    if spread is None or spread.drop is None or spread.spike is None or spread.below > STEADY:
        return None
    settings = {"per": "1h", "baseline": "7d", "drop": _percent(spread.drop), "spike": _percent(spread.spike)}
    return Amounts(settings, f"Over {spread.held} hours {_words(spread, 'an hour', 'the mean of the 7 days before')}.")


def _spread(rows: Sequence[Sequence[int]], way: Way, *, back: int | None = None) -> _Spread | None:
    if not _filled(rows):
        return None
    distances: list[float] = []
    reach = back or BACK[way]
    for row in rows:
        for place in range(FEWEST_BEFORE[way], len(row)):
            before = row[max(0, place - reach) : place]
            mean = sum(before) / len(before)
            if mean:
                distances.append(100 * (row[place] / mean - 1))
    if len(distances) < FEWEST_HELD:
        return None
    below, low_faults = _usual([-distance for distance in distances if distance < 0], len(distances))
    above, high_faults = _usual([distance for distance in distances if distance > 0], len(distances))
    return _Spread(way, below, above, low_faults + high_faults, len(distances))


def _usual(distances: Sequence[float], held: int) -> tuple[float, int]:
    """The farthest that is usual, and how many fell out of line."""
    farthest = [*sorted(distances, reverse=True), 0.0]
    for faults in range(min(int(FAULTY * held), len(farthest) - 1), 0, -1):
        if farthest[faults - 1] >= APART * max(farthest[faults], 10):
            return farthest[faults], faults
    return farthest[0], 0


def _words(spread: _Spread, period: str, usual: str) -> str:
    faults = ""
    if spread.faults:
        verb = "was" if spread.faults == 1 else "were"
        faults = f", but for {spread.faults} that {verb} far out of line and would have alerted"
    below, above = round(spread.below), round(spread.above)
    if not below and not above:
        return f"{period} had as many rows as {usual}{faults}"
    fewer = f"at most {below} % fewer" if below else "no fewer"
    more = (f"{above} % more" if below else f"at most {above} % more") if above else "no more"
    return f"{period} had {fewer} and {more} rows than {usual}{faults}"


def _percent(value: int | None) -> str | None:
    return None if value is None else f"{value}%"
