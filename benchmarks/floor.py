"""The floor: the bare driver, one `SELECT count(*), max(updated_at)` per table, nothing kept.

`meta` instead asks the catalogue once: row estimates only, what no pass that stores its results can undercut.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import psycopg


def main() -> None:
    dsn, mode = os.environ["PEERBENCH_DSN"], sys.argv[1]
    tables = Path(os.environ["PEERBENCH_TABLES_FILE"]).read_text(encoding="utf-8").split()
    session: Any = (
        duckdb.connect("/" + urlsplit(dsn).path.lstrip("/"), read_only=True)
        if dsn.startswith("duckdb")
        else psycopg.connect(dsn, autocommit=True)
    )
    limit = datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=int(os.environ["PEERBENCH_FRESHNESS_SECONDS"]))
    least, stale, thin = int(os.environ["PEERBENCH_MIN_ROWS"]), 0, 0
    if mode == "meta":
        known = set(tables)
        rows = session.execute("SELECT relname, reltuples FROM pg_class WHERE relkind = 'r'").fetchall()
        thin = sum(count < least for name, count in rows if name in known)
    else:
        for table in tables:
            count, newest = session.execute(f"SELECT count(*), max(updated_at) FROM {table}").fetchone()
            stale += newest < limit
            thin += count < least
    print(json.dumps({"stale": stale, "thin": thin, "errors": 0}))


if __name__ == "__main__":
    main()
