"""Many rules due in the same moment: how late they are claimed, started and stored, by real processes on PostgreSQL and
Redis: `celery worker` and `celery beat` as in production.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import setting
from benchmarks.measure import in_own_process
from tests.servers.postgres import PostgresServer
from tests.servers.valkey import ValkeyServer

CONNECTIONS = 10


def run_part(options: argparse.Namespace) -> None:
    for rules in sorted({1000, options.rules}):
        in_own_process(_measure, rules)


def _measure(rules: int) -> None:
    server = PostgresServer(options=("shared_buffers=512MB", "max_connections=200")).start()
    redis = ValkeyServer().start()
    try:
        with tempfile.TemporaryDirectory() as home:
            server.create_database("midwatch")
            for number in range(CONNECTIONS):
                server.create_database(f"watched_{number}")
            setting.start(Path(home), database_url=server.url("midwatch"), redis_url=redis.url)
            from benchmarks.lateness import measure_lateness, watch_rules  # noqa: PLC0415

            watch_rules([server.settings(f"watched_{number}") for number in range(CONNECTIONS)], rules, server)
            worker = _celery("worker", "--pool", "threads", "--concurrency", "4", "--loglevel", "ERROR")
            beat = _celery("beat", "--schedule", str(Path(home) / "beat"), "--loglevel", "ERROR")
            try:
                measure_lateness(rules, worker.pid, beat.pid)
            finally:
                for process in (beat, worker):
                    process.terminate()
                    process.wait()
    finally:
        redis.stop()
        server.stop()


def _celery(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "celery", "-q", "-A", "config.celery", *arguments], env=dict(os.environ)
    )
