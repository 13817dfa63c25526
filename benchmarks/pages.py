"""Pages with 1,000 rules, 10,000 incidents and 1,000,000 checks: server time, queries and size of each.

Every page is to answer within 150 ms (the median), with at most 20 queries and less than 300 kB.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks import setting
from benchmarks.measure import in_own_process
from tests.servers.postgres import PostgresServer


def run_part(options: argparse.Namespace) -> None:
    for database in options.databases:
        in_own_process(_measure, database, options.checks, options.pages)


def _measure(database: str, checks: int, wanted: str) -> None:
    server = PostgresServer().start() if database == "postgres" else None
    try:
        with tempfile.TemporaryDirectory() as home:
            if server:
                server.create_database("midwatch")
            setting.start(Path(home), database_url=server.url("midwatch") if server else "")
            from benchmarks.pagetimes import measure_pages  # noqa: PLC0415

            measure_pages(database, checks, wanted)
    finally:
        if server:
            server.stop()
