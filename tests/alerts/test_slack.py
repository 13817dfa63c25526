"""Slack messages as an incoming webhook gets them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from apps.alerts.channels.slack import body_of
from apps.alerts.channels.slackblocks import MAX_BODY
from apps.alerts.models import Channel, Delivery
from apps.alerts.services import Recovery, report, send_test
from apps.common.errors import InvalidInput
from apps.summaries.services import Message
from apps.teams.models import Team
from tests.alerts.conftest import KEY, NOW, deliver, found
from tests.servers.http import Answer, HttpServer, Request

Make = Callable[..., Channel]
EVIL = "<!channel> <@U999EVIL> <https://evil.example|click> *bold* & co"


def blocks_of(request: Request) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = json.loads(request.body)["blocks"]
    return blocks


def texts(value: Any) -> Iterator[dict[str, Any]]:
    """Every text object in a message."""
    if isinstance(value, dict):
        if value.get("type") in ("mrkdwn", "plain_text"):
            yield value
        for child in value.values():
            yield from texts(child)
    elif isinstance(value, list):
        for child in value:
            yield from texts(child)


def marked(request: Request) -> str:
    """All that Slack reads as mrkdwn: blocks that say so, and the fallback."""
    parts = [part["text"] for part in texts(blocks_of(request)) if part["type"] == "mrkdwn"]
    return "\n".join([*parts, json.loads(request.body)["text"]])


def message(**changes: Any) -> Message:
    values: dict[str, Any] = {
        "kind": "opened", "subject": "[High] It broke", "headline": "It broke.", "details": (("Table", "main.orders"),),
        "link": "https://midwatch.example/1", "footer": "Why.", "severity": "high",
    }  # fmt: skip
    return Message(**values | changes)


def test_a_message_has_header_headline_details_and_a_button(team: Team, make: Make, http: HttpServer) -> None:
    incident = found(team, make("slack"))
    deliver()
    header, _, headline, first, *_, actions, context = blocks_of(http.requests[0])
    subject = "[High] Orders keep arriving: main.orders has not changed for 2 h 10 min"
    assert header == {"type": "header", "text": {"type": "plain_text", "text": subject, "emoji": False}}
    assert headline["text"]["text"].startswith("main.orders has not changed")
    assert [field["text"] for field in first["fields"][:2]] == ["*Table*", "main.orders"]
    assert actions["elements"][0]["url"].endswith(f"/alerts/incident/{incident.pk}/change/")
    assert context["elements"][0]["text"].startswith("You get this because")
    assert subject in json.loads(http.requests[0].body)["text"]


@pytest.mark.parametrize(
    ("severity", "called"), [("critical", True), ("high", True), ("medium", False), ("low", False)]
)
def test_people_are_mentioned_when_a_serious_trouble_begins(
    team: Team, make: Make, http: HttpServer, severity: str, called: bool
) -> None:
    found(team, make("slack", mentions=["here", "@channel", "U024BE7LH", "S0614TZR7"]), severity=severity)
    deliver()
    calls = "<!here> <!channel> <@U024BE7LH> <!subteam^S0614TZR7>"
    assert (calls in marked(http.requests[0])) is called


def test_nobody_is_mentioned_unless_that_is_set(team: Team, make: Make, http: HttpServer) -> None:
    found(team, make("slack", mentions=[]), severity="critical")
    deliver()
    assert "<" not in marked(http.requests[0])


def test_nobody_is_mentioned_at_the_end_or_for_a_test(team: Team, make: Make, http: HttpServer) -> None:
    channel = make("slack")
    found(team, channel)
    deliver()
    report(findings=[], recoveries=[Recovery(KEY)], now=NOW + timedelta(hours=1))
    send_test(channel=channel, now=NOW)
    deliver(NOW + timedelta(hours=1))
    deliver(NOW + timedelta(hours=1, seconds=2))  # Slack takes one message a second
    assert sorted("<!here>" in marked(request) for request in http.requests) == [False, False, True]


def test_names_from_a_database_mention_nobody_and_link_nowhere(team: Team, make: Make, http: HttpServer) -> None:
    found(team, make("slack", mentions=[]), table=EVIL, rule=EVIL, connection=EVIL, reason=EVIL, segments=[EVIL])
    deliver()
    assert "<" not in marked(http.requests[0])
    assert "&lt;!channel&gt;" in json.loads(http.requests[0].body)["text"]
    assert "EVIL" not in "".join(
        part["text"] for part in texts(blocks_of(http.requests[0])) if part["type"] == "mrkdwn"
    )


@pytest.mark.parametrize("letter", ["x", "&", "😀", '"'])
def test_the_limits_of_slack_are_kept_and_what_is_left_out_is_counted(letter: str) -> None:
    long = letter * 5_000
    body = body_of(message(subject=long, headline=long, footer=long, details=((long, long),) * 90), ["here"] * 20)
    blocks = json.loads(body)["blocks"]
    assert len(body) < MAX_BODY
    assert len(blocks) <= 50
    assert all(0 < len(part["text"]) <= 2_000 for part in texts(blocks))
    assert len(blocks[0]["text"]["text"]) == 150
    assert "more in Midwatch" in json.dumps(blocks)
    assert all(len(block.get("fields", [])) <= 10 for block in blocks)


def test_a_short_message_is_not_cut() -> None:
    text = body_of(message(details=tuple((f"Name {number}", f"value {number}") for number in range(12))), []).decode()
    assert all(f"value {number}" in text for number in range(12))
    assert "…" not in text


def test_an_empty_text_is_never_sent() -> None:
    blocks = json.loads(body_of(message(subject="", headline="", footer="", details=(("Note", ""),)), []))["blocks"]
    assert all(part["text"] for part in texts(blocks))


@pytest.mark.parametrize(
    ("status", "said", "advice"),
    [
        (404, "no_service", "The webhook was revoked"),
        (410, "no_service", "The webhook was revoked"),
        (410, "channel_is_archived", "The Slack channel was archived"),
        (404, "channel_not_found", "The Slack channel is gone"),
        (403, "invalid_token", "The address is not valid any more"),
        (403, "action_prohibited", "ask who administers it"),
        (400, "user_not_found", "Correct the mentions"),
        (400, "invalid_blocks", "Check that the address is that of a Slack incoming webhook"),
    ],
)
def test_a_refusal_says_what_to_mend(
    team: Team, make: Make, http: HttpServer, status: int, said: str, advice: str
) -> None:
    http.answers.append(Answer(status, body=said.encode()))
    found(team, make("slack"))
    deliver()
    error = Delivery.objects.get().error
    assert error.startswith(f"Slack answered {status}: “{said}”. ")
    assert advice in error


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": "hooks.slack.com/services/T/B/secret-part"}, "url"),
        ({"url": "https://[secret-part"}, "url"),
        ({"url": "https://secret-part:port/"}, "url"),
        ({"url": ""}, "url"),
        ({"mentions": ["everybody"]}, "mentions"),
        ({"mentions": ["<!channel>"]}, "mentions"),
        ({"mentions": ["U1|x> <!channel"]}, "mentions"),
        ({"mentions": ["here"] * 21}, "mentions"),
    ],
)
def test_settings_that_cannot_work_are_refused_without_repeating_a_secret(
    make: Make, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        make("slack", **changes)
    assert refused.value.field == field
    assert "secret-part" not in str(refused.value)


def test_spaces_around_a_pasted_address_do_no_harm(team: Team, make: Make, http: HttpServer) -> None:
    found(team, make("slack", url=f" {http.origin}/services/1\n"))
    deliver()
    assert http.requests[0].path == "/services/1"
