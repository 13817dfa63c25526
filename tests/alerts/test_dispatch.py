"""Dispatchers as processes and threads: they die, stop and outlive errors."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.urls import reverse

from apps.alerts.models import Channel, Delivery
from apps.alerts.outbox.dispatcher import link_of
from apps.alerts.outbox.loop import run_forever
from apps.alerts.outbox.queue import LEASE
from apps.alerts.services import send_test
from apps.common.clock import utc_now
from apps.teams.models import Team
from tests.alerts.conftest import NOW, deliver, found
from tests.servers.http import Answer, HttpServer


@contextmanager
def manage(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A command in a process of its own, on the database of the tests."""
    database = connection.settings_dict
    url = f"sqlite:///{database['NAME']}"
    if connection.vendor == "postgresql":
        place = f"{database['HOST']}:{database['PORT']}/{database['NAME']}"
        url = f"postgres://{database['USER']}:{database['PASSWORD']}@{place}"
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": url},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.django_db(transaction=True)
def test_a_dispatcher_killed_in_the_middle_of_a_send_loses_nothing(team: Team, hook: Channel, http: HttpServer) -> None:
    http.answers.append(Answer(fault="hang"))
    incident = found(team, hook, at=utc_now())
    with manage("deliver", "--once") as dispatcher:
        http.wait()
        dispatcher.send_signal(signal.SIGKILL)
        dispatcher.wait()
    assert deliver(utc_now()) == 0
    assert deliver(utc_now() + LEASE + timedelta(seconds=1)) == 1
    assert http.requests[0].headers["webhook-id"] == http.requests[1].headers["webhook-id"]
    assert incident.deliveries.get().status == "sent"


@pytest.mark.django_db(transaction=True)
def test_the_dispatch_command_sends_until_it_is_told_to_stop(team: Team, hook: Channel, http: HttpServer) -> None:
    with manage("dispatch") as dispatcher:
        for _ in range(2):
            send_test(channel=hook, now=utc_now())
            http.wait()
        dispatcher.send_signal(signal.SIGTERM)
        assert dispatcher.wait(timeout=20) == 0
    assert set(Delivery.objects.values_list("status", flat=True)) == {"sent"}


@pytest.mark.django_db(transaction=True)
def test_a_slow_receiver_does_not_keep_the_other_senders_waiting(team: Team, hook: Channel, http: HttpServer) -> None:
    http.answers.append(Answer(fault="hang"))
    for _ in range(2):
        send_test(channel=hook, now=NOW)
    stop = threading.Event()
    loop = threading.Thread(target=run_forever, args=(stop,), kwargs={"now_source": lambda: NOW, "senders": 2})
    loop.start()
    http.wait()
    http.wait()
    stop.set()
    http.release()
    loop.join(timeout=20)
    assert not loop.is_alive()
    assert sorted(Delivery.objects.values_list("status", flat=True)) == ["queued", "sent"]


def test_an_error_of_the_database_is_logged_and_outlived(caplog: pytest.LogCaptureFixture) -> None:
    stop = threading.Event()

    def now() -> datetime:
        stop.set()
        raise OperationalError("the database is away")

    run_forever(stop, now_source=now, senders=1)
    assert "The outbox cannot be worked on" in caplog.text


@pytest.mark.django_db
def test_the_link_in_a_message_is_the_page_of_the_incident(team: Team, hook: Channel) -> None:
    incident, test = found(team, hook), send_test(channel=hook, now=NOW)
    base = settings.MIDWATCH_BASE_URL
    assert link_of(incident.deliveries.get()) == base + reverse("admin:alerts_incident_change", args=[incident.pk])
    assert link_of(test) == base + reverse("admin:alerts_channel_change", args=[hook.pk])
