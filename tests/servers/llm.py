"""A language model on loopback that speaks OpenAI's chat completions, and fails in every way that one can.

The shape of requests and answers is that of the page "Create chat completion" of OpenAI's API reference.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.servers.http import Answer, HttpServer, Request

Writes = Callable[[str], str]


class ModelServer(HttpServer):
    """`says` gives its text for the request of a user; `answers` laid ready come first, as with every listener."""

    def __init__(self, says: Writes | str = "") -> None:
        super().__init__()
        self.says = says

    @property
    def base(self) -> str:
        return f"{self.origin}/v1"

    @property
    def asked(self) -> list[dict[str, Any]]:
        """The bodies of the requests."""
        return [json.loads(each.body) for each in self.requests]

    def usual(self, request: Request) -> Answer:
        sent = json.loads(request.body)["messages"][-1]["content"]
        return completion(self.says(sent) if callable(self.says) else self.says)


def completion(text: str | None, **changes: Any) -> Answer:
    """A good answer with this text; `changes` are to its message."""
    message = {"role": "assistant", "content": text, **changes}
    body = {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1_795_000_000, "model": "double",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 700, "completion_tokens": 60, "total_tokens": 760},
    }  # fmt: skip
    return as_json(body)


def as_json(body: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json"})


def error(status: int, text: str) -> Answer:
    """An error as the service words them."""
    return as_json({"error": {"message": text, "type": "error", "code": None}}, status)


def stream(text: str) -> Answer:
    """What a service sends that streams although nobody asked for it."""
    part = json.dumps({"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": text}}]})
    return Answer(200, f"data: {part}\n\ndata: [DONE]\n\n".encode(), {"Content-Type": "text/event-stream"})


# Every way to fail that gives no text at all, by name.
FAULTS: dict[str, Answer] = {
    "slow": Answer(fault="hang"),
    "reset": Answer(fault="reset"),
    "500": error(500, "The server had an error"),
    "429": error(429, "Rate limit reached"),
    "401": error(401, "Incorrect API key provided"),
    "redirect": Answer(302, b"", {"Location": "http://127.0.0.1:9/v1"}),
    "broken JSON": Answer(200, b'{"choices": [{"mess', {"Content-Type": "application/json"}),
    "no completion": as_json({"hello": "world"}),
    "no choices": as_json({"id": "1", "object": "chat.completion", "choices": []}),
    "a list": as_json(["nothing", "useful"]),
    "huge": Answer(200, b"x" * 3_000_000, {"Content-Type": "application/json"}),
    "a stream": stream("main.orders is late."),
    "no JSON": Answer(200, b"<html>Welcome</html>", {"Content-Type": "text/html"}),
}
