"""Channels of every type in a file: applied with their secrets from the environment, and exported without them."""

from __future__ import annotations

import json

import pytest

from apps.alerts.channels import CHANNELS
from apps.alerts.models import Channel
from apps.api.json_schema import schema_text
from apps.teams.models import Team
from tests.api.conftest import Desk

FILE = """\
version: 1
team: data-ops

channels:
  bot:
    type: slack_bot
    channel: C024BE91L
    mentions: [here]
    bot_token: ${SLACK_TOKEN}
    signing_secret: ${SLACK_SIGNING}
  chat:
    type: teams
    url: ${TEAMS_WORKFLOW}
  hook:
    type: webhook
    url: https://example.com/hook
    secret: ${HOOK_SECRET}
  jira:
    type: opsgenie
    region: jira
    api_key: ${JIRA_KEY}
  mail:
    type: email
    to: [ops@example.com]
  pager:
    type: pagerduty
    region: eu
    routing_key: ${PAGER_KEY}
  tail:
    type: apprise
    url: ${DISCORD}
  talk:
    type: slack
    mentions: [here, U024BE7LH]
    url: ${SLACK_WEBHOOK}
"""
ENVIRON = {
    "SLACK_TOKEN": "xoxb-drawn-by-lot-0005",
    "SLACK_SIGNING": "5igning5ecretDrawnByLot00000001",
    "DISCORD": "discord://drawn-by-lot-0006/drawn-by-lot-0007",
    "TEAMS_WORKFLOW": "https://example.com/workflows/1?sig=drawn-by-lot-0001",
    "HOOK_SECRET": "a secret that both sides know",
    "JIRA_KEY": "drawn-by-lot-0002",
    "PAGER_KEY": "R0UTINGKEY0DRAWN0BY0LOT000000001",
    "SLACK_WEBHOOK": "https://example.com/services/T0/B0/drawn-by-lot-0003",
}


def sealed() -> dict[str, str]:
    """All secrets of all channels."""
    return {value: channel.name for channel in Channel.objects.all() for value in channel.secrets.open().values()}


def test_every_type_of_channel_is_in_the_file() -> None:
    assert all(f"type: {key}\n" in FILE for key in CHANNELS)


def test_what_is_exported_is_what_was_applied_with_the_names_of_the_secrets(desk: Desk) -> None:
    desk.apply(FILE, environ=ENVIRON)
    assert set(sealed()) == set(ENVIRON.values())
    assert desk.export() == FILE


@pytest.mark.parametrize("environ", [{}, ENVIRON], ids=["without secrets", "with secrets"])
def test_applying_it_again_changes_nothing(desk: Desk, environ: dict[str, str]) -> None:
    desk.apply(FILE, environ=ENVIRON)
    before = sealed()
    again = desk.apply(desk.export(), environ=environ)
    assert again.plan.summary == "0 to add, 0 to change, 0 to remove, 8 unchanged."
    assert sealed() == before


def test_a_new_secret_in_the_environment_is_a_change_and_is_shown_nowhere(desk: Desk) -> None:
    desk.apply(FILE, environ=ENVIRON)
    other = "https://example.com/services/T0/B0/drawn-by-lot-0004"
    outcome = desk.apply(FILE, environ=ENVIRON | {"SLACK_WEBHOOK": other})
    assert outcome.plan.summary == "0 to add, 1 to change, 0 to remove, 7 unchanged."
    assert "talk" in sealed()[other]
    assert not any(secret in str(outcome) for secret in (*ENVIRON.values(), other))


@pytest.mark.parametrize(
    ("name", "value", "path"),
    [
        ("PAGER_KEY", "drawn-by-lot-too-short", "routing_key"),
        ("SLACK_WEBHOOK", "drawn-by-lot-no-address", "url"),
        ("JIRA_KEY", "drawn by lot", "api_key"),
    ],
)
def test_a_secret_that_cannot_work_is_refused_by_line_without_being_repeated(
    desk: Desk, name: str, value: str, path: str
) -> None:
    desk.environ = ENVIRON | {name: value}
    (problem,) = [line for line in desk.refused(FILE) if path in line]
    assert problem.startswith("monitors.yml, line ")
    assert value not in problem
    assert not Team.objects.filter(name="data-ops", channels__isnull=False).exists()


def test_the_schema_offers_the_choices_of_every_type() -> None:
    definitions = json.loads(schema_text())["$defs"]
    regions = [part["properties"]["region"].get("enum") for part in definitions.values() if "properties" in part
               and "region" in part["properties"]]  # fmt: skip
    assert ["us", "eu"] in regions
    assert ["us", "eu", "jira"] in regions
