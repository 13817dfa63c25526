"""One cold pass of freshness and volume over many tables: Midwatch against the bare driver, turn by turn."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import tables
from benchmarks.measure import Run, in_own_process, median, print_table, run
from tests.servers.postgres import PostgresServer

HERE = Path(__file__).resolve().parent
SERVER = ("shared_buffers=1GB", "autovacuum=off", "max_wal_size=4GB")


def run_engine(engine: str, dsn: str, planned: list[tables.Planned], rounds: int, folder: Path) -> None:
    """Print a table of medians for one engine. Every run must find what was planted."""
    names = folder / "tables.txt"
    names.write_text("\n".join(table.name for table in planned), encoding="utf-8")
    base = {
        **os.environ,
        "PEERBENCH_ENGINE": engine,
        "PEERBENCH_DSN": dsn,
        "PEERBENCH_TABLES_FILE": str(names),
        "PEERBENCH_TS_COLUMN": "updated_at",
        "PEERBENCH_FRESHNESS_SECONDS": str(tables.STALE_AFTER),
        "PEERBENCH_MIN_ROWS": str(tables.MIN_ROWS),
        "PEERBENCH_WORKDIR": str(folder),
    }
    peer = [sys.executable, str(HERE / "peer.py")]
    floor = [sys.executable, str(HERE / "floor.py")]
    run(peer, {**base, "PEERBENCH_PHASE": "prepare"})
    contestants = {
        "floor, one statement a table": ([*floor, "sequential"], base),
        **({"floor, catalogue only": ([*floor, "meta"], base)} if engine == "postgres" else {}),
        "midwatch, 10 % written since": (peer, {**base, "PEERBENCH_WRITTEN": "10"}),
        "midwatch, every table read": (peer, {**base, "PEERBENCH_WRITTEN": "100"}),
    }
    runs: dict[str, list[Run]] = {name: [] for name in contestants}
    for _ in range(rounds + 1):
        for name, (command, environment) in contestants.items():
            runs[name].append(run(command, environment))
    _print(engine, planned, {name: found[1:] for name, found in runs.items()})


def _print(engine: str, planned: list[tables.Planned], runs: dict[str, list[Run]]) -> None:
    print(f"### {engine}, {len(planned):,} tables, {sum(table.rows for table in planned):,} rows\n")
    base = next(iter(runs.values()))
    want = tables.expected(planned)
    rows = []
    for name, found in runs.items():
        right = all(r.answer[key] == want[key] for r in found for key in want if "catalogue" not in name)
        ratios = [r.wall / b.wall for r, b in zip(found, base, strict=True)]
        rows.append(
            (name, median(r.wall for r in found), median(ratios), median(r.cpu for r in found),
             median(r.peak for r in found), "yes" if right else "NO")
        )  # fmt: skip
    print_table(("pass", "wall s", "x floor", "client CPU s", "peak MiB", "right answer"), rows)


def run_part(options: argparse.Namespace) -> None:
    planned = tables.plan(options.tables)
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0).isoformat(sep=" ")
    with tempfile.TemporaryDirectory() as scratch:
        server = PostgresServer(options=SERVER).start()
        try:
            in_own_process(tables.fill_postgres, server.url(), "bench", planned, now)
            (Path(scratch) / "postgres").mkdir()
            dsn = server.url("bench")
            run_engine("postgres", dsn, planned, options.rounds, Path(scratch) / "postgres")
        finally:
            server.stop()
        path = Path(scratch) / "bench.duckdb"
        in_own_process(tables.fill_duckdb, path, planned, now)
        (Path(scratch) / "duckdb").mkdir()
        run_engine("duckdb", f"duckdb:///{path}", planned, options.rounds, Path(scratch) / "duckdb")
