"""What Slack sends when a button is pressed: whether it is really from Slack, and what it says. Pure.

After Slack's pages "Verifying requests from Slack" and "block_actions payload".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from slack_sdk.signature import Clock, SignatureVerifier

from apps.alerts.answering.acts import Answer
from apps.common.records import record

TIME, SIGNATURE = "X-Slack-Request-Timestamp", "X-Slack-Signature"


@record
class Press:
    """A button that a person pressed. `workspace` is that of the app, `home` that of the person; `incident` is the name
    that the message carries."""

    answer: Answer
    incident: str
    person: str
    home: str
    workspace: str
    channel: str


class _Then(Clock):
    """The SDK asks this for the time."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> float:
        return self._now.timestamp()


def is_from_slack(*, secret: str, body: bytes, headers: Mapping[str, str], now: datetime) -> bool:
    """Whether Slack signed these bytes with `secret` within five minutes of `now`."""
    verifier = SignatureVerifier(secret, _Then(now))
    try:
        return verifier.is_valid(body, headers.get(TIME), headers.get(SIGNATURE))
    except (ValueError, TypeError):  # no number, no UTF-8, no ASCII: what Slack never sends
        return False


def digest_of(headers: Mapping[str, str]) -> str:
    """By what a request is remembered; only that of a request which is from Slack says anything."""
    return hashlib.sha256(headers[SIGNATURE].encode()).hexdigest()


def press_of(body: bytes) -> Press | None:
    """The press that a request tells of; None for anything else, such as the press of a button that only leads away."""
    try:
        payload: Any = json.loads(parse_qs(body.decode())["payload"][0])
        (action,) = payload["actions"]
        return Press(
            answer=Answer(action["action_id"]),
            incident=str(action["value"]),
            person=str(payload["user"]["id"]),
            home=str(payload["user"].get("team_id", "")),
            workspace=str(payload["team"]["id"]),
            channel=str(payload["channel"]["id"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
