"""Days as a picture: a column per week and a row per weekday, each day with its state by colour and by sign. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from apps.common.records import record
from apps.rules.days.completeness import DAY, LABELS, WEEK, WEEKDAYS, Completeness, Day, DayState

SIGNS = {
    DayState.PRESENT: "✓",
    DayState.SHORT: "▾",
    DayState.LATE: "…",
    DayState.MISSING: "✕",
    DayState.EMPTY: "–",
    DayState.OPEN: "○",
}
STEP, SIZE = 20, 17  # from one day to the next, and how wide each is
LEFT, TOP = 32, 18  # room for the names of weekdays and months


@record
class Cell:
    """A day in its place."""

    day: Day
    x: int
    y: int

    @property
    def sign(self) -> str:
        return SIGNS[self.day.state]


@record
class Key:
    """An entry of the legend: a state that occurs, and on how many days."""

    state: DayState
    count: int

    @property
    def sign(self) -> str:
        return SIGNS[self.state]

    @property
    def label(self) -> str:
        return LABELS[self.state]


@record
class Picture:
    """`months` and `weekdays` are short names in their places; `summary` says in sentences what the picture shows."""

    cells: tuple[Cell, ...]
    months: tuple[tuple[int, str], ...]
    keys: tuple[Key, ...]
    summary: str
    weekdays: tuple[tuple[int, str], ...] = tuple((TOP + row * STEP, name[:3]) for row, name in enumerate(WEEKDAYS))
    size: int = SIZE

    @property
    def width(self) -> int:
        return max((cell.x for cell in self.cells), default=LEFT) + STEP

    @property
    def height(self) -> int:
        return TOP + len(WEEKDAYS) * STEP

    @property
    def newest_first(self) -> Sequence[Day]:
        return [cell.day for cell in reversed(self.cells)]


def picture_of(found: Completeness, zone: ZoneInfo) -> Picture:
    """The picture of the days of a table in `zone`."""
    if not found.days:
        return Picture((), (), (), found.summary(zone))
    monday = found.days[0].day - found.days[0].day.weekday() * DAY
    cells = tuple(
        Cell(day, LEFT + (day.day - monday) // WEEK * STEP, TOP + day.day.weekday() * STEP) for day in found.days
    )
    keys = tuple(Key(state, count) for state in SIGNS if (count := found.count(state)))
    return Picture(cells, tuple(_months(monday, found.days[-1].day)), keys, found.summary(zone))


def _months(monday: date, last: date) -> Iterator[tuple[int, str]]:
    """Where each month begins: in the week of its first day, and at the very beginning unless that is too close."""
    weeks = (last - monday) // WEEK + 1
    begins = {0: monday}
    for week in range(weeks):
        sunday = monday + week * WEEK + timedelta(days=6)
        if sunday.day <= 7 and sunday.replace(day=1) <= last:
            begins[week] = sunday
    if len(begins) > 1 and 0 < sorted(begins)[1] < 3:
        del begins[0]
    for week, day in begins.items():
        yield LEFT + week * STEP, f"{day:%b}"
