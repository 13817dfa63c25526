"""What a silence does is said in one sentence."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from apps.alerts.silences.recurring import Window
from apps.alerts.silences.sentences import scope_sentence, window_sentence

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)  # a Saturday
BERLIN = ZoneInfo("Europe/Berlin")
LATER = datetime(2026, 12, 1, 11, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("weekdays", "begins", "minutes", "sentence"),
    [
        ((6,), time(2), 120, "Every Sunday 02:00–04:00 (Europe/Berlin), next: Sunday, 22 Nov 2026, 02:00."),
        ((0, 1, 2, 3, 4), time(22), 480,
         "Every working day (Monday to Friday) 22:00–06:00 the next day (Europe/Berlin); it holds now until Saturday, "
         "21 Nov 2026, 06:00."),
        ((5, 6), time(9), 60, "Every Saturday and Sunday 09:00–10:00 (Europe/Berlin), next: Saturday, 21 Nov 2026, "
         "09:00."),
        ((0, 2), time(1, 30), 30, "Every Monday and Wednesday 01:30–02:00 (Europe/Berlin), next: Monday, 23 Nov 2026, "
         "01:30."),
        (tuple(range(7)), time(5), 15, "Every day 05:00–05:15 (Europe/Berlin), next: Saturday, 21 Nov 2026, 05:00."),
    ],
)  # fmt: skip
def test_a_weekly_window_names_its_days_its_times_and_the_next(
    weekdays: tuple[int, ...], begins: time, minutes: int, sentence: str
) -> None:
    window = Window(datetime(2026, 1, 1, tzinfo=UTC), None, BERLIN, weekdays, begins, minutes)
    assert window_sentence(window, NOW) == sentence


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "sentence"),
    [
        (NOW, LATER, "From now on until 1 Dec 2026, 12:00 (Europe/Berlin)."),
        (NOW, None, "From now on until somebody ends it."),
        (LATER, None, "From 1 Dec 2026, 12:00 (Europe/Berlin) until somebody ends it."),
        (datetime(2026, 11, 1, tzinfo=UTC), NOW, "It ended 21 Nov 2026, 04:00 (Europe/Berlin)."),
    ],
)
def test_a_single_silence_names_its_beginning_and_its_end(
    starts_at: datetime, ends_at: datetime | None, sentence: str
) -> None:
    assert window_sentence(Window(starts_at, ends_at, BERLIN), NOW) == sentence


def test_a_series_names_its_last_day_and_says_when_it_is_over() -> None:
    window = Window(datetime(2026, 1, 1, tzinfo=UTC), LATER, BERLIN, (6,), time(2), 120)
    assert window_sentence(window, NOW).endswith("The last time before 1 Dec 2026, 12:00 (Europe/Berlin).")
    assert window_sentence(window, LATER) == "Every Sunday 02:00–04:00 (Europe/Berlin); it does not come any more."


@pytest.mark.parametrize(
    ("scope", "sentence"),
    [
        ({}, "It covers everything that the team Data watches."),
        ({"rule": "Orders"}, "It covers the rule “Orders”."),
        ({"tables": ["a.*", "b.*"]}, "It covers everything in tables like a.* or b.*."),
        ({"rule": "Orders", "connection": "shop"}, "It covers the rule “Orders” on the connection shop."),
        ({"connection": "shop", "tags": ["x"]},
         "It covers everything on the connection shop of rules with the tag x."),
    ],
)  # fmt: skip
def test_what_it_covers(scope: dict[str, Any], sentence: str) -> None:
    assert scope_sentence(team="Data", **scope) == sentence
