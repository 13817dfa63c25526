"""A signed JSON message to a program, with the headers of Standard Webhooks.

The `webhook-id` is the delivery's key and stays the same over all attempts, so the receiver can drop a repeat.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from typing import Any, ClassVar

from pydantic import Field, SecretStr, field_validator

from apps.alerts.channels.contract import ChannelDriver, Outgoing, Repeat, SendFailed, SendRefused
from apps.alerts.channels.http import Reply, post, retry_after_seconds, target_of
from apps.common.clock import utc_now
from apps.common.plugins import Settings

MIN_SECRET = 24
SECRET_PREFIX = "whsec_"  # noqa: S105 (a prefix, not a secret)
MAX_BODY = 20_000
# How much of long lists and texts is kept, tried one after another until the body is small enough.
SHORTENINGS = ((200, 2_000), (50, 500), (10, 200), (3, 100))
RETRIED = frozenset({302, 303, 307, 408, 409, 425, 429})
ANSWER_LIMIT = 200
ADVICE = {
    401: "Check the secret on both sides.",
    403: "Check the secret on both sides.",
    404: "Check the address.",
    410: "The receiver no longer wants messages; remove the channel or give a new address.",
}


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

    def send(self, outgoing: Outgoing) -> str:
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
        return _verdict(post(self.settings.url, body=body, headers=headers))


def body_of(outgoing: Outgoing) -> bytes:
    """The JSON body, below 20 kB. A shortened one says so in `data.shortened`."""
    message = outgoing.message
    data: dict[str, Any] = {
        **message.facts,
        "incident": outgoing.thread,
        "severity": message.severity,
        "subject": message.subject,
        "headline": message.headline,
        "link": message.link,
    }
    kind = "test" if message.kind == "test" else f"incident.{message.kind}"
    envelope = {"type": kind, "timestamp": message.facts.get("event_at"), "data": data}
    body = _encoded(envelope)
    for items, characters in SHORTENINGS:
        if len(body) < MAX_BODY:
            break
        body = _encoded({**envelope, "data": {**_shortened(data, items, characters), "shortened": True}})
    return body


def _encoded(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _shortened(value: Any, items: int, characters: int) -> Any:
    if isinstance(value, str) and len(value) > characters:
        return value[: characters - 1] + "…"
    if isinstance(value, list | tuple):
        return [_shortened(item, items, characters) for item in value[:items]]
    if isinstance(value, dict):
        return {name: _shortened(item, items, characters) for name, item in value.items()}
    return value


def _verdict(reply: Reply) -> str:
    """The receipt. Raises SendFailed or SendRefused for any answer but 2xx."""
    if 200 <= reply.status < 300:
        return f"The receiver answered {reply.status}."
    said = " ".join(reply.text[:ANSWER_LIMIT].split())
    words = f"The receiver answered {reply.status}" + (f": “{said}”." if said else ".")
    if 300 <= reply.status < 400:
        place = reply.headers.get("location", "")[:ANSWER_LIMIT]
        words += f" Midwatch does not follow redirects (to {place or 'nowhere'}); give the final address."
    if reply.status >= 500 or reply.status in RETRIED:
        raise SendFailed(words, retry_after=retry_after_seconds(reply.headers.get("retry-after", ""), utc_now()))
    raise SendRefused(f"{words} {ADVICE.get(reply.status, 'Check the address and what the receiver expects.')}")
