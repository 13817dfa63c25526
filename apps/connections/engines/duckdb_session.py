"""What every session with DuckDB has in common: what it may not reach, how it is cut in time, and what it may run."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Literal

import duckdb

from apps.connections.engines.errors import NotPermitted, TooManyRows

# Nothing is downloaded, and nothing outside of what is opened can be reached. Every session of this process with one
# file must ask for the same, or DuckDB refuses it.
CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": "1GB",
    "temp_directory": "",  # else what is too much would be written beside the file, without a limit
    "threads": "2",
}


@contextmanager
def cut_after(session: duckdb.DuckDBPyConnection, timeout: timedelta) -> Iterator[None]:
    """DuckDB has no statement timeout: a timer interrupts the session, which raises duckdb.InterruptException."""
    watchdog = threading.Timer(timeout.total_seconds(), session.interrupt)
    watchdog.daemon = True
    watchdog.start()
    try:
        yield
    finally:
        watchdog.cancel()


def only_select(session: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
    """The one SELECT that `sql` is. Raises NotPermitted, or duckdb.Error where it is no SQL."""
    statements = session.extract_statements(sql)
    if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
        raise NotPermitted("Midwatch only reads: write exactly one SELECT.")
    return statements[0]


def rows_of(
    session: duckdb.DuckDBPyConnection, statement: duckdb.Statement, max_rows: int
) -> Sequence[tuple[Any, ...]]:
    """Run it. Raises TooManyRows past `max_rows`, or duckdb.Error."""
    rows: list[tuple[Any, ...]] = session.execute(statement).fetchmany(max_rows + 1)
    if len(rows) > max_rows:
        raise TooManyRows(f"The statement gave more than {max_rows:,} rows. Let it give fewer.")
    return rows


def time_of(kind: str) -> Literal["aware", "naive", "date", ""]:
    """How the times of a type are to be read."""
    if kind.startswith("TIMESTAMP"):
        return "aware" if kind.endswith("WITH TIME ZONE") else "naive"
    return "date" if kind == "DATE" else ""
