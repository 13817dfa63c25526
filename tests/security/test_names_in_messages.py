"""Names of a data store in mails and chats: nothing is markup, nothing leads elsewhere, nobody is called by name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from email import policy
from email.parser import BytesParser
from typing import Any

import pytest
from django.core.mail import EmailMessage
from pytest_django import Settings

from apps.alerts.channels import slack, teams
from apps.alerts.channels.apprise import calling_nobody
from apps.alerts.channels.bodies import Cut
from apps.alerts.channels.contract import Outgoing
from apps.alerts.channels.mails import mail_to
from apps.alerts.channels.slackblocks import blocks
from apps.summaries.services import Message, write_message
from tests.security.hostile import MARK, NAME, harm_in
from tests.summaries.test_every_situation import BASE, TOLD

CALLING = "<!channel> <!here> <@U024BE7LH> <!subteam^S1> <https://evil.example|ok> @everyone [a](https://evil.example)"
HEADERS = "\r\nBcc: all@example.com\r\n\r\n<p>"
WORST = f"{CALLING} {NAME} {HEADERS} *_~` &lt;!channel&gt; <at>Everyone</at>"
KINDS = ("opened", "reopened", "resolved", "changed", "escalated", "reminder", "summary", "rollup", "digest", "test")
LINK = "https://watch.example.com/1/"
KEPT = re.compile(r"\d{4}-\d\d-\d\d.*|[\d.]+|Europe/Berlin|1d")


def spoilt(value: Any) -> Any:
    """Facts whose every name is the worst one."""
    if isinstance(value, dict):
        return {name: spoilt(each) for name, each in value.items()}
    if isinstance(value, list):
        return [spoilt(each) for each in value]
    return WORST if isinstance(value, str) and not KEPT.fullmatch(value) else value


def messages() -> Iterator[Message]:
    """What every situation tells in every kind of message, and one that is nothing but names."""
    yield Message("digest", "x", WORST, ((WORST, WORST),), LINK, WORST, "high", {}, ((WORST, ((WORST, WORST),)),))
    for situation, (facts, _) in TOLD.items():
        for kind in KINDS:
            known = spoilt(BASE | facts) | {"situation": situation, "segments": [{"name": WORST}]}
            yield write_message(kind=kind, facts=known, severity="high", link=LINK, repeated=True)


def texts(value: Any) -> Iterator[dict[str, Any]]:
    """Every text object of a message to Slack."""
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if isinstance(value, dict) and isinstance(value.get("text"), str):
        yield value
    for child in children:
        yield from texts(child)


def test_slack_finds_no_mention_and_no_link_in_a_name() -> None:
    shown = 0
    for message in messages():
        body = json.loads(slack.body_of(message, []))
        standing = list(blocks(message, "", Cut(), state=WORST))
        marked = [each["text"] for each in texts([body["blocks"], standing]) if each["type"] == "mrkdwn"]
        for text in (*marked, body["text"]):
            assert not re.search(r"<|>", text), text
            assert not re.search(r"&(?!amp;|lt;|gt;)", text), text
        shown += "&lt;!channel&gt;" in body["text"]
    assert shown > len(TOLD) * 6


def test_teams_finds_no_mention_and_no_markdown_in_a_name() -> None:
    for message in messages():
        (attachment,) = json.loads(teams.body_of(message))["attachments"]
        card = attachment["content"]
        assert {line["type"] for line in card["body"]} == {"RichTextBlock"}
        assert {run["type"] for line in card["body"] for run in line["inlines"]} == {"TextRun"}
        assert [action["url"] for action in card["actions"]] == [LINK]
        assert card["msteams"] == {"width": "Full"}  # mentions would be its `entities`


def test_no_mail_takes_a_name_for_markup_or_a_header(settings: Settings) -> None:
    settings.EMAIL_CONFIGURED, shown = True, 0
    for message in messages():
        outgoing = Outgoing("key", "thread", "incident", True, 1, message, chart_words=WORST, personal=True)
        mail = mail_to("ops@example.com", outgoing, answers=True, picture=None)
        page = str(mail.alternatives[0][0])
        assert harm_in(page) == []
        shown += f"&lt;{MARK}" in page
        links = set(re.findall(r'(?:href|src)="([^"]*)"', page))
        assert all(each.startswith(("https://watch.example.com/", "http://127.0.0.1:", "mailto:")) for each in links)
        read = BytesParser(policy=policy.default).parsebytes(mail.message().as_bytes())
        assert "Bcc" not in read
        assert read["To"] == "ops@example.com"
        assert "\n" not in str(read["Subject"])
    assert shown > len(TOLD) * 6


def test_a_text_sent_by_apprise_calls_nobody() -> None:
    """Discord, Mattermost, Rocket.Chat, Zulip and Google Chat read these in plain text."""
    for call in ("@everyone", "<@123>", "<@&45>", "<!channel>", "@**all**", "<users/all>", "(@here)"):
        assert call not in calling_nobody(f"Table {call} is late")
    assert calling_nobody("anna@example.com, 3 < 4, 5 @ 6") == "anna@example.com, 3 < 4, 5 @ 6"


@pytest.mark.parametrize("field", ["subject", "to"])
def test_the_mail_library_refuses_what_would_be_a_header_of_its_own(field: str) -> None:
    """The last line of defence; names never get so far, as the test above shows."""
    given: dict[str, Any] = {"subject": "x", "to": ["a@example.com"]}
    given[field] = "x" + HEADERS if field == "subject" else ["a@example.com" + HEADERS]
    with pytest.raises(ValueError, match="newlines"):
        EmailMessage(**given).message()
