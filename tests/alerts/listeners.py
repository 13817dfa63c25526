"""Settings with which every kind of channel reaches a listener on loopback, and what in them is secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.alerts.channels import CHANNELS, opsgenie, pagerduty, slackapi
from tests.servers.http import HttpServer
from tests.servers.slack import CHANNEL, TOKEN

SLACK_TOKEN = "SlackTokenDrawnByLot0001"
TEAMS_SIGNATURE = "TeamsSignature-Drawn_ByLot/0001"
ROUTING_KEY = "R0UTINGKEY0DRAWN0BY0LOT0000000001"[:32]
API_KEY = "0a1b2c3d-drawn-by-lot-0001"
HOOK_SECRET = "a secret that both sides know"
SIGNING_SECRET = "5igning5ecretDrawnByLot00000001"
APPRISE_TOKEN = "AppriseTokenDrawnByLot0001"
SECRETS = (
    SLACK_TOKEN, TEAMS_SIGNATURE, TEAMS_SIGNATURE.replace("/", "%2F"), ROUTING_KEY, API_KEY, HOOK_SECRET, TOKEN,
    SIGNING_SECRET, APPRISE_TOKEN,
)  # fmt: skip
OVER_HTTP = [key for key in CHANNELS if key != "email"]
# Of what Apprise was answered, it tells only whether the message was taken.
JUDGED = [key for key in OVER_HTTP if key != "apprise"]
HOSTS = (*pagerduty.HOSTS.values(), *(host for host, _ in opsgenie.PLACES.values()), slackapi.HOST)
# The most bytes of one message that each provider is given; the SDK of Slack writes three bytes as up to six.
LIMITS = {"slack": 12_000, "slack_bot": 36_000, "teams": 20_000, "pagerduty": 100_000, "opsgenie": 40_000,
          "webhook": 20_000, "apprise": 12_000}  # fmt: skip


def settings_for(key: str, http: HttpServer) -> dict[str, Any]:
    """Complete settings of the channel type `key`; whatever it sends over HTTP arrives at `http`."""
    signed = f"sig={TEAMS_SIGNATURE.replace('/', '%2F')}"
    every: Mapping[str, dict[str, Any]] = {
        "email": {"to": ["ops@example.com"]},
        "slack": {"url": f"{http.origin}/services/T0/B0/{SLACK_TOKEN}", "mentions": ["here", "U024BE7LH"]},
        "slack_bot": {
            "bot_token": TOKEN, "signing_secret": SIGNING_SECRET, "channel": CHANNEL, "mentions": ["here", "U024BE7LH"],
        },
        "teams": {"url": f"{http.origin}/workflows/1/triggers/manual/paths/invoke?api-version=1&{signed}"},
        "pagerduty": {"routing_key": ROUTING_KEY},
        "opsgenie": {"api_key": API_KEY, "region": "eu"},
        "webhook": {"url": http.url, "secret": HOOK_SECRET},
        "apprise": {"url": f"json://{http.host}:{http.port}/{APPRISE_TOKEN}"},
    }  # fmt: skip
    return every[key]


def stand_ins(http: HttpServer) -> dict[str, str]:
    """All hosts of the providers' APIs, led to `http`."""
    return dict.fromkeys(HOSTS, http.origin)
