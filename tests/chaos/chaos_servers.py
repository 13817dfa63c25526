"""Redis and PostgreSQL go away, there are two of everything, and receivers misbehave. Run by `make chaos`."""

from __future__ import annotations

import pytest

from tests.chaos.chaos_kills import begin_and_end, settle
from tests.chaos.house import House, wait_until
from tests.chaos.truth import check_story, check_truth
from tests.servers.http import Answer

ALL = ("beat", "worker", "dispatcher")


def test_a_flushed_redis_costs_nothing(house: House) -> None:
    for name in ALL:
        house.start(name)
    house.break_orders()
    for _ in range(3):
        house.redis.restart()
    house.pass_time(minutes=3)
    begin_and_end(house)
    check_story(house)


def test_without_redis_for_ten_minutes_messages_leave_and_checks_are_made_up_for(house: House) -> None:
    house.break_orders()
    house.manage("run_rules")
    for name in ALL:
        house.start(name)
    house.redis.pause()
    wait_until(lambda: house.posts("opened") and house.mails())
    house.mend()
    house.pass_time(minutes=10)
    assert not house.posts("resolved")
    house.redis.resume()
    wait_until(lambda: house.posts("resolved") and len(house.mails()) == 2)
    settle(house)
    check_story(house)


@pytest.mark.parametrize("crash", [False, True], ids=["in order", "crash"])
def test_a_postgresql_that_restarts_in_the_middle_of_a_send_loses_nothing(house: House, crash: bool) -> None:
    house.http.answers.append(Answer(fault="hang"))
    for name in ALL:
        house.start(name)
    house.break_orders()
    wait_until(lambda: house.http.requests)
    house.store.restart(crash=crash)
    house.http.release()
    wait_until(lambda: house.rows("SELECT 1 FROM alerts_delivery WHERE status = 'sent'"))
    house.pass_time(minutes=3)
    begin_and_end(house)
    check_story(house)


def test_two_beats_and_two_dispatchers_and_two_workers_tell_everything_once(house: House) -> None:
    for name in (*ALL, *ALL):
        house.start(name)
    house.break_orders()
    begin_and_end(house)
    check_story(house)
    assert set(house.posts().values()) == set(house.mails().values()) == {1}


@pytest.mark.parametrize(
    "answer",
    [Answer(429, headers={"Retry-After": "60"}), Answer(500), Answer(fault="hang"), Answer(fault="reset")],
    ids=["429", "500", "hang", "reset"],
)
def test_a_receiver_that_misbehaves_gets_every_message_in_the_end(house: House, answer: Answer) -> None:
    for name in ALL:
        house.start(name)
    house.http.answers.extend([answer, answer])
    house.break_orders()
    wait_until(house.mails)
    for attempts in (1, 2):
        failed = f"SELECT 1 FROM alerts_delivery WHERE status = 'queued' AND error <> '' AND attempts = {attempts}"
        wait_until(lambda failed=failed: house.rows(failed))  # type: ignore[misc]
        house.pass_time(minutes=3)
    begin_and_end(house)
    check_story(house)


def test_a_receiver_that_is_gone_is_told_of_elsewhere_and_comes_back(house: House) -> None:
    house.http.answers.append(Answer(410))
    for name in ALL:
        house.start(name)
    house.break_orders()
    broken = "SELECT id FROM alerts_incident WHERE key LIKE 'channel/%' AND status <> 'resolved'"
    wait_until(lambda: house.rows(broken) and len(house.mails()) == 2)
    house.mend()
    wait_until(lambda: not house.rows(broken) and len(house.mails()) == 4)
    settle(house)
    assert len(house.posts("resolved")) == 1
    check_truth(house)
