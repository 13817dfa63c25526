"""A process that rests is noticed, and one that works costs little."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.alerts.models import Heartbeat
from apps.alerts.services import beat, last_worked
from apps.alerts.watching.heartbeats import FORGET, NEVER_RESTING, PATIENCE, forget_hosts, resting
from tests.alerts.conftest import NOW

SECOND = timedelta(seconds=1)


@pytest.mark.django_db
def test_a_heartbeat_is_written_once_in_ten_seconds() -> None:
    for seconds in range(10):
        beat("worker", NOW + seconds * SECOND)
    assert last_worked() == {"worker": NOW}
    beat("worker", NOW + 10 * SECOND)
    assert last_worked() == {"worker": NOW + 10 * SECOND}


@pytest.mark.django_db
def test_in_between_it_costs_one_read() -> None:
    beat("worker", NOW)
    with CaptureQueriesContext(connection) as queries:
        beat("worker", NOW + SECOND)
    assert len(queries) == 1


@pytest.mark.django_db
def test_each_host_has_its_own_and_the_latest_counts() -> None:
    beat("dispatcher", NOW, host="one")
    beat("dispatcher", NOW - timedelta(hours=1), host="two")
    assert Heartbeat.objects.count() == 2
    assert last_worked() == {"dispatcher": NOW}


@pytest.mark.django_db
def test_details_are_those_of_the_last_beat() -> None:
    beat("worker", NOW, batches=1)
    beat("worker", NOW + timedelta(minutes=1), batches=2)
    assert Heartbeat.objects.get().details == {"batches": 2}


@pytest.mark.django_db
def test_a_host_that_is_gone_for_a_week_is_forgotten() -> None:
    beat("worker", NOW - FORGET - SECOND, host="old")
    beat("canary", NOW - FORGET - SECOND, host="")
    beat("worker", NOW - FORGET + SECOND, host="away")
    forget_hosts(now=NOW)
    assert {(row.process, row.host) for row in Heartbeat.objects.all()} == {("canary", ""), ("worker", "away")}


def test_a_process_rests_when_it_missed_a_minute() -> None:
    worked = {work.process: NOW for work in NEVER_RESTING}
    assert resting(worked, now=NOW + PATIENCE) == []
    assert len(resting(worked, now=NOW + PATIENCE + SECOND)) == len(NEVER_RESTING)


def test_a_process_that_never_worked_rests() -> None:
    assert [stale.work.process for stale in resting({"beat": NOW}, now=NOW)] == ["dispatcher"]
