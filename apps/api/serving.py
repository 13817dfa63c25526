"""The parts of a running Midwatch: web pages, Celery worker, beat, and loops such as the dispatcher."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable

from celery import Celery
from celery.beat import Scheduler, Service
from celery.worker import state as worker_state
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from waitress import wasyncore
from waitress.server import create_server

from apps.common.errors import MidwatchError
from apps.common.parts import Part

WEB_THREADS = 8
BEAT_SECONDS = 1  # the longest sleep of beat, and so the longest wait for its end


class PortInUse(MidwatchError):
    """Another program listens on the port."""


def web(*, application: WSGIHandler, host: str, port: int) -> Part:
    """The pages. Listens at once, so that a port in use is known before anything else starts. Raises PortInUse."""
    sockets: dict[int, wasyncore.dispatcher] = {}
    try:
        # Waitress takes out what proxies say unless it is told that there are some.
        silent = settings.MIDWATCH_TRUSTED_PROXIES == 0
        server = create_server(
            application,
            map=sockets,
            host=host,
            port=port,
            threads=WEB_THREADS,
            ident=None,
            clear_untrusted_proxy_headers=silent,
        )
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise PortInUse(
            f"Port {port} is used by another program. Stop that one, or choose another port: make run PORT={port + 1}"
        ) from error

    def run() -> None:
        server.run()

    def close() -> None:
        server.task_dispatcher.shutdown()  # first: a thread that still answers would find its sockets gone
        wasyncore.close_all(sockets)

    def halt() -> None:
        # Waitress serves while any socket is open, idle browser connections too. They are closed by its own thread.
        server.trigger.pull_trigger(close)

    return Part("web server", run, halt)


def worker(app: Celery) -> Part:
    """The worker. It must run in the main thread; signals and the log are the caller's."""
    controller = app.WorkController(
        pool_cls=app.conf.worker_pool,
        without_mingle=True,
        without_gossip=True,
        without_heartbeat=True,
    )

    def run() -> None:
        controller.start()
        if controller.exitcode:
            raise MidwatchError(f"The worker gave up with exit code {controller.exitcode}; the lines above say why.")

    def halt() -> None:
        # An exit code, which the worker's loop looks at every two seconds; celery-types know its first value alone.
        worker_state.should_stop = 0  # type: ignore[assignment]

    return Part("worker", run, halt)


def beat(app: Celery) -> Part:
    """The clock. Its schedule is kept in memory alone, because what is due stands in the database."""
    service = Service(app, max_interval=BEAT_SECONDS, scheduler_cls=Scheduler)
    return Part("beat", service.start, service.stop)


def looping(name: str, loop: Callable[[threading.Event], None]) -> Part:
    """A loop that ends when the event it is given is set."""
    stop = threading.Event()
    return Part(name, lambda: loop(stop), stop.set)
