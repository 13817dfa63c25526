"""Reminders, summaries at the end of a hold, and roll-ups, in the words that people read."""

from __future__ import annotations

from typing import Any

import pytest

from apps.summaries.services import Message, write_message

STALE: dict[str, Any] = {
    "situation": "stale", "rule": "Orders keep arriving", "connection": "shop", "table": "main.orders",
    "timezone": "Europe/Berlin", "age_seconds": 7800.0, "allowed_seconds": 4200.0,
    "opened_at": "2025-11-21T07:20:00+00:00", "last_change": "2025-11-21T05:10:00+00:00",
    "because": "you heard of its beginning.",
}  # fmt: skip
ITEM = {"number": 7, "title": "main.orders has not changed for 2 h", "severity": "high", "began": STALE["opened_at"]}
MANY: dict[str, Any] = {
    "team": "Data", "timezone": "Europe/Berlin", "count": 12, "severities": {"critical": 2, "high": 10},
    "causes": [["shop", 8], ["crm", 4]], "items": [ITEM] * 10, "because": "so much began at once.",
}  # fmt: skip


def message(kind: str, severity: str = "high", **facts: Any) -> Message:
    return write_message(kind=kind, facts=facts, severity=severity, link="", repeated=False)


def roll(**counts: int) -> Message:
    numbers: dict[str, Any] = {f"{name}_count": number for name, number in counts.items()}
    return message("rollup", situation="rollup", **MANY, **numbers)


def test_a_reminder_says_how_long_it_is_open_and_what_to_do() -> None:
    told = message("reminder", **STALE, open_seconds=14_400.0)
    assert told.subject == "[High] Still broken: main.orders has not changed for 2 h 10 min"
    assert told.headline == (
        "main.orders has not changed for 2 h 10 min. The incident has been open for 4 h, and nobody has acknowledged "
        "it. Acknowledge it to show that you take care of it; then nobody is reminded any more."
    )
    assert told.footer == "You get this because you heard of its beginning."


def test_who_took_it_is_asked_by_name() -> None:
    told = message("reminder", **STALE, taken_by="Anna Berg", taken_at="2025-11-20T07:30:00+00:00")
    assert told.subject.startswith("[High] Is it still being worked on? main.orders")
    assert told.headline.startswith("Anna Berg took this at 20 Nov 2025, 08:30 (Europe/Berlin), and nothing was noted")


def test_at_the_end_of_a_hold_one_incident_is_told_with_the_reason() -> None:
    told = message("summary", **STALE, held_because="It is muted: Backfill.")
    assert told.subject == "[High] Still broken: main.orders has not changed for 2 h 10 min"
    assert told.headline.endswith("It began 21 Nov 2025, 08:20 (Europe/Berlin).")
    assert told.details[0] == ("Held back because", "It is muted: Backfill.")


def test_at_the_end_of_a_hold_several_are_told_the_worst_first() -> None:
    told = message("summary", "critical", situation="summary", **MANY, held_because="It is muted: Backfill.")
    assert told.subject == "[Critical] 12 incidents are still broken in the team Data"
    assert "12 incidents are still broken of what began or changed meanwhile (2 critical, 10 high)." in told.headline
    assert "Look first at the connections shop (8) and crm (4)." in told.headline
    assert told.details[1] == (
        "1. High", "main.orders has not changed for 2 h (since 21 Nov 2025, 08:20 (Europe/Berlin))"
    )  # fmt: skip
    assert told.details[-1] == ("Beside these", "2 more incidents; the list of incidents has them all.")


@pytest.mark.parametrize(
    ("counts", "subject"),
    [
        ({"new": 990, "remaining": 990}, "[High] 990 incidents began at once in the team Data"),
        ({"told": 990, "over": 978, "remaining": 12}, "[High] 12 of 990 incidents remain in the team Data"),
        ({"told": 990, "over": 990}, "[Resolved] All 990 incidents of the roll-up are over in the team Data"),
        ({"told": 1, "over": 1}, "[Resolved] The last incident of the roll-up is over in the team Data"),
        ({"told": 30, "remaining": 30}, "[High] 30 incidents are still broken in the team Data"),
        ({"told": 10, "new": 5, "remaining": 15}, "[High] 15 of 15 incidents remain in the team Data"),
    ],
)
def test_the_subject_of_a_roll_up_has_the_numbers(counts: dict[str, int], subject: str) -> None:
    assert roll(**counts).subject == subject


@pytest.mark.parametrize(
    ("counts", "beginning"),
    [
        (
            {"new": 990, "remaining": 990},
            "990 incidents began at once, so they are told in one message. All of them are still",
        ),
        (
            {"new": 9, "over": 2, "remaining": 7},
            "9 incidents began at once, so they are told in one message. 2 incidents",
        ),
        ({"new": 9, "over": 9}, "9 incidents began at once, so they are told in one message. All of them are over."),
        ({"told": 12, "over": 12}, "All 12 incidents that were still broken are over."),
        ({"told": 12, "over": 1, "remaining": 11}, "1 incident is over. 11 incidents are still broken (2 critical"),
    ],
)
def test_a_roll_up_says_what_began_what_is_over_and_what_is_left(counts: dict[str, int], beginning: str) -> None:
    assert roll(**counts).headline.startswith(beginning)


def test_facts_that_are_missing_do_not_stop_a_message() -> None:
    for kind in ("reminder", "summary", "rollup"):
        assert message(kind, situation="rollup" if kind == "rollup" else "summary").subject
