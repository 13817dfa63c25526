"""A message in a Slack channel through an incoming webhook.

The answers are those of Slack's page "Sending messages using incoming webhooks". An incoming webhook can neither look
up nor change what it posted, and knows no key of a message, so a send that was not confirmed is repeated with words
that say so.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from apps.alerts.channels.addresses import SecretAddress, secrets_in
from apps.alerts.channels.bodies import fitted
from apps.alerts.channels.contract import ChannelDriver, Outgoing, Repeat, Sent
from apps.alerts.channels.http import post
from apps.alerts.channels.replies import Advice, judge
from apps.alerts.channels.slackblocks import MAX_BODY, Mentions, blocks, calls, fallback
from apps.common.plugins import Settings
from apps.summaries.services import Message

NEW_ADDRESS = "Make a new incoming webhook in Slack and give its address to this channel."
ADVICE: Advice = {
    "invalid_token": f"The address is not valid any more. {NEW_ADDRESS}",
    "action_prohibited": "The workspace does not let this webhook post there; ask who administers it.",
    "posting_to_general_channel_denied": "Only some members may post in that channel; choose another in Slack.",
    "channel_is_archived": "The Slack channel was archived. Bring it back, or give the address of another webhook.",
    "channel_not_found": f"The Slack channel is gone. {NEW_ADDRESS}",
    "user_not_found": "Correct the mentions: one of the members is not known in the workspace.",
    403: f"The webhook may not post. {NEW_ADDRESS}",
    404: f"The webhook was revoked, or its app was removed from the workspace. {NEW_ADDRESS}",
    410: f"The webhook was revoked. {NEW_ADDRESS}",
}
OTHERWISE = "Check that the address is that of a Slack incoming webhook."


class SlackSettings(Settings):
    """Where messages go and who is called by name."""

    url: SecretAddress = Field(
        title="Webhook address",
        description="The address of a Slack incoming webhook. Who knows it can post, so it is kept secret.",
    )
    mentions: Mentions = Field(default=[])


class Slack(ChannelDriver):
    """One message per event. Slack answers 200 once it has posted the message."""

    label = "Slack (incoming webhook)"
    repeat = Repeat.VISIBLE
    per_second = 1.0  # Slack's page “Rate limits”: one message per second and channel
    Settings: ClassVar[type[Settings]] = SlackSettings

    def send(self, outgoing: Outgoing) -> Sent:
        url = self.settings.url.get_secret_value()
        body = body_of(outgoing.message, self.settings.mentions)
        headers = {"Content-Type": "application/json", "User-Agent": "Midwatch"}
        reply = post(url, body=body, headers=headers, seconds=self.seconds)
        judge(reply, who="Slack", advice=ADVICE, otherwise=OTHERWISE, secrets=secrets_in(url))
        return Sent("Slack posted the message.")


def body_of(message: Message, mentions: list[str]) -> bytes:
    """The JSON body: blocks for people, and a text for notifications and for receivers that know no blocks."""
    called = calls(message, mentions)
    text = fallback(message, called)
    return fitted(MAX_BODY, lambda cut: {"text": text, "blocks": list(blocks(message, called, cut))})
