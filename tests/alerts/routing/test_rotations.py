"""Whose week it is."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.alerts.routing.rotations import on_duty, turns

ANNA, BEN, CARA = 1, 2, 3
BERLIN = {"starts_on": date(2026, 10, 19), "handover": time(9), "timezone": "Europe/Berlin", "members": [ANNA, BEN]}


def at(text: str, zone: str = "Europe/Berlin") -> datetime:
    """A local time as UTC, as the database gives it."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "person"),
    [
        ("2026-10-19T09:00", ANNA),
        ("2026-10-26T08:59", ANNA),  # the clocks were put back on the 25th
        ("2026-10-26T09:00", BEN),
        ("2026-11-02T08:59", BEN),
        ("2026-11-02T09:00", ANNA),
        ("2027-03-29T08:59", ANNA),  # and forward on the 28th
        ("2027-03-29T09:00", BEN),
    ],
)
def test_the_handover_keeps_its_local_time_through_both_changes_of_the_clocks(moment: str, person: int) -> None:
    assert on_duty(**BERLIN, at=at(moment)) == person  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("moment", "person"),
    [
        ("2026-09-28T07:59", ANNA),
        ("2026-09-28T08:00", BEN),
        ("2026-10-05T07:59", BEN),  # forward on 4 October
        ("2026-10-05T08:00", ANNA),
        ("2027-04-05T07:59", BEN),  # back on 4 April
        ("2027-04-05T08:00", ANNA),
    ],
)
def test_the_same_on_the_southern_half_of_the_earth(moment: str, person: int) -> None:
    sydney = {"starts_on": date(2026, 9, 21), "handover": time(8), "timezone": "Australia/Sydney"}
    assert on_duty(**sydney, members=[ANNA, BEN], at=at(moment, "Australia/Sydney")) == person  # type: ignore[arg-type]


def test_a_handover_that_the_clocks_skip_comes_as_much_later() -> None:
    sundays = BERLIN | {"starts_on": date(2027, 3, 21), "handover": time(2, 30)}
    assert on_duty(**sundays, at=datetime(2027, 3, 28, 1, 29, tzinfo=UTC)) == ANNA  # type: ignore[arg-type]
    assert on_duty(**sundays, at=datetime(2027, 3, 28, 1, 30, tzinfo=UTC)) == BEN  # type: ignore[arg-type]


def test_a_handover_that_comes_twice_counts_the_first_time() -> None:
    sundays = BERLIN | {"starts_on": date(2026, 10, 18), "handover": time(2, 30)}
    assert on_duty(**sundays, at=datetime(2026, 10, 25, 0, 29, tzinfo=UTC)) == ANNA  # type: ignore[arg-type]
    assert on_duty(**sundays, at=datetime(2026, 10, 25, 0, 30, tzinfo=UTC)) == BEN  # type: ignore[arg-type]


def test_nobody_is_on_duty_before_the_first_week() -> None:
    assert on_duty(**BERLIN, at=at("2026-10-19T08:59")) is None  # type: ignore[arg-type]


def test_a_rotation_of_nobody_has_nobody_on_duty() -> None:
    empty = BERLIN | {"members": []}
    assert on_duty(**empty, at=at("2026-11-02T12:00")) is None  # type: ignore[arg-type]


def test_the_next_one_takes_the_week_of_somebody_who_left_and_no_other_week_moves() -> None:
    three = BERLIN | {"members": [ANNA, BEN, CARA], "at": at("2026-10-20T12:00")}
    all_three = [turn.person for turn in turns(**three, count=6)]  # type: ignore[arg-type]
    without_ben = [turn.person for turn in turns(**three, gone={BEN}, count=6)]  # type: ignore[arg-type]
    assert all_three == [ANNA, BEN, CARA, ANNA, BEN, CARA]
    assert without_ben == [ANNA, CARA, CARA, ANNA, CARA, CARA]
    assert turns(**three, gone={ANNA, BEN, CARA}, count=1)[0].person is None  # type: ignore[arg-type]


def test_the_turns_before_the_first_week_begin_with_it() -> None:
    first, second = turns(**BERLIN, at=at("2026-10-01T00:00"), count=2)  # type: ignore[arg-type]
    assert (first.person, first.begins) == (ANNA, at("2026-10-19T09:00"))
    assert first.ends - first.begins == timedelta(days=7, hours=1)  # the clocks are put back in it
    assert (second.person, second.begins) == (BEN, first.ends)


ZONES = ["UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Chatham", "America/Sao_Paulo"]


@given(
    zone=st.sampled_from(ZONES),
    handover=st.times(),
    days=st.integers(0, 1500),
    second=st.integers(0, 86_399),
)
def test_every_moment_lies_in_exactly_the_turn_of_whoever_is_on_duty(
    zone: str, handover: time, days: int, second: int
) -> None:
    rota: dict[str, Any] = {"starts_on": date(2016, 10, 3), "handover": handover, "timezone": zone}
    moment = datetime(2016, 10, 12, tzinfo=UTC) + timedelta(days=days, seconds=second)
    turn, after = turns(**rota, members=[ANNA, BEN, CARA], at=moment, count=2)
    assert turn.begins <= moment < turn.ends == after.begins
    assert on_duty(**rota, members=[ANNA, BEN, CARA], at=moment) == turn.person
