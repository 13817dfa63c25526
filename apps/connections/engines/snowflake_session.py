"""A session with Snowflake by the official connector: named, limited in time and rows, and silent towards others.

The connector's own page "Python Connector API" tells of its parameters; "Parameters" tells of those of a session.
"""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import snowflake.connector
from snowflake.connector.errors import Error

from apps.connections.engines import snowflake_errors
from apps.connections.engines.contract import CONNECT_TIMEOUT, STATEMENT_TIMEOUT
from apps.connections.engines.errors import TooManyRows

# Else the connector asks the addresses at which clouds tell a machine who it is, and reads its AWS configuration, to
# tell Snowflake where it runs.
os.environ.setdefault("SNOWFLAKE_DISABLE_PLATFORM_DETECTION", "true")
logging.getLogger("snowflake.connector").setLevel(logging.ERROR)  # it warns of each proxy at each login

TAG_LENGTH = 2000  # what QUERY_TAG takes
ATTEMPTS = 3
SECONDS = math.ceil(CONNECT_TIMEOUT.total_seconds())
# How the session reads and writes, whatever the account's defaults are; and that nobody is told of its use.
PARAMETERS = {
    "TIMEZONE": "UTC",
    "TIMESTAMP_INPUT_FORMAT": "AUTO",
    "DATE_INPUT_FORMAT": "AUTO",
    "QUOTED_IDENTIFIERS_IGNORE_CASE": False,
    "ABORT_DETACHED_QUERY": True,
    "CLIENT_TELEMETRY_ENABLED": False,
}
# Nothing is written to the home directory, and a statement or login that hangs is given up in time, attempts included.
CLIENT = {
    "application": "Midwatch",
    "autocommit": True,
    "client_store_temporary_credential": False,
    "connect_timeout": SECONDS,
    "request_timeout": SECONDS,
    "retry_max_attempts": ATTEMPTS,
    "retry_backoff_cap_ms": 2000,
    "validate_default_parameters": True,
    "enable_server_session_keep_alive_auto_detection": False,
    "logout_max_attempts": 1,
    "logout_total_timeout_seconds": 5,
}


class Session:
    """`login` are the connector's parameters that say who logs in and where to; `names` are for errors. A statement or
    login that gets no answer within `patience` is given up. Raises the errors of the family in errors.py, no others.
    """

    def __init__(self, login: Mapping[str, Any], *, tag: str, names: Mapping[str, str], patience: timedelta) -> None:
        self._tag, self._names = tag, names
        waiting = math.ceil(patience.total_seconds())
        limit = _seconds(STATEMENT_TIMEOUT)
        with self._told():
            self._connection = snowflake.connector.connect(
                **login, **CLIENT,
                login_timeout=min(SECONDS, waiting), query_timeout=waiting, retry_timeout=waiting,
                session_parameters={
                    **PARAMETERS,
                    "QUERY_TAG": tag[:TAG_LENGTH],
                    "STATEMENT_TIMEOUT_IN_SECONDS": limit,
                    "STATEMENT_QUEUED_TIMEOUT_IN_SECONDS": limit,
                },
            )  # fmt: skip
            # As they are stored: Snowflake reads what is not quoted as upper case.
            self.database = str(self._connection.database or "")
            self.role = str(self._connection.role or "")

    def close(self) -> None:
        with suppress(Error):
            self._connection.close()

    def ask(
        self, sql: str, *, timeout: timedelta = STATEMENT_TIMEOUT, max_rows: int | None = None, label: str = ""
    ) -> list[tuple[Any, ...]]:
        """Run one statement. Snowflake cuts it, by whole seconds; past `max_rows` (None: no cap) TooManyRows."""
        parameters: dict[str, Any] = {"STATEMENT_TIMEOUT_IN_SECONDS": _seconds(timeout)}
        if max_rows is not None:
            parameters["ROWS_PER_RESULTSET"] = max_rows + 1  # Snowflake stops after the row that is one too many
        if label:
            parameters["QUERY_TAG"] = f"{self._tag} | {label}"[:TAG_LENGTH]
        with self._told(timeout), self._connection.cursor() as cursor:
            cursor.execute(sql, _statement_params=parameters)
            rows: list[tuple[Any, ...]] = cursor.fetchall() if max_rows is None else cursor.fetchmany(max_rows + 1)
        if max_rows is not None and len(rows) > max_rows:
            raise TooManyRows(f"The statement gave more than {max_rows:,} rows. Let it give fewer.")
        return rows

    @contextmanager
    def _told(self, timeout: timedelta | None = None) -> Iterator[None]:
        """The connector's errors become ours; `timeout` is that of a statement, None while logging in."""
        try:
            yield
        except Error as error:
            number, text = int(error.errno or 0), str(getattr(error, "raw_msg", error))
            if timeout is None:
                raise snowflake_errors.connecting(number, text, self._names) from error
            raise snowflake_errors.running(number, text, self._names, seconds=timeout.total_seconds()) from error


def _seconds(length: timedelta) -> int:
    """Whole seconds, at least one: to Snowflake 0 is no limit."""
    return max(1, math.ceil(length.total_seconds()))
