"""What a provider takes in a second, and the pauses that it asks for, hold for the whole channel."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connections

from apps.alerts.channels import CHANNELS
from apps.alerts.models import Channel, ChannelState, Delivery
from apps.alerts.outbox import channelstate
from apps.teams.models import Team
from tests.alerts.conftest import NOW, deliver, found
from tests.alerts.outbox.conftest import MINUTE
from tests.servers.http import Answer, HttpServer

SECOND = timedelta(seconds=1)


def test_a_channel_with_a_limit_gets_one_message_a_second(team: Team, slack: Channel) -> None:
    for number in range(3):
        found(team, slack, key=f"rule/{number}")
    assert [deliver(NOW + second * SECOND / 2) for second in range(6)] == [1, 0, 1, 0, 1, 0]


def test_another_channel_does_not_wait_for_it(team: Team, slack: Channel, hook: Channel) -> None:
    for number in range(3):
        found(team, slack, hook, key=f"rule/{number}")
    assert deliver() == 1 + 3


def test_a_pause_that_the_provider_asks_for_is_one_of_the_channel(team: Team, hook: Channel, http: HttpServer) -> None:
    http.answers.append(Answer(429, headers={"Retry-After": "300"}))
    for number in range(3):
        found(team, hook, key=f"rule/{number}")
    assert deliver() == 1
    assert deliver(NOW + 299 * SECOND) == 0
    assert deliver(NOW + 300 * SECOND) == 3


def test_a_shorter_pause_does_not_end_a_longer_one(hook: Channel) -> None:
    channelstate.pause(hook, seconds=300, now=NOW)
    channelstate.pause(hook, seconds=10, now=NOW + SECOND)
    assert ChannelState.objects.get(channel=hook).paused_until == NOW + 5 * MINUTE


def test_an_absurd_wait_is_cut_to_six_hours(team: Team, hook: Channel, http: HttpServer) -> None:
    http.answers.append(Answer(429, headers={"Retry-After": "9" * 400}))
    found(team, hook)
    deliver()
    assert ChannelState.objects.get(channel=hook).paused_until == NOW + 360 * MINUTE
    assert "429" in Delivery.objects.get().error


def test_a_clock_that_is_put_back_leaves_no_channel_paused(team: Team, slack: Channel) -> None:
    found(team, slack, at=NOW + 60 * MINUTE)
    assert deliver(NOW + 60 * MINUTE) == 1
    found(team, slack, key="rule/2")
    found(team, slack, key="rule/3")
    assert deliver(NOW) == 1
    assert deliver(NOW + SECOND) == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_senders_at_once_one_gets_the_turn(slack: Channel) -> None:
    barrier = threading.Barrier(4)
    turns: list[bool] = []

    def send() -> None:
        barrier.wait()
        turns.append(channelstate.take_turn(slack, per_second=1, now=NOW))
        connections.close_all()

    for moment in (NOW, NOW + SECOND):
        threads = [threading.Thread(target=send) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(turns) == [False, False, False, True], moment
        turns.clear()
        ChannelState.objects.update(paused_until=None)


@pytest.mark.parametrize("key", ["slack", "teams"])
def test_what_people_read_in_chat_has_a_limit(key: str, make: Callable[..., Channel]) -> None:
    assert CHANNELS[key].per_second > 0
