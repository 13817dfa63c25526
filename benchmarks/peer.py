"""Midwatch under the contract of a harness that runs peers and us side by side: `--external 'midwatch=python peer.py'`.

`prepare` migrates, applies a YAML file with two rules that cover every table, and makes the first pass. `run` is one
steady pass by the product's own runner in a cold process. PEERBENCH_WRITTEN (per cent, default 10) says how many tables
count as written since the last look: their mark is forgotten first, so that they are read again; 100 reads every table.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
WORKDIR = Path(os.environ["PEERBENCH_WORKDIR"])
os.environ["MIDWATCH_HOME"] = str(WORKDIR / "home")
PREPARING = os.environ.get("PEERBENCH_PHASE") == "prepare"
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings" if PREPARING else "config.checking"  # as manage.py does
sys.path.insert(0, str(ROOT))

import django  # noqa: E402

from config import collector  # noqa: E402

collector.relax()  # as manage.py does
django.setup()
gc.freeze()

from django.core.management import call_command  # noqa: E402
from django.db import connection, connections  # noqa: E402

from apps.common.clock import utc_now  # noqa: E402
from apps.rules.checking import check_now  # noqa: E402

if os.environ.get("PEERBENCH_DUCKDB_LOG"):
    # Statements are counted in an untimed pass by DuckDB's own log, a file that our sessions are not allowed to write.
    import_module("apps.connections.engines.duckdb").CONFIG["enable_external_access"] = "true"

RULES = """\
version: 1
team: bench
connections:
  bench: {connection}
rules:
  - name: Fresh
    connection: bench
    tables: {{include: ["{schema}.tbl_*"]}}
    kind: freshness
    every: {seconds}s
    tolerance: 0s
    column: {column}
  - name: Enough rows
    connection: bench
    tables: {{include: ["{schema}.tbl_*"]}}
    kind: volume
    drop: null
    spike: null
    at_least: {least}
"""


def prepare() -> None:
    """Migrate, configure, and look for the first time."""
    call_command("migrate", verbosity=0)
    is_postgres = os.environ["PEERBENCH_ENGINE"] == "postgres"
    text = RULES.format(
        connection=_postgres() if is_postgres else json.dumps({"engine": "duckdb", "path": _duckdb_path()}),
        schema="public" if is_postgres else "main",
        seconds=os.environ["PEERBENCH_FRESHNESS_SECONDS"],
        column=os.environ["PEERBENCH_TS_COLUMN"],
        least=os.environ["PEERBENCH_MIN_ROWS"],
    )
    path = WORKDIR / "monitors.yml"
    path.write_text(text, encoding="utf-8")
    call_command("apply", str(path), verbosity=0)
    check_now(rules=None, clock=utc_now)


def forget(share: int) -> None:
    """Make `share` per cent of the tables count as written since the last look."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE rules_rulestate SET mark = '' WHERE \"table\" <> ''"
            ' AND CAST(substr("table", 5) AS INTEGER) %% 100 < %s',
            [share],
        )


def run() -> None:
    """One pass; prints the counts that the harness compares with the planted faults."""
    forget(int(os.environ.get("PEERBENCH_WRITTEN", "10")))
    counts = {"freshness": 0, "volume": 0, "stale": 0, "thin": 0, "errors": 0}
    for result in check_now(rules=None, clock=utc_now):
        if not result.table:
            continue
        kind = "freshness" if result.rule == "Fresh" else "volume"
        counts[kind] += 1
        counts["stale" if kind == "freshness" else "thin"] += result.verdict == "breached"
        counts["errors"] += result.verdict == "unknown"
    print(json.dumps({"checks": counts["freshness"] + counts["volume"], **counts}))


def _postgres() -> str:
    dsn = urlsplit(os.environ["PEERBENCH_DSN"])
    return json.dumps(
        {
            "engine": "postgres",
            "host": dsn.hostname,
            "port": dsn.port,
            "database": dsn.path.lstrip("/"),
            "user": dsn.username,
            "password": dsn.password,
        }
    )


def _duckdb_path() -> str:
    return "/" + urlsplit(os.environ["PEERBENCH_DSN"]).path.lstrip("/")


if __name__ == "__main__":
    prepare() if PREPARING else run()
    connections.close_all()  # as a command does at its end
    if "duckdb" not in sys.modules:  # as manage.py does
        gc.freeze()
