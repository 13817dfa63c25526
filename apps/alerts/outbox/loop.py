"""The dispatcher's loop: some threads that send, and one that does what time brings about. It outlives every error."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from django.db import Error, close_old_connections, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from apps.alerts.acting import act_due
from apps.alerts.outbox.dispatcher import deliver_due
from apps.alerts.outbox.emergency import Watch
from apps.alerts.watching.heartbeats import beat
from apps.common.clock import utc_now

log = logging.getLogger("midwatch.alerts")

POLL_SECONDS = 1.0
PAUSE_AFTER_ERROR_SECONDS = 5.0
SENDERS = 4  # one slow receiver must not keep the others waiting


def run_forever(stop: threading.Event, *, now_source: Callable[[], datetime] = utc_now, senders: int = SENDERS) -> None:
    """Sweep every second until `stop` is set. Outlives errors of the database; begun messages are finished."""
    threads = [
        threading.Thread(target=_send_until, args=(stop, now_source), name=f"sender {number}")
        for number in range(1, senders + 1)
    ]
    threads.append(threading.Thread(target=_act_until, args=(stop, now_source), name="acts"))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _send_until(stop: threading.Event, now_source: Callable[[], datetime]) -> None:
    pause = 0.0
    while not stop.wait(pause):
        try:
            close_old_connections()
            pause = 0.0 if deliver_due(now_source=now_source) else POLL_SECONDS
        except Exception:  # the loop must outlive a database that is away, and anything else
            log.exception("The outbox cannot be worked on; trying again in %d s.", PAUSE_AFTER_ERROR_SECONDS)
            pause = PAUSE_AFTER_ERROR_SECONDS
    connections.close_all()


def _act_until(stop: threading.Event, now_source: Callable[[], datetime]) -> None:
    watch = Watch.here()
    pause = 0.0
    while not stop.wait(pause):
        try:
            close_old_connections()
            pause = turn(now_source(), watch)
        except Exception:  # as above; each act has caught its own errors already
            log.exception("What is due cannot be looked for; trying again in %d s.", PAUSE_AFTER_ERROR_SECONDS)
            pause = PAUSE_AFTER_ERROR_SECONDS
    connections.close_all()


def turn(now: datetime, watch: Watch) -> float:
    """Do what is due, or say that the database is away. Returns after how many seconds to look again."""
    if not sees(connection, now=now, watch=watch):
        return PAUSE_AFTER_ERROR_SECONDS
    act_due(now=now)
    beat("dispatcher", now)
    return POLL_SECONDS


def sees(database: BaseDatabaseWrapper, *, now: datetime, watch: Watch) -> bool:
    """Whether the database answers; the watch is told in either case."""
    try:
        with database.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        watch.blind(error, now=now)
        return False
    watch.seeing(now=now)
    return True
