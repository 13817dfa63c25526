"""A digest reads well whatever it has to tell, and never fails for facts that it does not foresee."""

from __future__ import annotations

from typing import Any

import pytest

from apps.summaries.services import Message, write_message

QUIET: dict[str, Any] = {
    "situation": "digest", "how": "daily", "timezone": "Europe/Berlin", "begins": "2026-11-20T07:00:00+00:00",
    "began": 0, "open": 0, "ended": 0, "teams": [{"team": "Finance", "checks": 2_304, "breached": 0, "unknown": 0}],
}  # fmt: skip
SINCE = "Since 20 Nov 2026, 08:00 (Europe/Berlin):"


def digest(**facts: Any) -> Message:
    return write_message(kind="digest", facts=QUIET | facts, severity="low", link="", repeated=False)


def test_a_quiet_day_is_told_in_one_line() -> None:
    message = digest()
    assert message.subject == "Midwatch: your day, 0 new incidents, nothing is open"
    assert message.headline == f"{SINCE} nothing broke, and nothing is open. 2,304 checks were made."


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"began": 1, "ended": 1}, "1 incident began and 1 ended. Nothing is open now."),
        ({"began": 2, "open": 1}, "2 incidents began and 0 ended. 1 is open now."),
        ({"open": 3}, "0 incidents began and 0 ended. 3 are open now."),
    ],
)
def test_the_headline_counts_in_plain_english(counts: dict[str, int], words: str) -> None:
    assert digest(**counts).headline == f"{SINCE} {words} 2,304 checks were made."


def test_a_week_is_called_a_week() -> None:
    assert digest(how="weekly", began=4, open=2).subject == "Midwatch: your week, 4 new incidents, 2 open"


def test_names_from_elsewhere_stay_on_one_line() -> None:
    row = {"number": 7, "title": "a\r\nBcc: x@example.com", "severity": "High", "who": "", "began": ""}
    ((_, rows), _) = digest(open=1, still_open=[row]).sections
    assert rows == (("#7 High", "a Bcc: x@example.com. Since an unknown time; nobody has taken it yet."),)


def test_it_says_how_to_stop_it() -> None:
    assert "“My notifications”" in digest().footer


def test_facts_that_make_no_sense_are_told_plainly() -> None:
    assert digest(teams=[{"team": "Finance"}], began="many").subject
