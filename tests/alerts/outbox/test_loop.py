"""The dispatcher's loop: what it does each second, and how little when there is nothing to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.alerts.acting import act_due
from apps.alerts.models import Channel, Delivery, Heartbeat
from apps.alerts.outbox.emergency import Watch
from apps.alerts.outbox.loop import turn
from apps.teams.models import Team
from tests.alerts.conftest import NOW, deliver, found
from tests.alerts.outbox.conftest import MINUTE
from tests.servers.http import Answer, HttpServer

pytestmark = pytest.mark.django_db
MOST_STATEMENTS = 30  # of an idle second, all of them reads by an index
WRITES = ("INSERT", "UPDATE", "DELETE", "BEGIN", "SAVEPOINT")


def test_it_does_what_is_due_and_leaves_a_heartbeat(team: Team, hook: Channel, mail: Channel, http: HttpServer) -> None:
    http.answers.append(Answer(410))
    found(team, hook)
    deliver()
    turn(NOW, Watch.here())
    assert Delivery.objects.filter(channel=mail, fallback_of__channel=hook).exists()
    assert Heartbeat.objects.get(process="dispatcher").worked_at == NOW


def test_an_idle_second_writes_nothing(team: Team, hook: Channel) -> None:
    found(team, hook)
    deliver()
    for second in range(13):  # what comes once a minute, or at the beginning, is done first
        turn(NOW + timedelta(seconds=second), Watch.here())
        deliver(NOW + timedelta(seconds=second))
    with CaptureQueriesContext(connection) as asked:
        turn(NOW + timedelta(seconds=13), Watch.here())
        deliver(NOW + timedelta(seconds=13))
    assert len(asked) <= MOST_STATEMENTS
    written = [query["sql"] for query in asked if query["sql"].startswith(WRITES)]
    assert written == [], written


def test_an_act_that_fails_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []

    def broken(*, now: object) -> int:
        raise ValueError("a fault")

    def fine(*, now: object) -> int:
        done.append("fine")
        return 1

    acts: tuple[Callable[..., int], ...] = (broken, fine)
    assert act_due(now=NOW + MINUTE, acts=acts) == 1
    assert done == ["fine"]
    assert "broken failed" in caplog.text
