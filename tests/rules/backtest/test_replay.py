"""A rule walks through a past: it finds what real checks would have found, and leaves out those that change nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.connections.services import Column
from apps.rules.backtest.lots import Lot, Steps
from apps.rules.backtest.past import ByColumn, ByColumns, ByNumber, ByStore, NoPast, Past
from apps.rules.backtest.replay import walk
from apps.rules.kinds.contract import Kind, Known
from tests.rules.backtest.pasts import DAY, HOUR, NOW, counted, loaded, rule, tried
from tests.rules.kinds.watching import make_subject

MINUTE = timedelta(minutes=1)
SINCE = NOW - 3 * DAY
FULL, SHORT = (Column("id", "BIGINT"), Column("email", "TEXT")), (Column("id", "BIGINT"),)
LOADS = tuple(NOW - back * 30 * MINUTE for back in range(3 * 48 + 4) if back not in (9, 10, 60, 61, 62, 63, 100))


def numbers(*pairs: tuple[datetime, float]) -> ByNumber:
    rows: Steps[float] = Steps.of([(SINCE, 1_000.0)])
    (_, faults) = rule("nulls", column="email").wants(make_subject(), Known({}), NOW)
    return ByNumber(SINCE, NOW, "made up", rows, Steps.of([(SINCE, 0.0), *pairs]), (faults,), lambda found, _: (found,))


FAULTY = numbers(*((NOW - back * HOUR, 3.0 * (back % 7 < 3)) for back in range(60)))
COUNTS = [(SINCE + at * HOUR, 1_000.0 - 400 * (at % 3 == 2)) for at in range(9)]
TOTALS = ByNumber(SINCE, NOW, "made up", Steps.of(COUNTS), Steps.of([]))
VERSIONS = ByColumns(SINCE, NOW, "made up", Steps.of([(SINCE, FULL), (SINCE + DAY, SHORT), (SINCE + 2 * DAY, FULL)]))
WALKS: Mapping[str, tuple[str, dict[str, Any], Past]] = {
    "a wait": ("freshness", {"every": "30m", "tolerance": "10m", "column": "created_at"}, loaded(*LOADS, days=3)),
    "a wait, quieted": (
        "freshness",
        {"every": "30m", "column": "created_at", "open_after": 4, "close_after": 3},
        loaded(*LOADS, days=3),
    ),
    "a clock": (
        "freshness",
        {"by": "07:00", "column": "created_at"},
        loaded(NOW - 3.5 * DAY, NOW - 2 * DAY - 8 * HOUR, NOW - 6 * HOUR, days=3),
    ),
    "changes that the store told": (
        "freshness",
        {"every": "30m", "tolerance": "5m"},
        ByStore(SINCE, NOW, "made up", Lot.of_moments(LOADS)),
    ),
    "faulty rows": ("nulls", {"column": "email"}, FAULTY),
    "faulty rows, quieted": ("nulls", {"column": "email", "open_after": 2, "close_after": 2}, FAULTY),
    "faulty rows, looked at again": ("nulls", {"column": "email", "confirm": "90m", "every": "20m"}, FAULTY),
    "totals": ("volume", {}, TOTALS),
    "columns": ("schema", {}, VERSIONS),
    "columns, quieted": ("schema", {"open_after": 30}, VERSIONS),
    "missing days": (
        "completeness",
        {"column": "created_at"},
        counted({None: {NOW - n * DAY: 5 for n in (2, 4)}}, days=3),
    ),
}


def turns(kind: Kind, past: Past) -> list[tuple[datetime, str]]:
    """When the verdict turned, and to what."""
    found: list[tuple[datetime, str]] = []
    for look in walk(kind, make_subject(), past):
        if not found or found[-1][1] != look.found.verdict:
            found.append((look.at, look.found.verdict))
    return found


def every_check(past: Past) -> Past:
    """The same past, in which something may happen at any moment."""

    class Busy(type(past)):  # type: ignore[misc]
        def next_event(self, now: datetime, look: datetime | None) -> datetime:
            return now

    return Busy(**{name: getattr(past, name) for name in past.__dataclass_fields__})


@pytest.mark.parametrize("name", WALKS)
def test_leaving_checks_out_changes_nothing(name: str) -> None:
    key, settings, past = WALKS[name]
    kind = rule(key, **settings)
    assert turns(kind, past) == turns(kind, every_check(past))
    assert "breached" in [verdict for _, verdict in turns(kind, past)]


def test_few_checks_are_made_while_nothing_happens() -> None:
    looks = list(walk(rule("schema"), make_subject(), VERSIONS))
    assert len(looks) < 15  # of 432 real ones


def test_many_changes_are_not_all_looked_at() -> None:
    kind = rule("freshness", every="1h", column="created_at")
    past = loaded(*(NOW - back * 15 * MINUTE for back in range(100 * 96) if back not in range(50, 60)), days=90)
    looks = list(walk(kind, make_subject(), past))
    assert len(looks) < 7_000
    assert [verdict for _, verdict in turns(kind, past)] == ["ok", "breached", "ok"]


def test_a_wait_of_exactly_the_limit_is_fine_and_a_minute_more_is_not() -> None:
    kind = rule("freshness", every="1h", tolerance="10m", column="created_at")
    fine = loaded(NOW - 2 * HOUR, NOW - 50 * MINUTE, days=2 / 24)
    late = loaded(NOW - 2 * HOUR, NOW - 48 * MINUTE, days=2 / 24)
    assert (len(tried(kind, fine).alerts), len(tried(kind, late).alerts)) == (0, 1)


def test_some_rows_and_each_value_count_apart() -> None:
    kind = rule("freshness", every="1h", column="created_at", each="country")
    lots: dict[str | None, Lot] = {"DE": Lot.of_moments(LOADS), "FR": Lot.of_moments([SINCE - HOUR, NOW - DAY])}
    found = tried(kind, ByColumn(SINCE, NOW, "made up", lots, counted=False))
    assert found.is_open
    assert "country FR" in found.alerts[0].reason


def test_what_a_past_does_not_hold_is_not_made_up() -> None:
    with pytest.raises(NoPast):
        list(walk(rule("volume"), make_subject(), VERSIONS))
