"""The file of the demo shop's warehouse: made once with its history, and opened for writing for a moment at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
from django.conf import settings

from apps.common.errors import MidwatchError
from apps.demo import pipeline

HISTORY = timedelta(days=90)
SEED = 404
BUSY_WAIT = 0.1  # seconds between two tries to open the file while somebody has it open
BUSY_TRIES = 200


class WarehouseBusy(MidwatchError):
    """The file could not be opened for writing, most likely because another program has it open."""


def folder() -> Path:
    """Where the demo keeps its files."""
    return Path(settings.MIDWATCH_HOME) / "demo"


def file_in(folder: Path) -> Path:
    return folder / "shop.duckdb"


def ensure(folder: Path, *, now: datetime, seed: int = SEED) -> bool:
    """Make the warehouse with its history up to `now` (aware). False when it exists already."""
    path, unfinished = file_in(folder), folder / "shop.duckdb.unfinished"
    if path.exists():
        return False
    folder.mkdir(parents=True, exist_ok=True)
    unfinished.unlink(missing_ok=True)
    with _connect(unfinished) as warehouse:
        warehouse.begin()
        pipeline.open_shop(warehouse, origin=(now - HISTORY).replace(minute=0, second=0, microsecond=0), seed=seed)
        pipeline.load(warehouse, now=now)
        warehouse.commit()
    unfinished.rename(path)
    return True


@contextmanager
def writing(
    folder: Path, *, wait: Callable[[float], object] = time.sleep, tries: int = BUSY_TRIES
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse, open for writing, in one transaction. While somebody else has it open, wait and try again.

    Raises WarehouseBusy when it could not be opened at the last of `tries`.
    """
    with _connect_patiently(file_in(folder), wait=wait, tries=tries) as warehouse:
        warehouse.begin()
        yield warehouse
        warehouse.commit()


def _connect_patiently(path: Path, *, wait: Callable[[float], object], tries: int) -> duckdb.DuckDBPyConnection:
    for left in reversed(range(tries)):
        try:
            return _connect(path)
        except (duckdb.IOException, duckdb.ConnectionException) as error:
            # The first tells of a reader in another process, the second of one in this process.
            if not left:
                raise WarehouseBusy(
                    f"{path} could not be opened for writing. Close the program that has it open, then try again. "
                    f"DuckDB says: {error}"
                ) from error
            wait(BUSY_WAIT)
    raise ValueError("tries must be at least 1.")


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(path, config={"threads": 1, "memory_limit": "512MB"})
