"""The figures of a month: medians of what counts, and shares."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from apps.alerts.figures.record import Figures, Life, figures_of

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)


def life(**known: Any) -> Life:
    return replace(Life(opened_at=NOW, started_at=NOW, zone=ZoneInfo("UTC")), **known)


def after(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def test_a_time_is_the_median_of_those_that_are_known() -> None:
    lives = [life(resolved_at=after(10)), life(resolved_at=after(20)), life(resolved_at=after(3_000)), life()]
    assert figures_of(lives).resolve == timedelta(minutes=20)


@pytest.mark.parametrize("left_out", [{"outcome": "false_alarm"}, {"is_part": True}])
def test_false_alarms_and_parts_have_no_times(left_out: dict[str, Any]) -> None:
    lives = [life(resolved_at=after(10)), life(resolved_at=after(90), **left_out)]
    assert figures_of(lives).resolve == timedelta(minutes=10)


def test_parts_are_counted_apart() -> None:
    figures = figures_of([life(), life(is_part=True, outcome="real", reopened=2)])
    assert (figures.incidents, figures.parts, figures.real, figures.reopened) == (1, 1, 0, 0)


def test_what_nobody_took_up_counts_until_its_end() -> None:
    lives = [life(acknowledged_at=after(4), resolved_at=after(60)), life(resolved_at=after(8))]
    assert figures_of(lives).acknowledge == timedelta(minutes=6)


def test_times_run_from_the_last_return() -> None:
    back = life(started_at=NOW + HOUR, began_at=NOW, notified_at=NOW + HOUR, resolved_at=NOW + 3 * HOUR, reopened=1)
    figures = figures_of([back])
    assert (figures.detect, figures.notify, figures.resolve) == (HOUR, timedelta(), 2 * HOUR)


def test_a_clock_that_was_put_back_makes_no_negative_time() -> None:
    assert figures_of([life(began_at=NOW + HOUR, notified_at=NOW - HOUR)]) == Figures(incidents=1, unsaid=1)


def test_precision_is_the_real_share_of_real_and_false() -> None:
    lives = [life(outcome=word) for word in ("real", "real", "real", "false_alarm", "expected", "duplicate", "")]
    figures = figures_of(lives)
    assert (figures.precision, figures.unsaid) == (75, 1)


@pytest.mark.parametrize(
    ("hour", "minute", "zone", "night"),
    [(7, 59, UTC, True), (8, 0, UTC, False), (17, 59, UTC, False), (18, 0, UTC, True), (7, 0, BERLIN, False),
     (17, 30, BERLIN, True)],
)  # fmt: skip
def test_the_night_is_that_of_the_teams_clocks(hour: int, minute: int, zone: Any, night: bool) -> None:
    name = ZoneInfo("UTC") if zone is UTC else zone
    figures = figures_of([life(opened_at=NOW.replace(hour=hour, minute=minute), zone=name), life(zone=name)])
    assert figures.at_night == night


def test_shares_are_of_all_that_stand_by_themselves() -> None:
    figures = figures_of([life(reopened=3), life(), life(), life(opened_at=NOW.replace(hour=2))])
    assert (figures.reopen_rate, figures.night_share) == (25, 25)


def test_of_nothing_there_is_no_figure() -> None:
    figures = figures_of([])
    assert (figures.resolve, figures.precision, figures.reopen_rate, figures.night_share) == (None, None, None, None)
