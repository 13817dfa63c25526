"""From a breach to an accepted message, with Redis and without; and a thousand rules that break in the same moment.

Real processes on PostgreSQL: with Redis worker, beat and dispatcher as in production, without it `manage.py up`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import setting
from benchmarks.measure import in_own_process
from tests.servers.http import HttpServer
from tests.servers.ports import free_port
from tests.servers.postgres import PostgresServer
from tests.servers.valkey import ValkeyServer

CELERY = ("-m", "celery", "-q", "-A", "config.celery")
WITH_REDIS = (
    (*CELERY, "worker", "--pool", "threads", "--concurrency", "4", "--loglevel", "ERROR"),
    (*CELERY, "beat", "--scheduler", "celery.beat:Scheduler", "--loglevel", "ERROR"),
    ("manage.py", "dispatch"),
)
WITHOUT_REDIS = (("manage.py", "up", "--no-demo"),)


def run_part(options: argparse.Namespace) -> None:
    in_own_process(_measure, True, options.breaches)
    in_own_process(_measure, False, options.breaches)
    in_own_process(_storm, 1000)


def _measure(with_redis: bool, breaches: int) -> None:
    with _house(with_redis=with_redis) as (server, http):
        from benchmarks.breaching import measure_breaches, watch_orders  # noqa: PLC0415

        rule = watch_orders(server, http.url)
        with _processes(*(WITH_REDIS if with_redis else WITHOUT_REDIS)):
            measure_breaches(server, http, rule, breaches, with_redis=with_redis)


def _storm(rules: int) -> None:
    with _house(with_redis=False) as (_, http):
        from benchmarks.breaching import measure_storm  # noqa: PLC0415

        with _processes(("manage.py", "dispatch")):
            measure_storm(http, rules)


@contextmanager
def _house(*, with_redis: bool) -> Iterator[tuple[PostgresServer, HttpServer]]:
    """Django set up on a database of its own, and a listener."""
    server = PostgresServer(options=("max_connections=200",)).start()
    redis, http = ValkeyServer().start() if with_redis else None, HttpServer().start()
    try:
        with tempfile.TemporaryDirectory() as home:
            server.create_database("midwatch")
            server.create_database("shop")
            os.environ |= {"MIDWATCH_PRIVATE_ADDRESSES": "allow", "PORT": str(free_port())}
            setting.start(Path(home), database_url=server.url("midwatch"), redis_url=redis.url if redis else "")
            yield server, http
    finally:
        http.stop()
        if redis:
            redis.stop()
        server.stop()


@contextmanager
def _processes(*commands: tuple[str, ...]) -> Iterator[None]:
    quiet = subprocess.DEVNULL
    running = [subprocess.Popen([sys.executable, *command], env=dict(os.environ), stdout=quiet) for command in commands]
    try:
        yield
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait()
