"""A message in a Slack channel through an incoming webhook.

Fields and limits are those of Slack's pages "Sending messages using incoming webhooks", "Blocks" and "Formatting text
for app surfaces". An incoming webhook can neither look up nor change what it posted, and knows no key of a message, so
a send that was not confirmed is repeated with words that say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import Field, field_validator

from apps.alerts.channels.addresses import SecretAddress, secrets_in
from apps.alerts.channels.bodies import Cut, cropped, fitted
from apps.alerts.channels.contract import ChannelDriver, Outgoing, Repeat
from apps.alerts.channels.http import post
from apps.alerts.channels.replies import Advice, judge
from apps.common.plugins import Settings
from apps.summaries.services import Message

# Slack refuses blocks beyond a total that it does not document, near 13,200 characters.
MAX_BODY = 12_000
MAX_HEADER = 150
MAX_TEXT = 3_000
MAX_FIELD = 2_000
MAX_FALLBACK = 600
ROWS_PER_SECTION = 5  # a section has up to ten fields: name and value of each row
MAX_ROWS = 40
MAX_MENTIONS = 20
EVERYBODY = frozenset({"here", "channel"})
MENTIONED = ("critical", "high")
NEW_ADDRESS = "Make a new incoming webhook in Slack and give its address to this channel."
ADVICE: Advice = {
    "invalid_token": f"The address is not valid any more. {NEW_ADDRESS}",
    "action_prohibited": "The workspace does not let this webhook post there; ask who administers it.",
    "posting_to_general_channel_denied": "Only some members may post in that channel; choose another in Slack.",
    "channel_is_archived": "The Slack channel was archived. Bring it back, or give the address of another webhook.",
    "channel_not_found": f"The Slack channel is gone. {NEW_ADDRESS}",
    "user_not_found": "Correct the mentions: one of the members is not known in the workspace.",
    403: f"The webhook may not post. {NEW_ADDRESS}",
    404: f"The webhook was revoked, or its app was removed from the workspace. {NEW_ADDRESS}",
    410: f"The webhook was revoked. {NEW_ADDRESS}",
}
OTHERWISE = "Check that the address is that of a Slack incoming webhook."


class SlackSettings(Settings):
    """Where messages go and who is called by name."""

    url: SecretAddress = Field(
        title="Webhook address",
        description="The address of a Slack incoming webhook. Who knows it can post, so it is kept secret.",
    )
    mentions: list[str] = Field(
        default=[],
        title="Mentions",
        description="Who is called when a critical or high trouble begins: here, channel, or the IDs of members (U…) "
        "and user groups (S…), which their profiles show.",
        max_length=MAX_MENTIONS,
    )

    @field_validator("mentions")
    @classmethod
    def _are_known_forms(cls, value: list[str]) -> list[str]:
        names = [entry.strip().removeprefix("@") for entry in value]
        for name in names:
            if name not in EVERYBODY and not re.fullmatch(r"[UWS][A-Z0-9]{2,30}", name):
                raise ValueError(f"{name!r} is nobody to mention; write here, channel, or an ID such as U024BE7LH")
        return list(dict.fromkeys(names))


class Slack(ChannelDriver):
    """One message per event. Slack answers 200 once it has posted the message."""

    label = "Slack (incoming webhook)"
    repeat = Repeat.VISIBLE
    Settings: ClassVar[type[Settings]] = SlackSettings

    def send(self, outgoing: Outgoing) -> str:
        url = self.settings.url.get_secret_value()
        body = body_of(outgoing.message, self.settings.mentions)
        headers = {"Content-Type": "application/json", "User-Agent": "Midwatch"}
        reply = post(url, body=body, headers=headers, seconds=self.seconds)
        judge(reply, who="Slack", advice=ADVICE, otherwise=OTHERWISE, secrets=secrets_in(url))
        return "Slack posted the message."


def body_of(message: Message, mentions: list[str]) -> bytes:
    """The JSON body: blocks for people, and a text for notifications and for receivers that know no blocks."""
    calls = _calls(message, mentions)
    words = f"{escaped(cropped(message.subject, MAX_FALLBACK))}\n{escaped(cropped(message.headline, MAX_FALLBACK))}"
    text = f"{calls}\n{words}\n{message.link}".strip()
    return fitted(MAX_BODY, lambda cut: {"text": text, "blocks": list(_blocks(message, calls, cut))})


def escaped(text: str) -> str:
    """`text` for mrkdwn: without these three characters nothing in it is a mention or a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _blocks(message: Message, calls: str, cut: Cut) -> Iterator[dict[str, Any]]:
    """At most 13 blocks. Whatever came from outside is plain text, in which Slack sees no mention, link or style."""
    yield {"type": "header", "text": _plain(message.subject, MAX_HEADER)}
    if calls:
        yield {"type": "section", "text": {"type": "mrkdwn", "text": calls}}
    yield {"type": "section", "text": _plain(cut.of(message.headline), MAX_TEXT)}
    rows = _rows(message, cut)
    for start in range(0, len(rows), ROWS_PER_SECTION):
        part = rows[start : start + ROWS_PER_SECTION]
        yield {"type": "section", "fields": [field for name, value in part for field in _fields(name, value)]}
    button = {"type": "button", "text": _plain("Open in Midwatch", MAX_HEADER), "url": message.link}
    yield {"type": "actions", "elements": [button]}
    yield {"type": "context", "elements": [_plain(cut.of(message.footer), MAX_FIELD)]}


def _rows(message: Message, cut: Cut) -> list[tuple[str, str]]:
    shown = min(MAX_ROWS, cut.items or MAX_ROWS)
    rows = [(name, cut.of(value)) for name, value in message.details[:shown]]
    left = len(message.details) - len(rows)
    return [*rows, ("More", f"{left:,} more in Midwatch")] if left else rows


def _fields(name: str, value: str) -> Iterator[dict[str, Any]]:
    yield {"type": "mrkdwn", "text": f"*{escaped(cropped(name, MAX_HEADER))}*"}
    yield _plain(value, MAX_FIELD)


def _plain(text: str, limit: int) -> dict[str, Any]:
    # Slack refuses an empty text. Without `emoji`, a name such as :tada: stays a name.
    return {"type": "plain_text", "text": cropped(text, limit) or "–", "emoji": False}


def _calls(message: Message, mentions: list[str]) -> str:
    """Who is called by name: when a critical or high trouble begins, never at its end or for a test."""
    if message.severity not in MENTIONED or message.kind not in ("opened", "reopened"):
        return ""
    return " ".join(_call(name) for name in mentions)


def _call(name: str) -> str:
    if name in EVERYBODY:
        return f"<!{name}>"
    return f"<!subteam^{name}>" if name.startswith("S") else f"<@{name}>"
