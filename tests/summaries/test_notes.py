"""What a message says about itself, and how a broken channel is told."""

from __future__ import annotations

from typing import Any

from apps.summaries.notes import COMBINED, REPEATED, notes, was_broken
from apps.summaries.wording import compose

BROKEN: dict[str, Any] = {
    "situation": "channel",
    "channel": "ops-slack",
    "error": "Slack answered 404: “no_service”.",
    "broken_since": "2026-11-21T02:10:00+00:00",
    "timezone": "Europe/Berlin",
}
TIMES = {"opened_at": "2026-11-21T01:10:00+00:00", "timezone": "Europe/Berlin", "combined": True}


def test_remarks_stand_first_and_only_where_they_are_true() -> None:
    assert notes({}, repeated=False) == []
    assert notes({"combined": True}, repeated=True) == [("Please note", REPEATED), ("Please note", COMBINED)]


def test_a_message_that_stands_in_names_the_channel_that_it_was_meant_for() -> None:
    facts = {"fallback": {"channel": "ops-slack", "error": "Slack answered 404"}}
    (note,) = notes(facts, repeated=False)
    assert note[1] == "This was meant for ops-slack, which does not take messages. Slack answered 404."


def test_beginning_and_end_in_one_message() -> None:
    assert was_broken(TIMES | {"resolved_at": "2026-11-21T03:00:00+00:00"}) == (
        "was broken from 02:10 to 04:00 (Europe/Berlin)"
    )
    assert was_broken(TIMES | {"resolved_at": "2026-11-22T03:00:00+00:00"}) == (
        "was broken from 21 Nov 02:10 to 22 Nov 04:00 (Europe/Berlin)"
    )
    assert was_broken({}) == ""


def test_a_broken_channel_is_told_with_what_to_do_next() -> None:
    text = compose(kind="opened", facts=BROKEN, severity="high", repeated=False)
    assert text.subject == "[High] The channel ops-slack does not take messages"
    assert "Correct the channel and send it a test message" in text.headline
    assert ("Since", "21 Nov 2026, 03:10 (Europe/Berlin)") in text.details


def test_a_person_whose_mail_is_refused_is_told_as_such() -> None:
    facts = BROKEN | {"personal": True, "channel": "Lea Manager"}
    assert compose(kind="opened", facts=facts, severity="high", repeated=False).subject.endswith(
        "The mail to Lea Manager is not taken"
    )
    over = compose(kind="resolved", facts=facts | {"duration_seconds": 60}, severity="high", repeated=False)
    assert "The mail to Lea Manager is taken again" in over.subject
