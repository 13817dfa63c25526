"""Slack's Web API: the official SDK builds and reads, and our own way out carries it.

The SDK would follow redirects, read answers of any length and wait as long as bytes trickle in. So the one method in
which it opens a connection is replaced by `post`, and what Slack says is told in this project's own errors. The names
of errors are those of Slack's pages on chat.postMessage, chat.update, conversations.history and users.info.
"""

from __future__ import annotations

import logging
from typing import Any
from urllib.request import Request

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from apps.alerts.channels.addresses import provider_url
from apps.alerts.channels.contract import SendFailed, SendRefused
from apps.alerts.channels.http import post, retry_after_seconds
from apps.alerts.channels.replies import Advice, judge, parsed, told
from apps.common.clock import utc_now

HOST = "slack.com"
MAX_REPLY = 8 * 1024 * 1024  # a page of a channel's history, with all its blocks
NEW_TOKEN = "Install the app in the workspace again and give this channel its new bot token."  # noqa: S105 (advice)
CHECK = "Check the bot token and the rights of the app."
PASSING = frozenset(
    {"ratelimited", "rate_limited", "service_unavailable", "team_added_to_org", "internal_error", "fatal_error",
     "request_timeout"}
)  # fmt: skip
UNSURE = frozenset({"internal_error", "fatal_error", "request_timeout"})  # part of it may have happened
ADVICE = {
    "account_inactive": f"The app was removed from the workspace. {NEW_TOKEN}",
    "invalid_auth": f"The bot token is not valid. {NEW_TOKEN}",
    "not_authed": f"The bot token is missing. {NEW_TOKEN}",
    "token_expired": f"The bot token has expired. {NEW_TOKEN}",
    "token_revoked": f"The bot token was revoked. {NEW_TOKEN}",
    "channel_not_found": "The bot does not see this channel. Check its ID, and invite the bot to it.",
    "not_in_channel": "Invite the bot to the Slack channel.",
    "is_archived": "The Slack channel was archived. Bring it back, or give the ID of another.",
    "missing_scope": "The app lacks a right. Give it the scopes in the documentation, and install it again.",
    "no_permission": "The app may not post there; ask who administers the workspace.",
    "restricted_action": "Only some members may post in that channel; choose another.",
    "msg_blocks_too_long": "The message was too long for Slack; tell whoever runs Midwatch.",
    "invalid_blocks": "Slack did not take the message; tell whoever runs Midwatch.",
}
STATUS_ADVICE: Advice = {401: CHECK, 403: CHECK}

# The SDK writes to a logger what it then raises as well; the raising is enough.
silent = logging.getLogger("midwatch.slack_sdk")
silent.setLevel(logging.CRITICAL + 1)


class SlackRefused(SendRefused):
    """Slack's own word against a request, under its own name for it."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class SlackApi(WebClient):
    """One workspace, as a bot. Each call takes at most `seconds`."""

    def __init__(self, token: str, *, seconds: float) -> None:
        super().__init__(token, base_url=provider_url(HOST, "/api/"), logger=silent, retry_handlers=[])
        self.seconds = seconds
        self._secret = token

    def ask(self, method: str, **values: Any) -> dict[str, Any]:
        """Call `method`, and return the answer. Raises SendFailed or, with Slack's name for it, SlackRefused."""
        given = {name: value for name, value in values.items() if value is not None}
        try:
            answer = self.api_call(method, json=given) if "blocks" in given else self.api_call(method, params=given)
        except SlackApiError as error:
            raise self._failure(error) from error
        return dict(answer.data)  # type: ignore[arg-type]  # bytes come from methods for files alone

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        body = req.data if isinstance(req.data, bytes) else b""
        reply = post(url, body=body, headers=dict(req.header_items()), seconds=self.seconds, most=MAX_REPLY)
        judge(reply, who="Slack", advice=STATUS_ADVICE, otherwise=CHECK, secrets=[self._secret])
        if "ok" not in parsed(reply.text):
            said = told(reply.text, [self._secret])
            raise SendFailed(f"Slack answered what Midwatch does not understand: “{said}”.", unconfirmed=True)
        return {"status": reply.status, "headers": dict(reply.headers), "body": reply.text}

    def _failure(self, error: SlackApiError) -> SendFailed | SlackRefused:
        response = error.response
        code = told(str(response.get("error") or "no reason"), [self._secret])
        if code in PASSING:
            wait = retry_after_seconds(str(response.headers.get("retry-after", "")), utc_now())
            return SendFailed(f"Slack answered “{code}”.", retry_after=wait, unconfirmed=code in UNSURE)
        return SlackRefused(f"Slack answered “{code}”. {ADVICE.get(code, CHECK)}", code=code)
