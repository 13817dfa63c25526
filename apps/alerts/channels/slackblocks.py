"""A message as Slack's blocks, for the incoming webhook and for the bot.

Fields and limits are those of Slack's pages "Blocks" and "Formatting text for app surfaces".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from apps.alerts.channels.bodies import Cut, cropped
from apps.summaries.services import Message, in_language

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
CALLING = ("opened", "reopened", "escalated", "summary", "rollup")
Block = dict[str, Any]


def _known_forms(value: list[str]) -> list[str]:
    names = [entry.strip().removeprefix("@") for entry in value]
    for name in names:
        if name not in EVERYBODY and not re.fullmatch(r"[UWS][A-Z0-9]{2,30}", name):
            raise ValueError(f"{name!r} is nobody to mention; write here, channel, or an ID such as U024BE7LH")
    return list(dict.fromkeys(names))


Mentions = Annotated[
    list[str],
    Field(
        title="Mentions",
        description="Who is called when a critical or high trouble begins, comes back or is escalated: here, channel, "
        "or the IDs of members (U…) and user groups (S…), which their profiles show.",
        max_length=MAX_MENTIONS,
    ),
    AfterValidator(_known_forms),
]
"""People whom a message calls by name."""


def calls(message: Message, mentions: Sequence[str]) -> str:
    """Who is called by name: when a critical or high trouble begins or nobody takes it, never at its end."""
    if message.severity not in MENTIONED or message.kind not in CALLING:
        return ""
    return " ".join(_call(name) for name in mentions)


def _call(name: str) -> str:
    if name in EVERYBODY:
        return f"<!{name}>"
    return f"<!subteam^{name}>" if name.startswith("S") else f"<@{name}>"


def fallback(message: Message, called: str) -> str:
    """The text for notifications, and for receivers that know no blocks."""
    words = f"{escaped(cropped(message.subject, MAX_FALLBACK))}\n{escaped(cropped(message.headline, MAX_FALLBACK))}"
    return f"{called}\n{words}\n{message.link}".strip()


def escaped(text: str) -> str:
    """`text` for mrkdwn: without these three characters nothing in it is a mention or a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def blocks(
    message: Message, called: str, cut: Cut, *, state: str = "", buttons: Sequence[Block] = ()
) -> Iterator[Block]:
    """At most 14 blocks. Whatever came from outside is plain text, in which Slack sees no mention, link or style.

    `state` is a sentence about where the incident stands; `buttons` come before the one that leads to Midwatch.
    """
    yield {"type": "header", "text": plain(message.subject, MAX_HEADER)}
    if called:
        yield {"type": "section", "text": {"type": "mrkdwn", "text": called}}
    yield {"type": "section", "text": plain(cut.of(message.headline), MAX_TEXT)}
    if state:
        yield {"type": "section", "text": plain(cut.of(state), MAX_TEXT)}
    rows = _rows(message, cut)
    for start in range(0, len(rows), ROWS_PER_SECTION):
        part = rows[start : start + ROWS_PER_SECTION]
        yield {"type": "section", "fields": [field for name, value in part for field in _fields(name, value)]}
    way = {
        "type": "button",
        "text": plain(in_language("Open in Midwatch", facts=message.facts), MAX_HEADER),
        "url": message.link,
    }
    yield {"type": "actions", "elements": [*buttons, way]}
    yield {"type": "context", "elements": [plain(cut.of(message.footer), MAX_FIELD)]}


def _rows(message: Message, cut: Cut) -> list[tuple[str, str]]:
    shown = min(MAX_ROWS, cut.items or MAX_ROWS)
    rows = [(name, cut.of(value)) for name, value in message.details[:shown]]
    left = len(message.details) - len(rows)
    more = [in_language(text, facts=message.facts) for text in ("More", f"{left:,} more in Midwatch")]
    return [*rows, (more[0], more[1])] if left else rows


def _fields(name: str, value: str) -> Iterator[Block]:
    yield {"type": "mrkdwn", "text": f"*{escaped(cropped(name, MAX_HEADER))}*"}
    yield plain(value, MAX_FIELD)


def plain(text: str, limit: int) -> Block:
    """A text in which Slack reads nothing. It refuses an empty one; without `emoji`, a name like :tada: stays one."""
    return {"type": "plain_text", "text": cropped(text, limit) or "–", "emoji": False}
