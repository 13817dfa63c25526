"""A card in a Microsoft Teams channel or chat through a workflow that waits for web requests.

Fields and limits are those of Microsoft's pages "Create incoming webhooks with Workflows for Microsoft Teams" and
"Designing Adaptive Cards for your Teams app" and of the schema of Adaptive Cards 1.4. A workflow can neither look up
nor change what it posted, and its acceptance is no delivery: it posts afterwards. A send that was not confirmed is
repeated with words that say so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import Field

from apps.alerts.channels.addresses import SecretAddress, secrets_in
from apps.alerts.channels.bodies import Cut, fitted
from apps.alerts.channels.contract import ChannelDriver, Outgoing, Repeat, Sent
from apps.alerts.channels.http import post
from apps.alerts.channels.replies import Advice, judge
from apps.common.plugins import Settings
from apps.summaries.services import Message, in_language

# Teams takes 28 kB after the workflow has expanded the card, which makes it longer.
MAX_BODY = 20_000
MAX_ROWS = 60
COLORS = {"critical": "Attention", "high": "Warning", "medium": "Accent", "low": "Default"}
NEW_ADDRESS = "Copy the address from the workflow again."
ADVICE: Advice = {
    400: "The workflow did not take the card: its first step must be “When a Teams webhook request is received”.",
    401: f"The signature in the address is not valid, or the workflow lets only some people call it. {NEW_ADDRESS}",
    403: f"The signature in the address is not valid, or the workflow lets only some people call it. {NEW_ADDRESS}",
    404: "The workflow was deleted or switched off. Switch it on, or make a new one and give its address.",
    410: "The workflow was deleted. Make a new one and give its address.",
    413: "The card was too large for the workflow; tell whoever runs Midwatch.",
}
OTHERWISE = "Check that the address is that of a Teams workflow that waits for web requests."


class TeamsSettings(Settings):
    """Where messages go."""

    url: SecretAddress = Field(
        title="Workflow address",
        description="The address that the workflow “When a Teams webhook request is received” shows. Who knows it can "
        "post, so it is kept secret.",
    )


class Teams(ChannelDriver):
    """One card per event."""

    label = "Microsoft Teams (workflow)"
    repeat = Repeat.VISIBLE
    per_second = 1.0  # its flow and the bot behind it are throttled at a few per second, by limits that change
    Settings: ClassVar[type[Settings]] = TeamsSettings

    def send(self, outgoing: Outgoing) -> Sent:
        url = self.settings.url.get_secret_value()
        headers = {"Content-Type": "application/json", "User-Agent": "Midwatch"}
        reply = post(url, body=body_of(outgoing.message), headers=headers, seconds=self.seconds)
        judge(reply, who="The Teams workflow", advice=ADVICE, otherwise=OTHERWISE, secrets=secrets_in(url))
        return Sent("The Teams workflow took the card; whether it was posted stands in the run history of the flow.")


def body_of(message: Message) -> bytes:
    """The JSON body: one Adaptive Card."""
    return fitted(MAX_BODY, lambda cut: {"type": "message", "attachments": [_attachment(message, cut)]})


def _attachment(message: Message, cut: Cut) -> dict[str, Any]:
    label = in_language("Open in Midwatch", facts=message.facts)
    card = {
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": cut.of(message.subject),
        "msteams": {"width": "Full"},
        "body": list(_body(message, cut)),
        "actions": [{"type": "Action.OpenUrl", "title": label, "url": message.link}],
    }
    return {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}


def _body(message: Message, cut: Cut) -> Iterator[dict[str, Any]]:
    color = {"resolved": "Good", "test": "Default"}.get(message.kind) or COLORS[message.severity]
    yield _line(_run(cut.of(message.subject), size="Large", weight="Bolder", color=color))
    yield _line(_run(cut.of(message.headline)))
    shown = min(MAX_ROWS, cut.items or MAX_ROWS)
    for name, value in message.details[:shown]:
        yield _line(_run(f"{name}: ", weight="Bolder"), _run(cut.of(value)), spacing="Small")
    if left := len(message.details[shown:]):
        yield _line(_run(f"{left:,} more in Midwatch."), spacing="Small")
    yield _line(_run(cut.of(message.footer), size="Small", isSubtle=True))


def _line(*runs: dict[str, Any], **look: str) -> dict[str, Any]:
    """A line of runs. Unlike a TextBlock or a FactSet they know no Markdown, so a name from outside stays a name."""
    return {"type": "RichTextBlock", "inlines": list(runs), **look}


def _run(text: str, **look: str | bool) -> dict[str, Any]:
    return {"type": "TextRun", "text": text, **look}
