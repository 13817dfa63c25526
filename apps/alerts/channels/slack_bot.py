"""One message per incident in a Slack channel, changed in place, with what happens in its thread and buttons to answer.

Methods and limits are those of Slack's pages on chat.postMessage, chat.update, conversations.history and message
metadata. Slack knows no key by which it would drop a repeat. So each message carries the key of its delivery as
metadata, and before a send is repeated that was not confirmed, the channel (or the thread) is searched for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from pydantic import Field, SecretStr, field_validator

from apps.alerts.answering.acts import Answer
from apps.alerts.channels.addresses import Key
from apps.alerts.channels.bodies import Cut, fitted
from apps.alerts.channels.contract import ChannelDriver, Outgoing, Repeat, SendRefused, Sent
from apps.alerts.channels.slackapi import SlackApi, SlackRefused
from apps.alerts.channels.slackblocks import (
    MAX_BODY,
    MAX_HEADER,
    MAX_TEXT,
    Block,
    Mentions,
    blocks,
    calls,
    fallback,
    plain,
)
from apps.common.plugins import Settings
from apps.summaries.services import Message, in_language, write_message

EVENT = "midwatch_delivery"
MOST_CALLS = 3  # of one attempt
PAGE = 999  # the most messages that Slack gives at once
CLOCKS_DIFFER = timedelta(minutes=2)
LOST = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "is_inactive"})
LOUD = ("reopened", "escalated")  # shown in the channel too, not in the thread alone
NOT_LOOKED_UP = "Midwatch could not look up whether this message arrived before, so it may be a repeat."


class SlackBotSettings(Settings):
    """Which bot posts where."""

    bot_token: Key = Field(
        title="Bot token", description="The “Bot User OAuth Token” of the Slack app; begins with xoxb-."
    )
    signing_secret: Key | None = Field(
        default=None,
        title="Signing secret",
        description="The “Signing Secret” of the Slack app, which proves that a button was pressed in Slack. Empty: "
        "the messages have no buttons.",
    )
    channel: str = Field(
        title="Channel ID",
        description="Such as C024BE91L; it stands at the end of the channel's details in Slack. Invite the bot to it.",
    )
    mentions: Mentions = Field(default=[])

    @field_validator("channel")
    @classmethod
    def _is_an_id(cls, value: str) -> str:
        if not re.fullmatch(r"[CG][A-Z0-9]{4,30}", value.strip()):
            raise ValueError("write the ID of the channel, such as C024BE91L, not its name")
        return value.strip()

    @field_validator("bot_token")
    @classmethod
    def _is_of_a_bot(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith("xoxb-"):
            raise ValueError("a bot token begins with xoxb-; copy the “Bot User OAuth Token”")
        return value


class SlackBot(ChannelDriver):
    """The message that stands for an incident shows where it stands; its thread tells how it came to that."""

    label = "Slack (bot)"
    repeat = Repeat.LOOK_UP
    per_second = 1.0  # Slack's page “Rate limits”: one message per second and channel
    edits = True
    seconds = 18.0
    Settings: ClassVar[type[Settings]] = SlackBotSettings

    def send(self, outgoing: Outgoing) -> Sent:
        top, note = self._top(outgoing)
        if top and outgoing.unconfirmed and not outgoing.reference and _is_first(outgoing):
            return Sent("Slack has the message from an earlier attempt.", self._reference(outgoing, top))
        if top:
            try:
                self._follow(outgoing, top)
            except SlackRefused as error:
                if error.code not in LOST:
                    raise
            else:
                return Sent("Slack took the change.", self._reference(outgoing, top))
        content = self._standing(outgoing)
        ts = self._post(outgoing, _with_note(content) if note else content)
        return Sent("Slack posted the message.", self._reference(outgoing, ts))

    def _top(self, outgoing: Outgoing) -> tuple[str, bool]:
        """Slack's name for the message that stands for the incident (empty: none), and whether that is uncertain
        although it may stand there."""
        channel, _, top = outgoing.reference.partition("/")
        if top and channel == self.settings.channel:
            return top, False
        if _is_first(outgoing) and not outgoing.unconfirmed:
            return "", False
        try:
            return self._find(outgoing), False
        except SendRefused:
            return "", outgoing.unconfirmed

    def _follow(self, outgoing: Outgoing, top: str) -> None:
        """Change the message that stands there, then tell the change in its thread."""
        # Changing it twice does no harm, so it comes first: only the last call can be left unconfirmed.
        self._ask("chat.update", ts=top, **self._standing(outgoing))
        content = self._reply(outgoing.message)
        if outgoing.unconfirmed:
            try:
                if self._find(outgoing, thread=top):
                    return
            except SendRefused:
                content = _with_note(content)
        self._post(outgoing, content, thread_ts=top, reply_broadcast=outgoing.message.kind in LOUD)

    def _post(self, outgoing: Outgoing, content: dict[str, Any], **where: Any) -> str:
        metadata = {"event_type": EVENT, "event_payload": {"key": outgoing.key, "incident": outgoing.incident}}
        return str(
            self._ask("chat.postMessage", metadata=metadata, unfurl_links=False, **where, **content).get("ts", "")
        )

    def _find(self, outgoing: Outgoing, *, thread: str = "") -> str:
        """The message that stands for the incident, or in a thread the one of this very delivery; empty when there is
        none. Raises SendRefused when that cannot be known."""
        method = "conversations.replies" if thread else "conversations.history"
        since = _before(outgoing.message.facts)
        page = self._ask(method, include_all_metadata=True, limit=PAGE, oldest=since, ts=thread or None)
        by_key = thread or not outgoing.about_one
        name, wanted = ("key", outgoing.key) if by_key else ("incident", outgoing.incident)
        for message in page.get("messages", []):
            # What a thread showed in the channel too stands in the channel's history as well.
            in_place = bool(thread) or message.get("thread_ts", message.get("ts")) == message.get("ts")
            if in_place and message.get("metadata", {}).get("event_payload", {}).get(name) == wanted:
                return str(message["ts"])
        if page.get("has_more"):
            raise SendRefused(f"The message is not among the newest {PAGE}.")
        return ""

    def _reference(self, outgoing: Outgoing, ts: str) -> str:
        return f"{self.settings.channel}/{ts}" if outgoing.about_one else ""

    def _standing(self, outgoing: Outgoing) -> dict[str, Any]:
        """The message that stands for the incident: the trouble as it is now, and who takes care of it."""
        message = _as_opening(outgoing.message) if outgoing.answerable else outgoing.message
        taken = f"{outgoing.taken_by} takes care of it." if outgoing.answerable and outgoing.taken_by else ""
        state = in_language(taken, facts=message.facts)
        called = calls(outgoing.message, self.settings.mentions)
        buttons = _buttons(outgoing) if outgoing.answerable and self.settings.signing_secret else []
        return _content(message, called, lambda cut: [*blocks(message, called, cut, state=state, buttons=buttons)])

    def _reply(self, message: Message) -> dict[str, Any]:
        called = calls(message, self.settings.mentions)
        mention = [{"type": "section", "text": {"type": "mrkdwn", "text": called}}] if called else []
        return _content(
            message,
            called,
            lambda cut: [*mention, {"type": "section", "text": plain(cut.of(message.headline), MAX_TEXT)}],
        )

    def _ask(self, method: str, **values: Any) -> dict[str, Any]:
        api = SlackApi(self.settings.bot_token.get_secret_value(), seconds=self.seconds / MOST_CALLS)
        return api.ask(method, channel=self.settings.channel, **values)


def _content(message: Message, called: str, make: Callable[[Cut], list[Block]]) -> dict[str, Any]:
    text = fallback(message, called)
    content: dict[str, Any] = json.loads(fitted(MAX_BODY, lambda cut: {"text": text, "blocks": make(cut)}))
    return content


def _is_first(outgoing: Outgoing) -> bool:
    """Whether nothing of it can stand there before it."""
    return outgoing.message.kind == "opened" or not outgoing.about_one


def _as_opening(message: Message) -> Message:
    """The trouble itself, as it is now: what changed about it is told in the thread."""
    if message.kind in ("opened", "reopened"):
        return message
    kind = "reopened" if message.facts.get("reopened") else "opened"
    return write_message(kind=kind, facts=message.facts, severity=message.severity, link=message.link, repeated=False)


def _buttons(outgoing: Outgoing) -> list[Block]:
    answers = [each for each in Answer if each is not Answer.ACKNOWLEDGE or not outgoing.taken_by]
    say = partial(in_language, facts=outgoing.message.facts)
    return [_button(each, outgoing.incident, say) for each in answers]


def _button(answer: Answer, incident: str, say: Callable[[str], str]) -> Block:
    button = {"type": "button", "action_id": answer, "value": incident, "text": plain(say(answer.label), MAX_HEADER)}
    if answer is not Answer.NOT_A_PROBLEM:
        return button
    asked = {
        "title": plain(say(f"{answer.label}?"), MAX_HEADER),
        "text": plain(say(answer.explanation), MAX_TEXT),
        "confirm": plain(say("Close it"), MAX_HEADER),
        "deny": plain(say("Keep it open"), MAX_HEADER),
    }
    return button | {"confirm": asked}


def _with_note(content: dict[str, Any]) -> dict[str, Any]:
    note = {"type": "context", "elements": [plain(NOT_LOOKED_UP, MAX_TEXT)]}
    return content | {"blocks": [*content["blocks"], note]}


def _before(facts: Mapping[str, Any]) -> str | None:
    """A moment before the first message, as Slack writes times; None when the facts name no time."""
    try:
        times = [datetime.fromisoformat(str(facts[name])) for name in ("opened_at", "event_at") if facts.get(name)]
    except ValueError:
        return None
    return str((min(times) - CLOCKS_DIFFER).timestamp()) if times else None
