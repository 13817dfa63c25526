"""The limits of a volume rule that leave room for a table's usual ups and downs, and for no more."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from apps.rules.kinds import KINDS
from apps.rules.suggest.amounts import Amounts, amounts_of
from apps.rules.suggest.history import History

ZONE = ZoneInfo("UTC")
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
TODAY, DAY = date(2026, 11, 21), timedelta(days=1)
CHANCE = random.Random(7)  # noqa: S311
ROWS = [CHANCE.gauss(1_000, 50) for _ in range(200)]


def past(rows: Callable[[date], float], days: int = 100) -> History:
    counts = {TODAY - number * DAY: int(rows(TODAY - number * DAY)) for number in range(days)}
    return History(
        ZONE, NOW, TODAY - 100 * DAY, {day: count for day, count in counts.items() if count}, NOW - 14 * DAY,
        column="created_at",
    )  # fmt: skip


def usual(day: date) -> float:
    return ROWS[day.toordinal() % len(ROWS)]


def found(history: History) -> Amounts:
    amounts = amounts_of(history)
    assert amounts is not None
    KINDS["volume"].Settings.model_validate({"column": "created_at", **amounts.settings})
    return amounts


def test_limits_lie_a_little_beyond_what_was_seen() -> None:
    amounts = found(past(usual))
    assert amounts.settings == {"per": "1d", "drop": "20%", "spike": "30%"}
    assert amounts.why.startswith("Over 91 days a day had at most 12 % fewer and 9 % more rows than the mean")


@pytest.mark.parametrize(("rows", "words"), [
    (lambda day: 1_000, "a day had as many rows as the mean"),
    (lambda day: 2_000 - 2 * (TODAY - day).days, "a day had no fewer and at most 2 % more rows than the mean"),
    (lambda day: 2_000 + 2 * (TODAY - day).days, "a day had at most 2 % fewer and no more rows than the mean"),
])  # fmt: skip
def test_a_share_of_nothing_is_said_in_words(rows: Callable[[date], float], words: str) -> None:
    assert words in found(past(rows)).why


@pytest.mark.parametrize("weekend", [0.3, 0.0], ids=["few rows", "no rows"])
def test_weekdays_that_differ_are_held_against_their_own(weekend: float) -> None:
    amounts = found(past(lambda day: usual(day) * (weekend if day.weekday() > 4 else 1)))
    assert amounts.settings["against"] == "weekday"
    assert amounts.settings["drop"] in ("20%", "30%")
    assert "than its weekday had in the weeks before" in amounts.why


def test_a_fault_of_the_past_is_told_and_not_made_room_for() -> None:
    amounts = found(past(lambda day: 20 if day == date(2026, 11, 3) else usual(day)))
    assert amounts.settings["drop"] == "20%"
    assert "but for 1 that was far out of line and would have alerted" in amounts.why


def test_a_table_that_falls_by_chance_gets_no_limit_for_drops() -> None:
    amounts = found(past(lambda day: 300 if day.toordinal() % 3 else 1))
    assert amounts.settings["drop"] is None
    assert amounts.why.endswith("A drop is not told from its usual ups and downs, so it has no limit.")


@pytest.mark.parametrize(
    "history",
    [past(usual, days=10), past(lambda day: 500 if day.day == 1 else 0), past(lambda _: 0)],
    ids=["short", "monthly", "empty"],
)
def test_where_days_cannot_be_compared_nothing_is_proposed(history: History) -> None:
    assert amounts_of(history) is None


def hours(rows: Callable[[int], int]) -> History:
    """Fourteen days in which rows came each minute."""
    minutes = {NOW - number * timedelta(minutes=1): rows(number) for number in range(1, 14 * 1440)}
    days: dict[date, int] = {}
    for moment, count in minutes.items():
        days[moment.date()] = days.get(moment.date(), 0) + count
    return History(ZONE, NOW, TODAY - 100 * DAY, days, NOW - 14 * DAY, minutes, "created_at")


def test_hours_are_counted_where_each_has_many_rows_and_about_as_many() -> None:
    settings: Any = found(hours(lambda _: 5)).settings
    assert (settings["per"], settings["baseline"], settings["drop"]) == ("1h", "7d", "20%")


def test_hours_are_not_counted_where_nights_are_quiet() -> None:
    amounts = amounts_of(hours(lambda number: 9 if (number // 60) % 24 < 16 else 2))
    assert amounts is None or amounts.settings["per"] == "1d"
