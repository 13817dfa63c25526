"""The demo's loader: a process that brings the warehouse up to now every few seconds, like a real pipeline."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb

from apps.common.errors import MidwatchError
from apps.demo import pipeline, warehouse
from apps.demo.state import broken_in

EVERY = 15.0  # seconds between two loads
logger = logging.getLogger("midwatch.demo")


def load_once(folder: Path, *, now: datetime, wait: Callable[[float], object] = time.sleep) -> int:
    """Load what came in since the last load, making the warehouse when it is missing. Returns the new orders.

    While `late` is broken no orders are loaded, only products. Raises WarehouseBusy when somebody reads for too long.
    """
    warehouse.ensure(folder, now=now)
    with warehouse.writing(folder, wait=wait) as open_warehouse:
        return pipeline.load(open_warehouse, now=now, orders="late" not in broken_in(folder))


def run(folder: Path, *, clock: Callable[[], datetime], stop: threading.Event, every: float = EVERY) -> None:
    """Load again and again until `stop` is set. A load that fails is logged, and the next one makes up for it."""
    while not stop.is_set():
        try:
            new = load_once(folder, now=clock(), wait=stop.wait)
            logger.debug("The demo's loader added %d orders.", new)
        except (MidwatchError, duckdb.Error, OSError) as error:
            logger.warning("The demo's loader will try again in %d s: %s", every, error)
        stop.wait(every)
