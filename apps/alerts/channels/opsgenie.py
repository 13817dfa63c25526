"""An alert in Opsgenie, or in the operations part of Jira Service Management, through their alert API.

Fields and limits are those of Opsgenie's page "Alert API" and of Atlassian's page "Integration events" for Jira Service
Management, which takes the same requests at another address. An alert is created and closed by one alias per incident:
while it is open, the provider counts a repeat instead of alerting again. Closing is final for that alert; the alias may
open a new one, which is right for a trouble that came back. The outbox sends the messages of one incident in their
order, the end only once the beginning was accepted or given up.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal
from urllib.parse import quote

from pydantic import Field

from apps.alerts.channels.addresses import Key, provider_url
from apps.alerts.channels.bodies import cropped, encoded
from apps.alerts.channels.contract import ChannelDriver, Outgoing, Repeat, Sent
from apps.alerts.channels.http import post
from apps.alerts.channels.replies import Advice, judge, parsed, told
from apps.common.plugins import Settings
from apps.summaries.services import Message

PLACES = {
    "us": ("api.opsgenie.com", "/v2/alerts"),
    "eu": ("api.eu.opsgenie.com", "/v2/alerts"),
    "jira": ("api.atlassian.com", "/jsm/ops/integration/v2/alerts"),
}
PRIORITIES = {"critical": "P1", "high": "P2", "medium": "P3", "low": "P4"}
TEST_PRIORITY = "P5"
MAX_MESSAGE = 130
MAX_DESCRIPTION = 15_000
MAX_ENTITY = 512
MAX_DETAIL = 500  # all details together may have 8,000 characters
DETAILS = ("rule", "connection", "table", "situation", "checked_at")
# The provider reminds and escalates by itself; what it knows already would only call people again.
SILENT = {
    "reminder": "The provider knows of the trouble and reminds by itself.",
    "digest": "A digest is no reason to call anybody.",
}
KEY_ADVICE = "Check the API key, its rights to create and close alerts, and the region."
ADVICE: Advice = {
    401: KEY_ADVICE,
    403: KEY_ADVICE,
    404: "Check the region: the address of the API is not known there.",
    422: "The provider did not take the alert; tell whoever runs Midwatch.",
}


class OpsgenieSettings(Settings):
    """Which account is alerted."""

    api_key: Key = Field(title="API key", description="The key of an API integration that may create and close alerts.")
    region: Literal["us", "eu", "jira"] = Field(
        default="us",
        title="Region",
        description="us or eu for an Opsgenie account, jira for Jira Service Management.",
    )


class Opsgenie(ChannelDriver):
    """One request per message. The provider answers 202 with an id and works on the request afterwards."""

    label = "Opsgenie or Jira Service Management"
    repeat = Repeat.SAFE
    pages = True
    Settings: ClassVar[type[Settings]] = OpsgenieSettings

    def send(self, outgoing: Outgoing) -> Sent:
        kind = outgoing.message.kind
        if kind in SILENT:
            return Sent(SILENT[kind], left_out=True)
        if kind == "resolved":
            return Sent(f"The end was accepted{self._add('close', outgoing, self.seconds)}.")
        if kind == "changed":
            taken = outgoing.message.facts.get("acknowledged")
            request = self._add("acknowledge" if taken else "notes", outgoing, self.seconds)
            return Sent(f"The {'acknowledgement' if taken else 'note'} was accepted{request}.")
        if kind != "test":
            return Sent(f"The alert was accepted{self._create(outgoing, self.seconds)}.")
        # Nothing else would ever end a test, so it ends itself.
        began, ended = self._create(outgoing, self.seconds / 2), self._add("close", outgoing, self.seconds / 2)
        return Sent(f"The alert was accepted{began}, and its end{ended}.")

    def _create(self, outgoing: Outgoing, seconds: float) -> str:
        return self._post("", _alert(outgoing), seconds)

    def _add(self, act: str, outgoing: Outgoing, seconds: float) -> str:
        """Close, acknowledge or note something: each takes the alert's alias and a note."""
        note = cropped(_text(outgoing.message), MAX_DESCRIPTION)
        body = {"source": "Midwatch", "note": note}
        return self._post(f"/{quote(outgoing.incident, safe='')}/{act}?identifierType=alias", body, seconds)

    def _post(self, path: str, body: dict[str, Any], seconds: float) -> str:
        """Post, and return which request it was, in words."""
        host, base = PLACES[self.settings.region]
        key = self.settings.api_key.get_secret_value()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Midwatch",
            "Authorization": f"GenieKey {key}",
        }
        reply = post(provider_url(host, base + path), body=encoded(body), headers=headers, seconds=seconds)
        judge(reply, who=host, advice=ADVICE, otherwise=KEY_ADVICE, secrets=[key])
        request = parsed(reply.text).get("requestId")
        return f" as request {told(request, [key])}" if isinstance(request, str) else ""


def _alert(outgoing: Outgoing) -> dict[str, Any]:
    message, facts = outgoing.message, outgoing.message.facts
    details = {name: cropped(str(facts[name]), MAX_DETAIL) for name in DETAILS if facts.get(name)}
    return {
        "message": cropped(message.subject, MAX_MESSAGE),
        "alias": outgoing.incident,
        "description": cropped(_text(message), MAX_DESCRIPTION),
        "priority": TEST_PRIORITY if message.kind == "test" else PRIORITIES[message.severity],
        "source": "Midwatch",
        "entity": cropped(str(facts.get("table") or facts.get("connection") or "Midwatch"), MAX_ENTITY),
        "tags": ["midwatch", message.severity],
        "details": {**details, "link": message.link},
    }


def _text(message: Message) -> str:
    """The message as text. The link comes early, so that it is never what is cut off."""
    details = "\n".join(f"{name}: {value}" for name, value in message.details)
    return f"{message.headline}\n{message.link}\n\n{details}\n\n{message.footer}"
