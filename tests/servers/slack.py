"""A listener on loopback that speaks the part of Slack's Web API that Midwatch uses: it keeps messages, threads,
changes and what is shown to one person alone.

What it answers, also to mistakes, is what Slack's pages on chat.postMessage, chat.update, chat.postEphemeral,
conversations.history, conversations.replies and users.info say.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import parse_qsl

from tests.servers.http import Answer, HttpServer, Request

TOKEN = "xoxb-drawn-by-lot-000000001"
CHANNEL = "C024BE91L"
WORKSPACE = "T0001"


@dataclass
class Posted:
    """One message in a channel. `edits` counts how often it was changed."""

    ts: str
    channel: str
    values: dict[str, Any]
    edits: int = 0
    thread: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """All that stands in it, as JSON."""
        return json.dumps([self.values.get("text"), self.values.get("blocks")], ensure_ascii=False)

    @property
    def buttons(self) -> list[str]:
        """The answers that it offers."""
        actions = [block for block in self.values.get("blocks", []) if block["type"] == "actions"]
        return [button["action_id"] for block in actions for button in block["elements"] if "action_id" in button]


class SlackServer(HttpServer):
    """`refused` maps a method (or `*`, all) to the name of an error; of the next `lose` posts the answers get lost;
    with `more`, what is looked for lies further back than one page."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Posted] = []
        self.whispers: list[dict[str, Any]] = []
        self.emails: dict[str, str] = {}
        self.people: dict[str, dict[str, Any]] = {}
        self.refused: dict[str, str] = {}
        self.more = False
        self.lose = 0
        self._numbers = count(1)

    @property
    def tops(self) -> list[Posted]:
        return [message for message in self.messages if not message.thread]

    @property
    def calls(self) -> list[str]:
        return [request.path.removeprefix("/api/") for request in self.requests]

    def usual(self, request: Request) -> Answer:
        if not request.path.startswith("/api/"):
            return Answer()
        method, values = request.path.removeprefix("/api/"), _values(request)
        error = self._error(request, method, values)
        said = {"ok": False, "error": error} if error else {"ok": True} | self._methods()[method](values)
        if self.lose and method == "chat.postMessage":
            self.lose -= 1
            return Answer(fault="reset")
        return Answer(body=json.dumps(said).encode(), headers={"Content-Type": "application/json; charset=utf-8"})

    def _error(self, request: Request, method: str, values: dict[str, Any]) -> str:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return "invalid_auth"
        if method not in self._methods():
            return "unknown_method"
        if method != "users.info" and values.get("channel") != CHANNEL:
            return "channel_not_found"
        if method == "chat.update" and self._at(values) is None:
            return "message_not_found"
        return self.refused.get(method) or self.refused.get("*", "")

    def _methods(self) -> dict[str, Callable[[dict[str, Any]], dict[str, Any]]]:
        return {
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "chat.postEphemeral": self._whisper,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
            "users.info": self._user,
        }

    def _at(self, values: dict[str, Any]) -> Posted | None:
        return next((message for message in self.messages if message.ts == values.get("ts")), None)

    def _post(self, values: dict[str, Any]) -> dict[str, Any]:
        ts = f"17637096{next(self._numbers):02d}.000100"
        thread = str(values.get("thread_ts") or "")
        self.messages.append(Posted(ts, CHANNEL, values, thread=thread, metadata=values.get("metadata", {})))
        return {"channel": CHANNEL, "ts": ts}

    def _update(self, values: dict[str, Any]) -> dict[str, Any]:
        message = self._at(values)
        assert message is not None
        message.values, message.edits = values, message.edits + 1
        return {"channel": CHANNEL, "ts": message.ts}

    def _whisper(self, values: dict[str, Any]) -> dict[str, Any]:
        self.whispers.append(values)
        return {"message_ts": "1.1"}

    def _history(self, values: dict[str, Any]) -> dict[str, Any]:
        shown = [each for each in self.messages if not each.thread or each.values.get("reply_broadcast")]
        return self._page(shown[::-1], values)  # the newest come first

    def _replies(self, values: dict[str, Any]) -> dict[str, Any]:
        return self._page([each for each in self.messages if values["ts"] in (each.ts, each.thread)], values)

    def _page(self, found: list[Posted], values: dict[str, Any]) -> dict[str, Any]:
        told = values.get("include_all_metadata") == "1"
        rows = [
            {
                "ts": each.ts,
                **({"thread_ts": each.thread} if each.thread else {}),
                **({"metadata": each.metadata} if told else {}),
            }
            for each in found
        ]
        return {"messages": [] if self.more else rows, "has_more": self.more}

    def _user(self, values: dict[str, Any]) -> dict[str, Any]:
        number = str(values["user"])
        profile = {"email": self.emails[number]} if number in self.emails else {}
        person = {"id": number, "team_id": WORKSPACE, "deleted": False, "is_bot": False, "is_email_confirmed": True}
        return {"user": person | self.people.get(number, {}) | {"profile": profile}}


def _values(request: Request) -> dict[str, Any]:
    if request.headers.get("content-type", "").startswith("application/json"):
        values: dict[str, Any] = json.loads(request.body)
        return values
    return dict(parse_qsl(request.body.decode()))
