"""Two dispatchers that look at the same moment tell once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connections

from apps.alerts.models import Channel, Incident
from apps.alerts.services import snooze
from apps.teams.models import Team
from tests.alerts.conftest import NOW
from tests.alerts.silences.conftest import act, after, break_it, mend, mute, one, states

pytestmark = pytest.mark.django_db(transaction=True)


def twice(do: Callable[[datetime], None], at: datetime) -> None:
    """Let two threads do it at once. An error in one of them fails the test."""
    barrier, finished = threading.Barrier(2), []

    def work() -> None:
        barrier.wait()
        try:
            do(at)
            finished.append(True)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(finished) == 2


def test_one_summary(team: Team, ops: Channel) -> None:
    mute(team, kind="maintenance")
    break_it(*(one(team, ops, number=number) for number in range(1, 6)))
    twice(act, after(60))
    assert states("summary") == ["summary queued"]


def test_one_reminder(team: Team, ops: Channel) -> None:
    break_it(one(team, ops, severity="critical"))
    twice(act, after(30))
    assert states("reminder") == ["reminder queued"]


def test_one_end_of_a_snooze(team: Team, ops: Channel) -> None:
    [incident] = break_it(one(team, ops))
    snooze(incident=incident, mode="time", until=after(60), user=None, now=NOW, by="CI")
    twice(act, after(60))
    act(after(60))
    assert states("summary") == ["summary superseded", "summary queued"]


def test_one_roll_up_that_two_workers_fill(team: Team, ops: Channel) -> None:
    break_it(*(one(team, ops, number=number) for number in range(1, 11)))
    found = iter([range(100, 120), range(200, 220)])
    lock = threading.Lock()

    def report(at: datetime) -> None:
        with lock:
            numbers = next(found)
        break_it(*(one(team, ops, number=number) for number in numbers), at=at)

    twice(report, after(1))
    assert states("rollup") == ["rollup held"]
    twice(act, after(2))
    assert states("rollup") == ["rollup queued"]
    mend(100, 200, at=after(3))
    act(after(10))
    assert states("rollup") == ["rollup queued"] * 2
    assert Incident.objects.filter(status="resolved").count() == 2
