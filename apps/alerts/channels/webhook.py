"""A signed JSON message to a program, with the headers of Standard Webhooks.

The `webhook-id` is the delivery's key and stays the same over all attempts, so the receiver can drop a repeat.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Any, ClassVar

from pydantic import Field, SecretStr, field_validator

from apps.alerts.channels.bodies import fitted
from apps.alerts.channels.contract import ChannelDriver, Outgoing, Repeat, Sent
from apps.alerts.channels.http import post, target_of
from apps.alerts.channels.replies import Advice, judge
from apps.common.clock import utc_now
from apps.common.plugins import Settings

MIN_SECRET = 24
SECRET_PREFIX = "whsec_"  # noqa: S105 (a prefix, not a secret)
MAX_BODY = 20_000
SEVERAL_OVER = {"resolved": "rollup.resolved"}
ADVICE: Advice = {
    401: "Check the secret on both sides.",
    403: "Check the secret on both sides.",
    404: "Check the address.",
    410: "The receiver no longer wants messages; remove the channel or give a new address.",
}
OTHERWISE = "Check the address and what the receiver expects."


class WebhookSettings(Settings):
    """Where messages go and how they are signed."""

    url: str = Field(title="Address", description="Gets each message as an HTTP POST of JSON.", max_length=2_000)
    secret: SecretStr | None = Field(
        default=None,
        title="Secret",
        description="Signs the messages: whsec_ and base64, or a text of at least 24 characters. Empty: no signature.",
    )

    @field_validator("url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        target_of(value)
        return value

    @field_validator("secret")
    @classmethod
    def _is_strong(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(key_of(value.get_secret_value())) < MIN_SECRET:
            raise ValueError(f"the secret is too short to be safe; use at least {MIN_SECRET} bytes")
        return value


def key_of(secret: str) -> bytes:
    """The signing key that `secret` stands for. Raises ValueError for a `whsec_` that is no base64."""
    if not secret.startswith(SECRET_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("what follows whsec_ is not base64; copy the secret again") from error


def sign(key: bytes, *, message_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` header: version 1, HMAC-SHA256 of id, time and body."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


class Webhook(ChannelDriver):
    """One POST per message. Only an answer of 2xx counts as accepted."""

    label = "Webhook"
    repeat = Repeat.SAFE
    Settings: ClassVar[type[Settings]] = WebhookSettings

    def send(self, outgoing: Outgoing) -> Sent:
        body, timestamp = body_of(outgoing), int(utc_now().timestamp())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Midwatch",
            "webhook-id": outgoing.key,
            "webhook-timestamp": str(timestamp),
        }
        if self.settings.secret is not None:
            key = key_of(self.settings.secret.get_secret_value())
            headers["webhook-signature"] = sign(key, message_id=outgoing.key, timestamp=timestamp, body=body)
        reply = post(self.settings.url, body=body, headers=headers, seconds=self.seconds)
        known = [self.settings.secret.get_secret_value()] if self.settings.secret else []
        judge(reply, who="The receiver", advice=ADVICE, otherwise=OTHERWISE, secrets=known)
        return Sent(f"The receiver answered {reply.status}.")


def body_of(outgoing: Outgoing) -> bytes:
    """The JSON body, below 20 kB. A shortened one says so in `data.shortened`."""
    message = outgoing.message
    several = not outgoing.about_one and message.kind != "test"
    data: dict[str, Any] = {
        **message.facts,
        **({"series": outgoing.incident} if several else {"incident": outgoing.thread}),
        "severity": message.severity,
        "subject": message.subject,
        "headline": message.headline,
        "link": message.link,
    }
    kind = f"incident.{message.kind}" if outgoing.about_one else SEVERAL_OVER.get(message.kind, message.kind)
    envelope = {"type": kind, "timestamp": message.facts.get("event_at"), "data": data}
    return fitted(MAX_BODY, lambda cut: {**envelope, "data": {**cut.of(data), "shortened": True} if cut.cuts else data})
