"""What the engines that speak PostgreSQL's protocol have in common: where libpq connects to, and how rows are read."""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg import capabilities

from apps.connections.engines.contract import STATEMENT_TIMEOUT
from apps.connections.engines.errors import TooManyRows
from apps.connections.engines.reach import libpq_hosts

if TYPE_CHECKING:
    from apps.connections.engines.postgres import PostgresSettings

# A network that swallows packets is noticed within about a minute, not after hours.
KEEPALIVES = {"keepalives_idle": 20, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 60_000}
CHUNK = 1000 if capabilities.has_stream_chunked() else 1  # rows held at a time on their way out of libpq

Result = TypeVar("Result")


class Session(psycopg.Connection[tuple[Any, ...]]):
    """Gives its server up when an answer is not whole within `patience`.

    The server itself cuts statements that take too long. One that hangs, or sends a byte now and then, cuts nothing;
    and keepalives tell nothing while its machine, or a pooler in front of it, still answers for it.
    """

    patience = STATEMENT_TIMEOUT
    _until: float | None = None  # for all the waits of one statement

    def wait(self, gen: Generator[Any, Any, Result], *arguments: Any, **options: Any) -> Result:
        return super().wait(self._while_patient(gen), *arguments, **options)

    @contextmanager
    def one_statement(self) -> Iterator[None]:
        """Patience with all that is waited for inside, taken together: rows come in many answers."""
        self._until = time.monotonic() + self.patience.total_seconds()
        try:
            yield
        finally:
            self._until = None

    def _while_patient(self, gen: Generator[Any, Any, Result]) -> Generator[Any, Any, Result]:
        # psycopg comes back every tenth of a second, whether the server has said something or not.
        until = self._until or time.monotonic() + self.patience.total_seconds()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                wanted = gen.send(ready)
                if time.monotonic() > until:
                    self.close()
                    limit = self.patience.total_seconds()
                    raise psycopg.OperationalError(f"timed out: no whole answer within {limit:g} s")
        except StopIteration as end:
            result: Result = end.value
            return result


def parameters(place: PostgresSettings, *, application: str, timeout: timedelta) -> dict[str, Any]:
    """What `psycopg.connect` needs to get to `place`. Raises UnknownHost, or ConnectionFailed where it may not go."""
    authority = place.sslrootcert or ("system" if place.sslmode == "verify-full" else "")
    return {
        **libpq_hosts(place.host, place.port),
        "port": place.port,
        "dbname": place.database,
        "user": place.user,
        "password": place.password.get_secret_value(),
        "sslmode": place.sslmode,
        **({"sslrootcert": authority} if authority else {}),
        "application_name": application,
        "connect_timeout": math.ceil(timeout.total_seconds()),  # psycopg takes at least two
        **KEEPALIVES,
        "autocommit": True,
        "prepare_threshold": None,  # prepared statements do not go through every pooler, and Redshift cannot drop them
    }


def rows_of(session: Session, sql: str, *, max_rows: int) -> list[tuple[Any, ...]]:
    """The rows of one statement; several are refused by the protocol. Raises TooManyRows, and stops the server then."""
    with session.one_statement(), session.cursor() as cursor:
        rows = list(islice(cursor.stream(sql.encode(), size=CHUNK), max_rows + 1))
    if len(rows) > max_rows:
        raise TooManyRows(f"The statement gave more than {max_rows:,} rows. Let it give fewer.")
    return rows
