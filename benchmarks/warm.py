"""What a pass costs in a worker that is already running: ten passes in one process, each with 10 % written since."""

from __future__ import annotations

import argparse
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import setting, tables
from benchmarks.measure import in_own_process, median, print_table
from tests.servers.postgres import PostgresServer

PASSES = 10


def run_part(options: argparse.Namespace) -> None:
    in_own_process(_measure, options.tables)


def _measure(count: int) -> None:
    planned = tables.plan(count)
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0).isoformat(sep=" ")
    server = PostgresServer(options=("shared_buffers=1GB", "autovacuum=off")).start()
    try:
        tables.fill_postgres(server.url(), "bench", planned, now)
        with tempfile.TemporaryDirectory() as home:
            setting.start(Path(home))
            _passes(server, count)
    finally:
        server.stop()


def _passes(server: PostgresServer, count: int) -> None:
    # Only now can models be imported.
    from benchmarks.watchful import floor_seconds, pass_seconds, watch_everything  # noqa: PLC0415

    watch_everything(server.settings("bench"))
    pass_seconds()  # the first pass reads every table
    ours = [pass_seconds(written=10) for _ in range(PASSES)]
    floor = [floor_seconds(server.url("bench"), count) for _ in range(3)]
    started = time.process_time()
    pass_seconds(written=0)
    cpu = time.process_time() - started
    print_table(
        ("warm pass", "tables", "median s", "slowest s", "x floor"),
        [
            ("floor, one statement a table", count, median(floor), max(floor), 1.0),
            ("midwatch, 10 % written since", count, median(ours), max(ours), median(ours) / median(floor)),
        ],
    )
    print(f"\nA pass in which nothing was written: {cpu:.2f} CPU s.")
