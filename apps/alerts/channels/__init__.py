"""The channels: one file each, one line here."""

from apps.alerts.channels.contract import ChannelDriver
from apps.common.plugins import Registry

CHANNELS: Registry[ChannelDriver] = Registry(
    "channel type",
    {
        "email": "apps.alerts.channels.email.Email",
        "slack_bot": "apps.alerts.channels.slack_bot.SlackBot",
        "slack": "apps.alerts.channels.slack.Slack",
        "teams": "apps.alerts.channels.teams.Teams",
        "pagerduty": "apps.alerts.channels.pagerduty.PagerDuty",
        "opsgenie": "apps.alerts.channels.opsgenie.Opsgenie",
        "webhook": "apps.alerts.channels.webhook.Webhook",
        "apprise": "apps.alerts.channels.apprise.Apprise",
    },
    own={"canary": "apps.alerts.channels.canary.Canary"},
)
