"""Reads that are a help and never a must: they take only so long, and what waits for them goes on without."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection, transaction

INSTRUCTIONS = 10_000  # of SQLite, between two looks at the clock
TOO_SLOW = "These reads were to take at most {seconds:g} s, and took longer."


@contextmanager
def reads_within(seconds: float) -> Iterator[None]:
    """Let the statements inside take about so long in all (at most twice as long, when the last one is the slow one).

    Raises OperationalError for what takes longer. No lock is taken, and a transaction around can go on.
    """
    deadline = time.monotonic() + seconds

    def in_time(execute: Callable[..., Any], *arguments: Any) -> Any:
        if time.monotonic() > deadline:
            raise OperationalError(TOO_SLOW.format(seconds=seconds))
        return execute(*arguments)

    limited = _postgres(seconds) if connection.vendor == "postgresql" else _sqlite(deadline)
    with limited, connection.execute_wrapper(in_time):
        yield


@contextmanager
def _postgres(seconds: float) -> Iterator[None]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        before = cursor.fetchone()[0]
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{seconds * 1000:.0f}ms"])
        yield
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])


@contextmanager
def _sqlite(deadline: float) -> Iterator[None]:
    connection.ensure_connection()
    database: Any = connection.connection
    database.set_progress_handler(lambda: time.monotonic() > deadline, INSTRUCTIONS)
    try:
        yield
    finally:
        database.set_progress_handler(None, INSTRUCTIONS)
