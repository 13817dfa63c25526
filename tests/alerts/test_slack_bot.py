"""The bot in Slack: one message per incident, its thread and its buttons; against a listener that speaks its API."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.alerts.models import Channel, Delivery, Incident
from apps.alerts.services import Recovery, acknowledge, report, save_channel
from apps.common.errors import InvalidInput
from apps.teams.models import Team, User
from tests.alerts.conftest import KEY, NOW, deliver, found
from tests.alerts.listeners import SIGNING_SECRET
from tests.servers.http import Answer
from tests.servers.slack import CHANNEL, TOKEN, SlackServer

Make = Callable[..., Channel]
HOUR = timedelta(hours=1)
ALL_BUTTONS = ["acknowledge", "snooze", "not_a_problem"]


@pytest.fixture
def http() -> Iterator[SlackServer]:
    server = SlackServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def bot(make: Make) -> Channel:
    return make("slack_bot")


def tell(team: Team, bot: Channel, at: datetime = NOW, **facts: Any) -> Incident:
    incident = found(team, bot, at=at, **facts)
    deliver(at)
    return incident


def recover(at: datetime) -> None:
    report(findings=[], recoveries=[Recovery(KEY)], now=at)
    deliver(at)


def last() -> Delivery:
    return Delivery.objects.filter(channel__type="slack_bot").order_by("-pk")[0]


def test_an_incident_is_one_message_with_buttons(team: Team, bot: Channel, http: SlackServer) -> None:
    tell(team, bot)
    (message,) = http.messages
    assert "main.orders has not changed for 2 h 10 min" in message.shown
    assert message.buttons == ALL_BUTTONS
    assert "<!here> <@U024BE7LH>" in message.shown
    assert last().reference == f"{CHANNEL}/{message.ts}"


def test_without_a_signing_secret_there_are_no_buttons(team: Team, make: Make, http: SlackServer) -> None:
    tell(team, make("slack_bot", signing_secret=""))
    assert http.messages[0].buttons == []


def test_an_acknowledgement_changes_the_message_and_stands_in_its_thread(
    team: Team, bot: Channel, http: SlackServer, anna: User
) -> None:
    incident = tell(team, bot)
    acknowledge(incident=incident, user=anna, now=NOW + HOUR)
    deliver(NOW + HOUR)
    top, reply = http.messages
    assert "Anna Berg takes care of it." in top.shown
    assert "main.orders has not changed for 2 h 10 min" in top.shown
    assert top.buttons == ["snooze", "not_a_problem"]
    assert (reply.thread, reply.buttons) == (top.ts, [])
    assert "Anna Berg takes care of it." in reply.shown
    assert "reply_broadcast" not in reply.values or not reply.values["reply_broadcast"]


def test_the_end_changes_the_message_and_takes_its_buttons_away(team: Team, bot: Channel, http: SlackServer) -> None:
    tell(team, bot)
    recover(NOW + HOUR)
    top, reply = http.messages
    assert "[Resolved]" in top.shown
    assert (top.edits, top.buttons) == (1, [])
    assert reply.thread == top.ts
    assert "The trouble lasted" in reply.shown
    assert "<!here>" not in top.shown + reply.shown


def test_what_comes_back_is_the_same_message_and_is_shown_in_the_channel_again(
    team: Team, bot: Channel, http: SlackServer
) -> None:
    tell(team, bot)
    recover(NOW + HOUR)
    tell(team, bot, at=NOW + 2 * HOUR)
    top, _, reply = http.messages
    assert (top.edits, top.buttons) == (2, ALL_BUTTONS)
    assert "It came back" in top.shown
    assert reply.values["reply_broadcast"] is True
    assert "<!here>" in reply.shown


def test_a_message_that_somebody_deleted_is_posted_anew(team: Team, bot: Channel, http: SlackServer) -> None:
    tell(team, bot)
    http.messages.clear()
    recover(NOW + HOUR)
    (message,) = http.messages
    assert "[Resolved]" in message.shown
    assert last().reference == f"{CHANNEL}/{message.ts}"


def test_a_message_that_arrived_although_its_answer_was_lost_is_not_posted_twice(
    team: Team, bot: Channel, http: SlackServer
) -> None:
    http.lose = 1
    tell(team, bot)
    assert last().unconfirmed
    deliver(NOW + HOUR)
    assert len(http.messages) == 1
    assert (last().status, last().reference) == ("sent", f"{CHANNEL}/{http.messages[0].ts}")
    assert http.calls == ["chat.postMessage", "conversations.history"]


def test_a_message_that_was_lost_itself_is_posted_after_a_look(team: Team, bot: Channel, http: SlackServer) -> None:
    http.answers.append(Answer(fault="reset"))
    tell(team, bot)
    deliver(NOW + HOUR)
    assert http.calls == ["chat.postMessage", "conversations.history", "chat.postMessage"]
    assert "may be a repeat" not in http.messages[0].shown


def test_a_reply_whose_answer_was_lost_is_looked_for_in_the_thread(team: Team, bot: Channel, http: SlackServer) -> None:
    tell(team, bot)
    report(findings=[], recoveries=[Recovery(KEY)], now=NOW + HOUR)
    http.lose = 1
    deliver(NOW + HOUR)
    deliver(NOW + 2 * HOUR)
    assert [message.thread != "" for message in http.messages] == [False, True]
    assert last().status == "sent"
    assert http.calls[-2:] == ["chat.update", "conversations.replies"]


def test_the_end_finds_the_message_whose_answer_was_lost(team: Team, bot: Channel, http: SlackServer) -> None:
    http.lose = 1
    tell(team, bot)
    recover(NOW + HOUR)
    top, *_ = http.messages
    assert len(http.tops) == 1
    assert ("[Resolved]" in top.shown, top.buttons) == (True, [])
    assert "superseded" in Delivery.objects.filter(channel=bot).values_list("status", flat=True)


def test_what_a_thread_showed_in_the_channel_is_not_taken_for_the_message(
    team: Team, bot: Channel, http: SlackServer
) -> None:
    tell(team, bot)
    recover(NOW + HOUR)
    tell(team, bot, at=NOW + 2 * HOUR)
    Delivery.objects.update(reference="")
    recover(NOW + 3 * HOUR)
    assert len(http.tops) == 1
    assert last().reference == f"{CHANNEL}/{http.tops[0].ts}"


@pytest.mark.parametrize("trouble", ["no scope", "too many messages"])
def test_what_cannot_be_looked_up_is_repeated_with_a_word(
    team: Team, bot: Channel, http: SlackServer, trouble: str
) -> None:
    http.lose = 1
    tell(team, bot)
    http.refused = {"conversations.history": "missing_scope"} if trouble == "no scope" else {}
    http.more = trouble == "too many messages"
    deliver(NOW + HOUR)
    assert ["may be a repeat" in message.shown for message in http.messages] == [False, True]


@pytest.mark.parametrize(
    "error", ["token_revoked", "invalid_auth", "account_inactive", "not_in_channel", "is_archived"]
)
def test_a_token_that_is_revoked_in_the_middle_ends_it_with_advice(
    team: Team, bot: Channel, http: SlackServer, error: str
) -> None:
    tell(team, bot)
    http.refused = {"*": error}
    recover(NOW + HOUR)
    assert last().status == "dead"
    said, advice = last().error.split("”. ", 1)
    assert said == f"Slack answered “{error}"
    assert len(advice) > 20
    assert TOKEN not in last().error


@pytest.mark.parametrize("status", [200, 429])
def test_a_limit_is_kept_for_as_long_as_slack_says(team: Team, bot: Channel, http: SlackServer, status: int) -> None:
    body = json.dumps({"ok": False, "error": "ratelimited"}).encode()
    http.answers.append(Answer(status, body=body, headers={"Retry-After": "900"}))
    tell(team, bot)
    assert (last().status, last().due_at, last().unconfirmed) == ("queued", NOW + timedelta(seconds=900), False)


def test_names_from_outside_call_nobody(team: Team, bot: Channel, http: SlackServer) -> None:
    tell(team, bot, table="<!channel> <@U999EVIL>", severity="low")
    texts = json.dumps([http.messages[0].values["text"], http.messages[0].values["blocks"]])
    assert "mrkdwn" in texts
    marked = [block["text"]["text"] for block in http.messages[0].values["blocks"]
              if block.get("text", {}).get("type") == "mrkdwn"]  # fmt: skip
    assert not any("<!" in text for text in [*marked, http.messages[0].values["text"]])


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"bot_token": "xoxp-1"}, "bot_token"), ({"channel": "#alerts"}, "channel"), ({"channel": ""}, "channel"),
     ({"mentions": ["anna"]}, "mentions")],
)  # fmt: skip
def test_settings_of_the_wrong_form_are_refused(team: Team, changes: dict[str, Any], field: str) -> None:
    settings = {"bot_token": TOKEN, "signing_secret": SIGNING_SECRET, "channel": CHANNEL} | changes
    with pytest.raises(InvalidInput) as refused:
        save_channel(team=team, name="bot", type="slack_bot", settings=settings)
    assert refused.value.field == field
