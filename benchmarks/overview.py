"""The overview page with 1,000 rules: server time and queries of the page, and of the part that refreshes itself."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks import setting
from benchmarks.measure import in_own_process
from tests.servers.postgres import PostgresServer


def run_part(options: argparse.Namespace) -> None:
    del options
    for database in ("sqlite", "postgres"):
        in_own_process(_measure, database)


def _measure(database: str) -> None:
    server = PostgresServer().start() if database == "postgres" else None
    try:
        with tempfile.TemporaryDirectory() as home:
            if server:
                server.create_database("midwatch")
            setting.start(Path(home), database_url=server.url("midwatch") if server else "")
            from benchmarks.pages import measure_overview  # noqa: PLC0415

            measure_overview(database)
    finally:
        if server:
            server.stop()
