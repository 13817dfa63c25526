"""What people may write for freshness, how it is kept, and the sentence that is made of it."""

from __future__ import annotations

from typing import Any

import pytest

from apps.common.errors import InvalidInput
from apps.connections.services import Column
from tests.rules.kinds.watching import COLUMNS, make_kind, make_subject, watch


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ({"every": "1h", "tolerance": "10m"}, {"every": "1h"}),
        ({"every": "1mo", "tolerance": "12h"}, {"every": "1mo", "tolerance": "12h"}),
        ({"every": " 1w ", "tolerance": "1d"}, {"every": "1w", "tolerance": "1d"}),
        ({"every": "60m"}, {"every": "60m"}),
        ({"cron": " 0  2 * * * ", "tolerance": "4h"}, {"cron": "0 2 * * *", "tolerance": "4h"}),
        ({"by": "7:00"}, {"by": "07:00"}),
        ({"by": 1050}, {"by": "17:30"}),  # how YAML reads an unquoted 17:30
        ({"by": "07:00", "days": "daily"}, {"by": "07:00"}),
        ({"by": "07:00", "days": "Weekdays"}, {"by": "07:00", "days": "weekdays"}),
        ({"by": "07:00", "days": ["fri", "mon"]}, {"by": "07:00", "days": ["mon", "fri"]}),
        ({"by": "07:00", "days": "mon, fri"}, {"by": "07:00", "days": ["mon", "fri"]}),
        ({"by": "07:00", "days": ["mon", "tue", "wed", "thu", "fri"]}, {"by": "07:00", "days": "weekdays"}),
        ({"every": "1h", "column": "updated_at"}, {"every": "1h", "column": "updated_at"}),
    ],
)
def test_settings_are_kept_as_people_wrote_them(written: dict[str, Any], kept: dict[str, Any]) -> None:
    assert make_kind("freshness", **written).settings.plain() == kept


@pytest.mark.parametrize(
    ("written", "field", "part"),
    [
        ({}, "", "exactly one of every, cron or by"),
        ({"every": "1h", "by": "07:00"}, "", "exactly one of every, cron or by"),
        ({"cron": "0 2 * * *", "tolerance": "1h", "days": "weekdays"}, "", "leave days out"),
        ({"every": "hourly"}, "every", "is not a duration"),
        ({"every": "10s"}, "every", "at least 1m"),
        ({"every": "9999d"}, "every", "at most 5 years"),
        ({"every": "1mo 2d"}, "every", "months alone"),
        ({"every": "1h", "tolerance": "9999d"}, "tolerance", "less than or equal"),
        ({"cron": "0 2 * *", "tolerance": "1h"}, "cron", "there must be five fields"),
        ({"cron": "0 25 * * *", "tolerance": "1h"}, "cron", "bad hour"),
        ({"cron": "0 0 30 2 *", "tolerance": "1h"}, "cron", "not a cron line"),
        ({"cron": "0 2 * * *", "tolerance": "0m"}, "", "needs a tolerance"),
        ({"by": "25:00"}, "by", "is not a time of day"),
        ({"by": "07:60"}, "by", "is not a time of day"),
        ({"by": True}, "by", "is not a time of day"),
        ({"by": "07:00", "days": ["monday"]}, "days", "write daily, weekdays or a list"),
        ({"by": "07:00", "days": []}, "days", "write daily, weekdays or a list"),
        ({"by": "07:00", "days": 5}, "days", "write daily, weekdays or a list"),
        ({"every": "1h", "column": ""}, "column", "at least 1 character"),
        ({"every": "1h", "tolerence": "5m"}, "tolerence", "Did you mean tolerance"),
    ],
)
def test_what_makes_no_sense_is_refused(written: dict[str, Any], field: str, part: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        make_kind("freshness", **written)
    assert part in str(refusal.value)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("settings", "zone", "words"),
    [
        (
            {"every": "1h", "column": "updated_at"},
            "UTC",
            "has not changed for more than 70 min (expected every 60 min, 10 min tolerance), by column updated_at.",
        ),
        (
            {"every": "15m"},
            "UTC",
            (
                "has not changed for more than 25 min (expected every 15 min, 10 min tolerance), "
                "by the data store's own metadata."
            ),
        ),
        (
            {"every": "1w", "tolerance": "1d", "column": "updated_at"},
            "UTC",
            "has not changed for more than 8 days (expected every 7 days, 24 h tolerance), by column updated_at.",
        ),
        (
            {"every": "1mo", "tolerance": "12h", "column": "updated_at"},
            "UTC",
            (
                "has not changed for more than a calendar month and 12 h (expected every month, 12 h tolerance), "
                "by column updated_at."
            ),
        ),
        (
            {"every": "3mo", "tolerance": "0m", "column": "updated_at"},
            "UTC",
            (
                "has not changed for more than 3 calendar months (expected every 3 months, no tolerance), "
                "by column updated_at."
            ),
        ),
        (
            {"by": "07:00", "days": "weekdays", "column": "updated_at"},
            "Europe/Berlin",
            (
                "has no change between 00:00 and 07:10 on any day from Monday to Friday "
                "(Europe/Berlin time; due by 07:00, 10 min tolerance), by column updated_at."
            ),
        ),
        (
            {"by": "24:00", "tolerance": "2h", "column": "updated_at"},
            "UTC",
            (
                "has no change between 00:00 on any day and 02:00 the next day "
                "(UTC time; due by 24:00, 2 h tolerance), by column updated_at."
            ),
        ),
        (
            {"by": "23:50", "days": ["mon", "wed", "fri"], "column": "updated_at"},
            "UTC",
            (
                "has no change between 00:00 and 24:00 on any Monday, Wednesday or Friday "
                "(UTC time; due by 23:50, 10 min tolerance), by column updated_at."
            ),
        ),
        (
            {"by": "07:00", "days": ["sun"], "tolerance": "2d", "column": "updated_at"},
            "UTC",
            (
                "has no change between 00:00 on any Sunday and 07:00 2 days later "
                "(UTC time; due by 07:00, 2 days tolerance), by column updated_at."
            ),
        ),
        (
            {"cron": "0 2 * * *", "tolerance": "4h", "column": "updated_at"},
            "UTC",
            (
                "has no change between 02:00 and 06:00 on any day (UTC time; due at 02:00, 4 h tolerance), "
                "by column updated_at."
            ),
        ),
        (
            {"cron": "30 6 * * 1-5", "tolerance": "90s", "column": "updated_at"},
            "UTC",
            (
                "has no change between 06:30 and 06:31:30 on any day from Monday to Friday "
                "(UTC time; due at 06:30, 90 s tolerance), by column updated_at."
            ),
        ),
        (
            {"cron": "0 0 1 * *", "tolerance": "12h", "column": "updated_at"},
            "UTC",
            (
                "has no change between 00:00 and 12:00 on the first day of the month "
                "(UTC time; due at 00:00, 12 h tolerance), by column updated_at."
            ),
        ),
        (
            {"cron": "0 0 L * *", "tolerance": "12h", "column": "updated_at"},
            "UTC",
            (
                "has no change between 00:00 and 12:00 on the last day of the month "
                "(UTC time; due at 00:00, 12 h tolerance), by column updated_at."
            ),
        ),
        (
            {"cron": "0 0 15 * *", "tolerance": "12h", "column": "updated_at"},
            "UTC",
            (
                "has no change between 00:00 and 12:00 on day 15 of the month "
                "(UTC time; due at 00:00, 12 h tolerance), by column updated_at."
            ),
        ),
        (
            {"cron": "*/30 8-18 * * 1-5", "tolerance": "15m", "column": "updated_at"},
            "Europe/Berlin",
            (
                'has no change within 15 min after a time of the cron schedule "*/30 8-18 * * 1-5" '
                "(Europe/Berlin time), by column updated_at."
            ),
        ),
        (
            {"cron": "0 6 * * 1#1", "tolerance": "15m", "column": "updated_at"},
            "UTC",
            (
                'has no change within 15 min after a time of the cron schedule "0 6 * * 1#1" (UTC time), '
                "by column updated_at."
            ),
        ),
    ],
)
def test_the_sentence_says_when_it_alerts(settings: dict[str, Any], zone: str, words: str) -> None:
    assert watch("freshness", zone=zone, **settings).sentence == f"Alerts if main.orders {words}"


def test_a_view_needs_a_column() -> None:
    kind = make_kind("freshness", every="1h")
    with pytest.raises(InvalidInput, match=r"is a view.*such as: created_at, updated_at, day") as refusal:
        kind.refuse(make_subject(is_view=True), COLUMNS, tells_changes=False)
    assert refusal.value.field == "column"
    make_kind("freshness", every="1h", column="updated_at").refuse(
        make_subject(is_view=True), COLUMNS, tells_changes=False
    )


def test_a_store_that_does_not_tell_needs_a_column() -> None:
    kind = make_kind("freshness", every="1h")
    with pytest.raises(InvalidInput, match=r"does not tell.*no column with times"):
        kind.refuse(make_subject(), [Column("id", "BIGINT")], tells_changes=False)


@pytest.mark.parametrize("settings", [{"every": "1h"}, {"cron": "0 2 * * *", "tolerance": "4h"}])
def test_dates_are_too_coarse_for_hours(settings: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="dates without a time of day"):
        make_kind("freshness", column="day", **settings).refuse(make_subject(), COLUMNS, tells_changes=True)


@pytest.mark.parametrize("settings", [{"every": "1d"}, {"by": "07:00"}])
def test_dates_are_fine_for_days(settings: dict[str, Any]) -> None:
    make_kind("freshness", column="day", **settings).refuse(make_subject(), COLUMNS, tells_changes=True)
