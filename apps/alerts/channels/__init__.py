"""The channels: one file each, one line here."""

from apps.alerts.channels.contract import ChannelDriver
from apps.common.plugins import Registry

CHANNELS: Registry[ChannelDriver] = Registry(
    "channel type",
    {
        "email": "apps.alerts.channels.email.Email",
        "webhook": "apps.alerts.channels.webhook.Webhook",
    },
)
