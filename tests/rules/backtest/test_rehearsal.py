"""Volume walks through a known past by a short cut. It must come to what it comes to without, check by check."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from apps.rules.backtest.past import ByColumn
from apps.rules.backtest.replay import walk
from apps.rules.bands.marks import NO_MARKS, Mark, Marks
from apps.rules.kinds.contract import Kind
from tests.rules.backtest.pasts import DAY, HOUR, NOW, Plainly, counted, rule
from tests.rules.kinds.watching import make_subject

WAYS: Mapping[str, dict[str, Any]] = {
    "a day": {"drop": "30%", "spike": "50%", "baseline": "10d"},
    "an hour": {"per": "1h", "drop": "60%", "spike": "150%", "baseline": "2d"},
    "as on the weekday": {"drop": "30%", "spike": "40%", "against": "weekday", "baseline": "21d"},
    "as at the hour": {"per": "1h", "drop": "60%", "against": "hour_of_week", "baseline": "21d"},
    "absolute": {"drop": None, "spike": None, "at_least": 600, "at_most": 2_000},
    "flat": {"per": "1h", "drop": None, "spike": None, "flat": "3h"},
    "noise": {"per": "1h", "drop": "40%", "open_after": 2, "close_after": 3, "min_rows": 5, "baseline": "2d"},
    "confirmed": {"drop": "20%", "spike": "30%", "confirm": "2h", "close_margin": "5%", "baseline": "10d"},
    "by value": {"drop": "40%", "spike": "80%", "by": "country", "baseline": "10d"},
    "by value, quieted": {"per": "1h", "drop": "60%", "by": "country", "baseline": "1d", "open_after": 2},
    "some rows": {"drop": "30%", "where": "status = 'paid'", "settle": "8h"},
}


def hours(seed: int, days: int) -> dict[datetime, int]:
    """Rows per hour with quiet nights, odd days, a hole, and nothing at the end."""
    chance = random.Random(seed)  # noqa: S311
    rows: dict[datetime, int] = {}
    for back in range(days * 24, 9, -1):
        at = NOW - back * HOUR
        busy = 60 if 7 <= at.hour < 20 else 8
        odd = chance.choice([0, 0.4, 2.5]) if chance.random() < 0.04 else [1, 1, 1, 0.4, 1, 2.2, 1][(at.day * seed) % 7]
        if days * 12 < back < days * 12 + 20:
            continue
        if count := round(busy * odd * chance.uniform(0.6, 1.4)):
            rows[at] = count
    return rows


def past_of(way: str, days: int) -> ByColumn:
    if "by" not in WAYS[way]:
        return counted({None: hours(1, days + 25)}, days=days)
    some = {at: rows for at, rows in hours(3, days + 25).items() if at.hour % 3}
    return counted({"DE": hours(1, days + 25), "FR": hours(2, days + 25), "IT": some, None: {NOW: 3}}, days=days)


ZONES = ("Europe/Berlin", "Australia/Lord_Howe")  # clocks that change by an hour, and by half of one
CASES = [(way, "UTC") for way in WAYS] + [(way, zone) for way in ("a day", "an hour", "by value") for zone in ZONES]


def outcomes(kind: Kind, zone: str, past: ByColumn, marks: Marks = NO_MARKS) -> list[Any]:
    """What each check came to that found something else than the one before, and when."""
    found: list[Any] = []
    for look in walk(kind, make_subject(zone), past, marks):
        told = look.found
        line = (told.verdict, told.measured, told.low, told.high, told.reason, told.judged)
        if not found or found[-1][1:] != line:
            found.append((look.at, *line))
    return found


@pytest.mark.parametrize(("way", "zone"), CASES)
def test_the_short_cut_comes_to_the_same(way: str, zone: str) -> None:
    kind: Kind = rule("volume", column="created_at", **WAYS[way])
    past = past_of(way, 29 if (way, zone) == ("an hour", "Europe/Berlin") else 9)  # over the end of summer time
    short = outcomes(kind, zone, past)
    assert short == outcomes(Plainly(kind), zone, past)
    assert {"ok", "breached"} <= {verdict for _, verdict, *_ in short}


SAID = Marks((
    Mark("false_alarm", NOW - 8 * DAY, NOW - 7 * DAY), Mark("missed", NOW - 30 * DAY, NOW - 29.5 * DAY),
    Mark("new_normal", NOW - 4 * DAY, NOW - 3.9 * DAY), Mark("ignore", NOW - 2 * DAY, NOW - 1.9 * DAY),
))  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_the_short_cut_leaves_out_what_people_said_to(way: str) -> None:
    kind: Kind = rule("volume", column="created_at", **WAYS[way])
    past = past_of(way, 9)
    short = outcomes(kind, "UTC", past, SAID)
    assert short == outcomes(Plainly(kind), "UTC", past, SAID)
    if WAYS[way].get("drop") and "hour_of_week" not in WAYS[way].values():
        assert short != outcomes(kind, "UTC", past)


def test_what_is_learned_alerts_in_the_same_periods() -> None:
    kind = rule("volume", column="created_at", learned="instead", drop="90%", spike=None)
    chance = random.Random(4)  # noqa: S311
    days = {NOW - back * DAY: round(1_000 * chance.uniform(0.9, 1.1)) for back in range(120)}
    days |= {NOW - back * DAY: 300 for back in (5, 12, 13)}
    past = counted({None: days}, days=20)

    def alerting(kind: Kind, marks: Marks = NO_MARKS) -> set[Any]:
        return {judged for _, verdict, *_, judged in outcomes(kind, "UTC", past, marks) if verdict == "breached"}

    assert alerting(kind) == alerting(Plainly(kind)) != set()
    assert alerting(kind, SAID) == alerting(Plainly(kind), SAID)
