"""Thirty made-up tables with sixty failures: most must be found, and little else be said."""

from __future__ import annotations

import numpy as np

from tests.rules.learned.series import DAY, HOUR, Rows, alarmed, daily, hourly

SPAN = {HOUR: 24, DAY: 6}  # intervals within which a failure's alerts may lie


def table(number: int) -> tuple[int, Rows, list[int]]:
    """A table with two failures, and where they begin; its size, week and noise differ with its number."""
    chance = np.random.default_rng(900 + number)
    seconds = HOUR if number % 2 else DAY
    size, sunday = float(chance.choice([60, 300, 5000])), float(chance.choice([0.1, 0.5, 1.0]))
    if seconds == HOUR:
        rows = hourly(70, size=size, sunday=sunday, seed=number)
        begins, lasts = [24 * 43 + 13, 24 * 57 + 15], 5
    else:
        rows = daily(150, size=size, sunday=sunday, seed=number)
        begins, lasts = [72, 114], 2
    rows = np.round(rows * chance.lognormal(0, 0.06, len(rows)))
    for begin in begins:
        rows[begin : begin + lasts] = np.round(rows[begin : begin + lasts] * chance.choice([0.0, 0.0, 0.3, 2.5]))
    return seconds, rows, begins


def test_most_failures_are_found_and_little_else_is_said() -> None:
    found = false = 0
    for number in range(30):
        seconds, rows, begins = table(number)
        answers = alarmed(rows, seconds)
        opened = [at for at in answers if at - 1 not in answers]
        found += sum(any(begin <= at <= begin + 2 for at in opened) for begin in begins)
        false += sum(not any(begin <= at <= begin + SPAN[seconds] for begin in begins) for at in opened)
    assert found >= 57
    assert false <= 3
