"""Where Midwatch's own test ends: a message that comes this far has gone the whole way, and is swallowed."""

from __future__ import annotations

from apps.alerts.channels.contract import ChannelDriver, Outgoing, Repeat, Sent
from apps.common.plugins import Settings


class Canary(ChannelDriver):
    """Nobody can choose it, since whatever is sent to it reaches nobody."""

    label = "Midwatch's own test"
    repeat = Repeat.SAFE
    Settings = Settings

    def send(self, outgoing: Outgoing) -> Sent:
        return Sent("The canary arrived.")
