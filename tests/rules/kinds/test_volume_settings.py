"""What people may write for volume, how it is kept, and the sentence that is made of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from apps.common.errors import InvalidInput
from tests.rules.kinds.watching import COLUMNS, Contents, Watching, make_kind, make_subject, utc, watch

NOW = utc("2026-03-04 12:00")
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ({}, {}),
        ({"column": "created_at", "per": "1d", "baseline": "30d"}, {"column": "created_at", "per": "1d"}),
        ({"column": "created_at", "baseline": "4w"}, {"column": "created_at", "baseline": "28d"}),
        ({"drop": "20%", "spike": "100%"}, {}),
        ({"drop": 30, "spike": None}, {"drop": "30%", "spike": None}),
        ({"drop": "2.5 %", "at_least": 10}, {"drop": "2.5%", "at_least": 10}),
    ],
)
def test_settings_are_kept_as_people_wrote_them(written: dict[str, Any], kept: dict[str, Any]) -> None:
    assert make_kind("volume", **written).settings.plain() == kept


@pytest.mark.parametrize(
    ("written", "field", "part"),
    [
        ({"drop": None, "spike": None}, "", "at least one limit"),
        ({"per": "1d"}, "", "needs a timestamp column: name one"),
        ({"column": "created_at", "per": "2h"}, "per", "'1h' or '1d'"),
        ({"column": "created_at", "baseline": "2d"}, "", "between 3 and 2,400 periods"),
        ({"column": "created_at", "per": "1h", "baseline": "365d"}, "", "between 3 and 2,400 periods"),
        ({"drop": "100%"}, "drop", "less than 100"),
        ({"drop": -5}, "drop", "greater than or equal to 0"),
        ({"spike": "lots"}, "spike", "is not a percentage"),
        ({"spike": False}, "spike", "null to switch this limit off"),
        ({"spike": float("inf")}, "spike", "finite"),
        ({"at_least": True}, "at_least", "null to switch this limit off"),
        ({"at_least": 0}, "at_least", "greater than or equal to 1"),
        ({"at_least": 10, "at_most": 5}, "", "must not be more than at_most"),
        ({"colum": "created_at"}, "colum", "Did you mean column?"),
    ],
)
def test_what_makes_no_sense_is_refused(written: dict[str, Any], field: str, part: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        make_kind("volume", **written)
    assert part in str(refusal.value)
    assert refusal.value.field == field


def test_dates_are_too_coarse_for_hours_and_fine_for_days() -> None:
    make_kind("volume", column="day").refuse(make_subject(), COLUMNS, tells_changes=True)
    with pytest.raises(InvalidInput, match="dates without a time of day"):
        make_kind("volume", column="day", per="1h").refuse(make_subject(), COLUMNS, tells_changes=True)


def test_a_view_can_be_counted() -> None:
    make_kind("volume").refuse(make_subject(is_view=True), COLUMNS, tells_changes=False)


@pytest.mark.parametrize(("settings", "minutes"), [({}, 60), ({"column": "a"}, 60), ({"column": "a", "per": "1h"}, 10)])
def test_how_often_it_looks(settings: dict[str, Any], minutes: int) -> None:
    assert make_kind("volume", **settings).check_every == timedelta(minutes=minutes)


def with_history(settings: dict[str, Any], mean: int) -> Watching:
    rule = watch("volume", column="created_at", **settings)
    rule.check(NOW, Contents({NOW - DAY * back: mean for back in range(1, 50) if mean}))
    return rule


@pytest.mark.parametrize(
    ("settings", "mean", "words"),
    [
        (
            {},
            1000,
            (
                "fewer than 800 or more than 2,000 rows arrive in main.orders a day by column created_at "
                "(20 % below and 100 % above the mean of the last 30 days, 1,000)."
            ),
        ),
        (
            {"drop": "30%", "spike": "30%"},
            1000,
            (
                "fewer than 700 or more than 1,300 rows arrive in main.orders a day by column created_at "
                "(30 % below and 30 % above the mean of the last 30 days, 1,000)."
            ),
        ),
        (
            {"drop": "50%", "spike": None, "baseline": "7d"},
            1000,
            (
                "fewer than 500 rows arrive in main.orders a day by column created_at "
                "(50 % below the mean of the last 7 days, 1,000)."
            ),
        ),
        (
            {"at_least": 900, "at_most": 1500},
            1000,
            (
                "fewer than 900 or more than 1,500 rows arrive in main.orders a day by column created_at "
                "(20 % below and 100 % above the mean of the last 30 days, 1,000; at least 900; at most 1,500)."
            ),
        ),
        (
            {},
            0,
            (
                "more than 20 % fewer or more than 100 % more rows arrive in main.orders a day by column created_at "
                "than the mean of the last 30 days."
            ),
        ),
        (
            {"spike": None, "at_least": 900},
            0,
            (
                "more than 20 % fewer rows arrive in main.orders a day by column created_at "
                "than the mean of the last 30 days, or fewer than 900 rows."
            ),
        ),
        (
            {"drop": None, "spike": None, "at_least": 1},
            0,
            "no rows arrive in main.orders a day by column created_at.",
        ),
        (
            {"drop": None, "spike": None, "at_least": 1, "at_most": 1},
            1000,
            "no rows or more than 1 row arrives in main.orders a day by column created_at.",
        ),
        (
            {"per": "1h", "drop": None, "spike": None, "at_least": 50, "at_most": 150},
            0,
            "fewer than 50 or more than 150 rows arrive in main.orders an hour by column created_at.",
        ),
    ],
)
def test_the_sentence_on_arrivals_has_the_derived_numbers(settings: dict[str, Any], mean: int, words: str) -> None:
    assert with_history(settings, mean).sentence == f"Alerts if {words}"


@pytest.mark.parametrize(
    ("settings", "good", "words"),
    [
        (
            {},
            1000,
            (
                "main.orders has more than 20 % fewer or more than 100 % more rows than at the last good check "
                "(1,000 then: below 800 or above 2,000)."
            ),
        ),
        (
            {},
            None,
            "main.orders has more than 20 % fewer or more than 100 % more rows than at the last good check.",
        ),
        ({"drop": None}, 0, "main.orders has more than 100 % more rows than at the last good check."),
        (
            {"spike": None, "at_least": 900},
            1000,
            (
                "main.orders has more than 20 % fewer rows than at the last good check (1,000 then: below 800), "
                "or fewer than 900 rows."
            ),
        ),
        (
            {"drop": None, "spike": None, "at_least": 100, "at_most": 5000},
            1000,
            "main.orders has fewer than 100 or more than 5,000 rows.",
        ),
        ({"drop": None, "spike": None, "at_least": 1}, None, "main.orders has no rows."),
    ],
)
def test_the_sentence_on_total_rows(settings: dict[str, Any], good: int | None, words: str) -> None:
    rule = watch("volume", **settings)
    if good is not None:
        rule.check(NOW, Contents({None: good}))
    assert rule.sentence == f"Alerts if {words}"


def test_the_sentence_tells_exactly_what_alerts() -> None:
    """999 / 3 days: the mean is no whole number, the limits in the sentence are."""
    rule = watch("volume", column="created_at", baseline="3d", drop="10%", spike="10%")
    contents = Contents({NOW - DAY * back: rows for back, rows in ((5, 9), (4, 333), (3, 334), (2, 334), (1, 301))})
    assert rule.check(NOW, contents).verdict == "ok"
    assert "fewer than 301 or more than 367 rows" in rule.sentence
    contents.rows[NOW - DAY] = 300
    fresh = Watching(rule.kind, rule.subject)
    assert fresh.check(NOW, contents).verdict == "breached"
