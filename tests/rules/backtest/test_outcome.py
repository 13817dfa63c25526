"""What came of a walk: alerts as incidents would have been, points with their limits, and the sentence."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from apps.rules.backtest.outcome import Alert, Trial
from apps.rules.backtest.past import ByColumn
from apps.rules.backtest.picture import chart_of, value_lines
from apps.rules.backtest.words import days_words, sentence
from tests.rules.backtest.pasts import DAY, HOUR, NOW, counted, loaded, rule, tried
from tests.rules.kinds.watching import ORDERS, make_subject, utc


def daily(*odd: tuple[int, int]) -> ByColumn:
    """A thousand rows a day at noon; `odd`: other numbers, by how many days ago."""
    rows = {NOW - back * DAY: 1_000 for back in range(1, 125)} | {NOW - back * DAY: count for back, count in odd}
    return counted({None: rows}, days=90)


@pytest.mark.parametrize(
    ("settings", "rows", "alerts"),
    [
        ({"drop": "30%", "spike": "30%"}, 699, 1), ({"drop": "30%", "spike": "30%"}, 700, 0),
        ({"drop": "30%", "spike": "30%"}, 1_300, 0), ({"drop": "30%", "spike": "30%"}, 1_301, 1),
        ({"drop": "20%", "spike": "100%"}, 800, 0), ({"drop": "20%", "spike": "100%"}, 790, 1),
        ({"drop": "20%", "spike": "100%"}, 1_950, 0), ({"drop": "20%", "spike": "100%"}, 2_010, 1),
        ({"drop": "50%", "spike": None}, 490, 1), ({"drop": "50%", "spike": None}, 3_000, 0),
        ({"drop": "5%", "spike": "5%"}, 949, 1),
    ],
)  # fmt: skip
def test_a_day_alerts_exactly_where_the_sentence_says(settings: dict[str, Any], rows: int, alerts: int) -> None:
    found = tried(rule("volume", column="created_at", **settings), daily((5, rows)))
    assert len(found.alerts) == alerts


def test_the_days_are_told_and_the_longest_alert() -> None:
    kind = rule("volume", column="created_at", drop="30%", spike=None)
    found = tried(kind, daily((2, 10), (12, 10), (13, 10), (60, 10)))
    assert sentence([found], 90) == (
        "Would have alerted twice in the last 30 days: on 9 and 20 November. In the last 90 days: 3 times. The longest "
        "would have lasted 2 days."
    )
    assert [point.alerts for point in found.values].count(True) == 3


def test_moving_a_limit_moves_the_answer() -> None:
    past = daily((2, 750), (9, 650))
    told = [
        len(tried(rule("volume", column="created_at", drop=drop, spike=None), past).alerts)
        for drop in ("20%", "30%", "40%")
    ]
    assert told == [2, 1, 0]


def test_a_rule_that_would_not_have_alerted() -> None:
    found = tried(rule("volume", column="created_at"), daily())
    assert sentence([found], 90) == "Would not have alerted in the last 30 days. Nor in the 60 days before."


def test_an_alert_that_is_open_is_said_to_be() -> None:
    found = tried(rule("freshness", every="1h", column="created_at"), loaded(NOW - 3 * HOUR, days=10))
    assert found.is_open
    assert "It would be alerting now." in sentence([found], 90)


def test_a_young_table_is_tried_on_what_there_is() -> None:
    hours = {NOW - back * HOUR: 50 for back in range(1, 100)}
    past = counted({None: hours}, days=99 / 24)
    found = tried(rule("volume", column="created_at", per="1h", baseline="1d"), past)
    assert sentence([found], 90) == "Would not have alerted in the last 4 days."


def test_without_enough_history_it_says_why() -> None:
    past = counted({None: {NOW - HOUR: 5}}, days=1 / 24)
    found = tried(rule("volume", column="created_at", per="1h", baseline="1d"), past)
    assert not found.tried
    assert sentence([found], 90).startswith("There is no history to try it on yet. Whole hours known before")


def test_many_tables_share_a_sentence() -> None:
    kind = rule("volume", column="created_at", drop="30%", spike=None)
    trials = [tried(kind, daily((2, 10))), tried(kind, daily()), Trial(ORDERS, make_subject().zone, NOW, "rows")]
    assert sentence(trials, 90) == (
        "Would have alerted once in the last 30 days on 2 tables: on 20 November. None in the 60 days before. The "
        "longest would have lasted 1 day. Of 1 more table no history is known."
    )


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (["2026-11-03"], "3 November"),
        (["2026-11-03", "2026-11-09", "2026-11-21"], "3, 9 and 21 November"),
        (["2026-10-30", "2026-11-02", "2026-11-02"], "30 October and 2 November (twice)"),
        (["2026-10-30"] * 3, "30 October (3 times)"),
        ([f"2026-11-{day:02}" for day in range(3, 21)], "18 days, the last of them 20 November"),
    ],
)
def test_days_in_words(days: list[str], words: str) -> None:
    assert days_words([date.fromisoformat(day) for day in days]) == words


def test_days_are_those_of_the_rules_zone() -> None:
    opened = utc("2026-11-20 23:30")
    alerts = (Alert(opened, None, ""),)
    trial = Trial(ORDERS, make_subject("Europe/Berlin").zone, NOW, "rows", NOW - DAY, alerts=alerts)
    assert trial.dates(30) == [date(2026, 11, 21)]


def test_the_chart_holds_each_period_once_with_the_limits_of_its_time() -> None:
    [view] = chart_of(tried(rule("volume", column="created_at", drop="30%"), daily((2, 10))))["views"]
    assert len(view["times"]) == len(set(view["times"])) == 89
    assert [(mark["value"], mark["sort"]) for mark in view["marks"]] == [(10, "alert")]
    assert view["values"][view["marks"][0]["index"]] == 10
    assert view["low"][-10] == 700


def test_a_crowded_chart_shows_days_as_bands_and_the_last_week_by_the_hour() -> None:
    hours = {NOW - back * HOUR: 100 + back % 24 for back in range(1, 97 * 24)} | {NOW - 30 * HOUR: 3}
    kind = rule("volume", column="created_at", per="1h", baseline="2d", drop="50%", spike=None)
    days, week = chart_of(tried(kind, counted({None: hours}, days=90)))["views"]
    assert (days["name"], week["name"]) == ("91 days, each as one", "The last 7 days")
    assert len(days["times"]) == 91
    assert len(week["times"]) == 7 * 24 - 1
    assert max(days["values"]) == 123
    assert [(mark["value"], mark["sort"]) for mark in days["marks"]] == [(3, "alert")]
    assert days["least"][days["marks"][0]["index"]] == 3
    assert {round(low) for low in days["low"][3:-3]} == {56}  # half of the mean, whichever hour it is


def test_of_ages_only_the_highest_are_listed() -> None:
    loads = [NOW - back * HOUR for back in (8, 6, 5, 1)]
    found = tried(rule("freshness", every="1h", tolerance="30m", column="created_at"), loaded(*loads, days=8 / 24))
    told = [(round(point.value / 3600, 1), point.alerts) for point in found.values]
    assert [alerts for _, alerts in told] == [True, False, True, False]
    assert value_lines(found)[0].allowed == "at most 90 min"


def test_a_day_is_written_without_a_time() -> None:
    found = tried(rule("volume", column="created_at"), daily((2, 10)))
    line = value_lines(found)[1]
    assert (line.when, line.value, line.alerts) == ("19 Nov 2026", "10 rows", True)


def test_few_points_of_a_long_past_keep_its_alerts() -> None:
    loads: list[datetime] = [
        NOW - back * 20 * timedelta(minutes=1) for back in range(60 * 72) if back not in (900, 901, 902, 903)
    ]
    found = tried(rule("freshness", every="1h", column="created_at"), loaded(*loads, days=60))
    few = found.few(found.points)
    assert len(few) <= 2_400 < len(found.points)
    assert any(point.alerts for point in few)
