"""What is said when nobody has taken care of an incident yet."""

from __future__ import annotations

from typing import Any

from apps.summaries.services import Message, write_message
from tests.alerts.conftest import FACTS

STEP: dict[str, Any] = {
    "opened_at": "2025-11-21T07:20:00+00:00",
    "escalation": "Nights",
    "step": 2,
    "steps": 3,
    "waited_seconds": 1_800.0,
    "because": "nobody has acknowledged it, and the escalation “Nights” leads here next.",
}


def message(**facts: Any) -> Message:
    return write_message(kind="escalated", facts=FACTS | facts, severity="high", link="", repeated=False)


def test_the_subject_says_that_nobody_has_taken_it() -> None:
    assert message(**STEP).subject == "[High] Nobody has taken this yet: main.orders has not changed for 2 h 10 min"


def test_the_text_says_since_when_it_waits_and_what_to_do() -> None:
    found = message(**STEP)
    assert found.headline == (
        "main.orders has not changed for 2 h 10 min. The incident has been open since 21 Nov 2025, 08:20 "
        "(Europe/Berlin), and nobody has acknowledged it. Acknowledge it to show that you take care of it; then nobody "
        "else is told."
    )
    assert found.details[:2] == (("Waiting for", "30 min"), ("Escalation", "Nights, step 2 of 3"))
    assert ("Table", "main.orders") in found.details
    assert found.footer == (
        "You get this because nobody has acknowledged it, and the escalation “Nights” leads here next."
    )


def test_facts_that_are_missing_leave_a_whole_text() -> None:
    found = message()
    assert "has been open, and nobody has acknowledged it" in found.headline
    assert found.footer == "You get this because nobody has acknowledged the incident."
