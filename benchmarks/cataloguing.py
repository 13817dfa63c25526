"""Reading and storing the catalogue of a whole connection, in a fresh process: seconds and peak memory."""

from __future__ import annotations

import resource
import tempfile
import time
from pathlib import Path

from benchmarks import setting
from benchmarks.filled import Filled
from benchmarks.measure import print_table


def print_catalogue(key: str, size: int, filled: Filled) -> None:
    """A first reading, when all is new, and a second one, when nothing changed."""
    with tempfile.TemporaryDirectory() as home:
        setting.start(Path(home))
        # Only now can models be imported.
        from apps.common.clock import utc_now  # noqa: PLC0415
        from apps.connections.services import refresh_catalogue, save_connection  # noqa: PLC0415
        from apps.teams.services import ensure_team  # noqa: PLC0415

        filled.lead(key)
        store = save_connection(team=ensure_team(name="bench"), name="bench", engine=key, settings=filled.settings)
        before = _peak()
        rows = []
        for name in ("first reading", "second reading, nothing changed"):
            wall, cpu = time.perf_counter(), time.process_time()
            found = refresh_catalogue(connection=store, now=utc_now())
            took = time.perf_counter() - wall, time.process_time() - cpu
            assert found.tables == size
            rows.append((f"{key}, {name}", f"{size:,}", found.statements, found.snapshots, *took, _peak(), before))
        print()
        header = ("catalogue", "tables", "statements", "snapshots", "wall s", "CPU s", "peak MiB", "of it at the start")
        print_table(header, rows)
        print(flush=True)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
