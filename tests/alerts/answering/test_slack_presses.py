"""Buttons that are pressed in Slack: who pressed is known, and nobody else can press."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from slack_sdk.signature import SignatureVerifier

from apps.alerts.models import Channel, Incident
from apps.alerts.services import close_as, save_channel
from apps.common.clock import utc_now
from apps.teams.models import Member, Role, Team, User
from tests.alerts.answering.conftest import lines
from tests.alerts.conftest import deliver, found
from tests.alerts.listeners import SIGNING_SECRET
from tests.servers.http import Answer
from tests.servers.slack import CHANNEL, WORKSPACE, SlackServer

Make = Callable[..., Channel]
Press = Callable[..., Any]
ANNA = "U0ANNA"
OTHER_SECRET = "0therSigning5ecretDrawnByLot001"


@pytest.fixture
def http() -> Iterator[SlackServer]:
    server = SlackServer()
    server.start()
    server.emails[ANNA] = "Anna@Example.com"
    yield server
    server.stop()


@pytest.fixture
def bot(make: Make) -> Channel:
    return make("slack_bot")


@pytest.fixture
def told(team: Team, bot: Channel, operator: User) -> Incident:
    """An incident that stands in Slack."""
    incident = found(team, bot, at=utc_now())
    deliver(utc_now())
    return incident


def body_of(http: SlackServer, answer: str, **changes: Any) -> bytes:
    """What Slack sends when the button of the first message is pressed."""
    actions = [block for block in http.messages[0].values["blocks"] if block["type"] == "actions"]
    value = next(button["value"] for button in actions[0]["elements"] if button.get("action_id") == answer)
    payload = {
        "type": "block_actions", "user": {"id": ANNA, "team_id": WORKSPACE}, "team": {"id": WORKSPACE},
        "channel": {"id": CHANNEL}, "actions": [{"action_id": answer, "value": value}],
    }  # fmt: skip
    return urlencode({"payload": json.dumps(payload | changes)}).encode()


def sign(body: bytes, *, secret: str = SIGNING_SECRET, age: timedelta = timedelta()) -> dict[str, str]:
    stamp = str(int((utc_now() - age).timestamp()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
    assert signature
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}


def send(client: Client, channel: Channel, body: bytes, headers: dict[str, str]) -> Any:
    form = "application/x-www-form-urlencoded"
    return client.post(f"/hooks/slack/{channel.pk}/", body, content_type=form, headers=headers)


def press(client: Client, channel: Channel, http: SlackServer, answer: str, **changes: Any) -> int:
    body = body_of(http, answer, **changes)
    return int(send(client, channel, body, sign(body)).status_code)


def whispered(http: SlackServer) -> str:
    """What the person alone is shown."""
    while not http.whispers:
        http.wait()
    assert (http.whispers[0]["user"], http.whispers[0]["channel"]) == (ANNA, CHANNEL)
    return str(http.whispers[0]["text"])


def test_a_press_acknowledges_in_the_name_of_the_member(
    told: Incident, client: Client, bot: Channel, http: SlackServer, operator: User
) -> None:
    assert press(client, bot, http, "acknowledge") == 200
    told.refresh_from_db()
    assert (told.status, told.acknowledged_by) == ("acknowledged", operator)
    assert "Anna Berg (Slack) takes care of it." in lines(told)
    deliver(utc_now() + timedelta(seconds=5))
    assert "takes care of it." in http.messages[0].shown
    assert "acknowledge" not in http.messages[0].buttons


@pytest.mark.parametrize(
    ("answer", "status", "outcome", "snooze"),
    [("snooze", "open", "", "morning"), ("not_a_problem", "resolved", "false_alarm", "")],
)
def test_the_other_buttons_act_too(
    told: Incident, client: Client, bot: Channel, http: SlackServer, answer: str, status: str, outcome: str, snooze: str
) -> None:
    assert press(client, bot, http, answer) == 200
    told.refresh_from_db()
    assert (told.status, told.outcome, told.snooze) == (status, outcome, snooze)


@pytest.mark.parametrize(
    "fault", ["wrong secret", "old", "from the future", "other body", "none", "no number", "no ASCII"]
)
def test_a_forged_request_is_refused(
    told: Incident, client: Client, bot: Channel, http: SlackServer, fault: str
) -> None:
    body = body_of(http, "acknowledge")
    headers = {
        "wrong secret": sign(body, secret="another secret of another app"),
        "old": sign(body, age=timedelta(minutes=6)),
        "from the future": sign(body, age=-timedelta(minutes=6)),
        "other body": sign(body + b"&more=1"),
        "none": {},
        "no number": sign(body) | {"X-Slack-Request-Timestamp": "now"},
        "no ASCII": sign(body) | {"X-Slack-Signature": "v0=é"},
    }[fault]
    assert send(client, bot, body, headers).status_code == 403
    told.refresh_from_db()
    assert told.status == "open"
    assert "users.info" not in http.calls


def test_a_replayed_request_is_refused(told: Incident, client: Client, bot: Channel, http: SlackServer) -> None:
    body = body_of(http, "snooze")
    headers = sign(body)
    assert send(client, bot, body, headers).status_code == 200
    Incident.objects.update(snooze="", snoozed_until=None)
    assert send(client, bot, body, headers).status_code == 409
    told.refresh_from_db()
    assert told.snooze == ""


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("viewer", "needs the role of an operator in the team Data"),
        ("no member", "needs the role of an operator in the team Data"),
        ("no user", "no user of Midwatch with your mail address"),
        ("no address", "users:read.email"),
        ("unconfirmed address", "your address in Slack must be confirmed"),
        ("another workspace", "Only members of the workspace"),
    ],
)
def test_who_may_not_is_told_why(
    told: Incident, client: Client, bot: Channel, http: SlackServer, who: str, words: str
) -> None:
    changes: dict[str, Any] = {}
    if who == "viewer":
        Member.objects.update(role=Role.VIEWER)
    elif who == "no member":
        Member.objects.all().delete()
    elif who == "no user":
        http.emails[ANNA] = "stranger@example.com"
    elif who == "no address":
        http.emails.clear()
    elif who == "unconfirmed address":
        http.people[ANNA] = {"is_email_confirmed": False}
    else:
        changes = {"user": {"id": ANNA, "team_id": "T0002"}}
    assert press(client, bot, http, "acknowledge", **changes) == 200
    assert words in whispered(http)
    told.refresh_from_db()
    assert told.status == "open"


def test_slack_that_does_not_say_who_it_was_leaves_everything(
    told: Incident, client: Client, bot: Channel, http: SlackServer
) -> None:
    body = body_of(http, "acknowledge")
    http.answers.append(Answer(500))
    assert send(client, bot, body, sign(body)).status_code == 200
    assert "Slack did not tell Midwatch who you are" in whispered(http)
    told.refresh_from_db()
    assert told.status == "open"


def test_what_is_over_is_said(told: Incident, client: Client, bot: Channel, http: SlackServer, operator: User) -> None:
    close_as(incident=told, outcome="real", user=operator, now=utc_now())
    assert press(client, bot, http, "acknowledge") == 200
    assert "resolved already" in whispered(http)


@pytest.mark.parametrize("value", ["incident-1-20200101T000000Z", "incident-99999-x", "nonsense", "incident-²-x", ""])
def test_a_message_of_another_life_leads_nowhere(
    told: Incident, client: Client, bot: Channel, http: SlackServer, value: str
) -> None:
    actions = [{"action_id": "acknowledge", "value": value}]
    assert press(client, bot, http, "acknowledge", actions=actions) == 200
    assert "does not know the incident" in whispered(http)


def test_one_app_cannot_answer_for_the_messages_of_another(
    told: Incident, client: Client, bot: Channel, http: SlackServer
) -> None:
    other = Team.objects.create(name="Others")
    settings = bot.settings | {"bot_token": "xoxb-drawn-by-lot-000000001", "signing_secret": OTHER_SECRET}
    stranger = save_channel(team=other, name="theirs", type="slack_bot", settings=settings)
    body = body_of(http, "acknowledge")
    headers = sign(body, secret=OTHER_SECRET)
    assert send(client, stranger, body, headers).status_code == 200
    assert "does not know the incident" in whispered(http)
    told.refresh_from_db()
    assert told.status == "open"


@pytest.mark.parametrize(
    "body",
    [b"", b"payload=", b"payload=%7B", b"payload=[]", b"payload=%FF", b"ssl_check=1", b"\xff\xfe",
     urlencode({"payload": json.dumps({"actions": [{"action_id": "Zm9"}]})}).encode(),
     urlencode({"payload": "[" * 50_000}).encode()],
)  # fmt: skip
def test_what_is_no_press_is_let_pass(told: Incident, client: Client, bot: Channel, body: bytes) -> None:
    headers = sign(body) if body != b"\xff\xfe" else {}
    assert send(client, bot, body, headers).status_code == (200 if headers else 403)


def test_only_channels_with_a_signing_secret_listen(client: Client, make: Make, hook: Channel) -> None:
    without = make("slack_bot", signing_secret="")
    assert [send(client, each, b"x", {}).status_code for each in (without, hook)] == [404, 404]
    assert client.post("/hooks/slack/99999/").status_code == 404


def test_a_request_that_is_too_long_is_refused(client: Client, bot: Channel) -> None:
    assert send(client, bot, b"x" * 300_000, {}).status_code == 413
    assert client.get(f"/hooks/slack/{bot.pk}/").status_code == 405
