"""A page through PagerDuty's Events API v2: an incident triggers, its end resolves.

Fields and limits are those of PagerDuty's pages "Send an Alert Event" and "PD-CEF" and of its published schema of the
Events API v2. All events of one incident carry one deduplication key, so PagerDuty adds a repeat to the incident that
it has already. The key outlives the end: a trigger with it opens a new PagerDuty incident, which is right for a trouble
that came back or got worse, and would be a false page for a trigger that comes late. Against that stands the outbox:
per incident and channel one message is on its way at a time, in their order, and the end is sent only once the
beginning was accepted or given up. Only a sender that stands still for longer than its lease and then goes on could
break that order.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field, SecretStr, field_validator

from apps.alerts.channels.addresses import Key, provider_url
from apps.alerts.channels.bodies import Cut, cropped, encoded, fitted
from apps.alerts.channels.contract import ChannelDriver, Outgoing, Repeat, Sent
from apps.alerts.channels.http import post
from apps.alerts.channels.replies import Advice, judge
from apps.common.plugins import Settings

HOSTS = {"us": "events.pagerduty.com", "eu": "events.eu.pagerduty.com"}
PATH = "/v2/enqueue"
SEVERITIES = {"critical": "critical", "high": "error", "medium": "warning", "low": "info"}
KEY_LENGTH = 32
MAX_SUMMARY = 1_024
MAX_BODY = 100_000  # PagerDuty takes 512 kB; nobody reads that on a phone
ADVICE: Advice = {
    "routing_key": "Copy the integration key from the Events API v2 integration of the PagerDuty service again.",
    400: "PagerDuty did not understand the event; tell whoever runs Midwatch.",
    401: "Check the integration key and the region.",
    403: "Check the integration key and the region.",
}
OTHERWISE = "Check the integration key and the region."
# PagerDuty reminds and escalates by itself; what it knows already would only call people again.
SILENT = {
    "reminder": "PagerDuty knows of the trouble and reminds by itself.",
    "digest": "A digest is no reason to call anybody.",
}


class PagerDutySettings(Settings):
    """Which PagerDuty service is paged."""

    routing_key: Key = Field(
        title="Integration key",
        description="The 32 characters of an Events API v2 integration of the PagerDuty service.",
    )
    region: Literal["us", "eu"] = Field(
        default="us", title="Region", description="Where the PagerDuty account lives: us, or eu for accounts in the EU."
    )

    @field_validator("routing_key")
    @classmethod
    def _is_whole(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value()) != KEY_LENGTH:
            raise ValueError(f"an integration key has {KEY_LENGTH} characters; copy it again")
        return value


class PagerDuty(ChannelDriver):
    """One event per message. An answer of 202 says that PagerDuty keeps the event, and works on it afterwards."""

    label = "PagerDuty"
    repeat = Repeat.SAFE
    pages = True
    Settings: ClassVar[type[Settings]] = PagerDutySettings

    def send(self, outgoing: Outgoing) -> Sent:
        kind, name = outgoing.message.kind, outgoing.incident
        if kind in SILENT:
            return Sent(SILENT[kind], left_out=True)
        if kind == "resolved":
            self._send(self._short("resolve", outgoing), self.seconds)
            return Sent(f"PagerDuty accepted the end of {name}.")
        if kind == "changed" and outgoing.message.facts.get("acknowledged"):
            self._send(self._short("acknowledge", outgoing), self.seconds)
            return Sent(f"PagerDuty accepted that somebody takes care of {name}.")
        is_test = kind == "test"
        self._send(self._trigger(outgoing), self.seconds / 2 if is_test else self.seconds)
        if not is_test:
            return Sent(f"PagerDuty accepted {name}.")
        # Nothing else would ever end a test, so it ends itself.
        self._send(self._short("resolve", outgoing), self.seconds / 2)
        return Sent(f"PagerDuty accepted the beginning and the end of {name}.")

    def _send(self, body: bytes, seconds: float) -> None:
        url = provider_url(HOSTS[self.settings.region], PATH)
        headers = {"Content-Type": "application/json", "User-Agent": "Midwatch"}
        reply = post(url, body=body, headers=headers, seconds=seconds)
        key = self.settings.routing_key.get_secret_value()
        judge(reply, who="PagerDuty", advice=ADVICE, otherwise=OTHERWISE, secrets=[key])

    def _event(self, action: str, outgoing: Outgoing) -> dict[str, Any]:
        key = self.settings.routing_key.get_secret_value()
        return {"routing_key": key, "event_action": action, "dedup_key": outgoing.incident}

    def _short(self, action: str, outgoing: Outgoing) -> bytes:
        return encoded(self._event(action, outgoing))

    def _trigger(self, outgoing: Outgoing) -> bytes:
        link = outgoing.message.link
        event = self._event("trigger", outgoing) | {
            "client": "Midwatch",
            "client_url": link,
            "links": [{"href": link, "text": "Open in Midwatch"}],
        }
        return fitted(MAX_BODY, lambda cut: {**event, "payload": _payload(outgoing, cut)})


def _payload(outgoing: Outgoing, cut: Cut) -> dict[str, Any]:
    message, facts = outgoing.message, outgoing.message.facts
    told = {
        "summary": cropped(message.subject, MAX_SUMMARY),
        "source": cropped(str(facts.get("table") or facts.get("connection") or "Midwatch"), MAX_SUMMARY),
        "severity": "info" if message.kind == "test" else SEVERITIES[message.severity],
        "timestamp": facts.get("event_at"),
        "component": cropped(str(facts.get("table") or ""), MAX_SUMMARY),
        "group": cropped(str(facts.get("connection") or ""), MAX_SUMMARY),
        "class": facts.get("situation"),
        "custom_details": {
            "What happened": cut.of(message.headline),
            **{name: cut.of(value) for name, value in message.details},
            "facts": cut.of(facts),
        },
    }
    return {name: value for name, value in told.items() if value}
