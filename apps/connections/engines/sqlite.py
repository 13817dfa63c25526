"""SQLite files, opened read-only. Readers and the writer get along but for the moment in which a write is committed.

SQLite keeps neither a time nor a counter of writes per table. The signature of the file proves that nothing was written
at all; when it moved, the number of rows and the newest of them are compared, table by table: hence the trust "hint".
"""

from __future__ import annotations

import math
import os
import sqlite3
import time
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from apps.common import plugins
from apps.connections.engines import sqlite_errors
from apps.connections.engines.contract import (
    MAX_ROWS,
    NO_BUDGET,
    STATEMENT_TIMEOUT,
    Budget,
    Column,
    Engine,
    Look,
    TableInfo,
    Trust,
)
from apps.connections.engines.dialect import Dialect
from apps.connections.engines.errors import DatabaseMissing, NotPermitted, QueryFailed, QueryTimeout, TooManyRows
from apps.connections.names import TableName

MAIN = "main"
# Virtual tables are left out: what stands in them may lie elsewhere, and reading them needs their module.
LISTED = """
SELECT name, type = 'view', wr FROM pragma_table_list
WHERE schema = 'main' AND type IN ('table', 'view') AND substr(name, 1, 7) <> 'sqlite_'
"""
COLUMNS = 'SELECT name, type, NOT "notnull" FROM pragma_table_xinfo(?) ORDER BY cid'
NEWEST = 100_000  # rows of a table that its fingerprint reads; a tenth of a second
# A time is a text of any ISO form, or a number of seconds or milliseconds since 1970.
READ = (
    "(CASE WHEN typeof({0}) = 'text' THEN CAST(strftime('%s', {0}) AS INTEGER)"
    " WHEN abs({0}) > 100000000000 THEN {0} / 1000 ELSE {0} END)"
)
MOMENT = "CAST(strftime('%s', '{}') AS INTEGER)"
ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
# What SQLite does for itself when a statement uses one of these pragmas as a table.
OWN = {(sqlite3.SQLITE_PRAGMA, "table_list"), (sqlite3.SQLITE_PRAGMA, "table_xinfo"),
       (sqlite3.SQLITE_UPDATE, "sqlite_master")}  # fmt: skip
PATIENCE = 2.0  # seconds that SQLite itself waits for a writer
SETTLED = 2.0  # seconds after which a file system tells the next write from the last one
STEPS = 10_000  # of SQLite's machine between two looks at the clock: less than a millisecond


class SQLiteSettings(plugins.Settings):
    """Which SQLite file to read."""

    path: str = Field(
        title="File",
        description="The path of the SQLite file on the machine that runs Midwatch. It is opened read-only.",
        min_length=1,
    )


class SQLite(Engine):
    label = "SQLite"
    dialect = "sqlite"
    sql = Dialect(
        read=READ, epoch="{}", double="REAL", string="TEXT", exact="{0} COLLATE BINARY",
        literals=dict.fromkeys(("aware", "naive", "date"), MOMENT),
    )  # fmt: skip
    default_schema = MAIN
    credentials_hint = "A SQLite file needs no login; Midwatch must be allowed to read the file."
    change_source = f"SQLite's number of rows and the newest {NEWEST:,} of them"
    change_trust = Trust.HINT
    look_counts_writes = False
    Settings: ClassVar[type[plugins.Settings]] = SQLiteSettings
    settings: SQLiteSettings
    patience: ClassVar[float] = PATIENCE
    _session: sqlite3.Connection

    @classmethod
    def resolve(cls, settings: Mapping[str, Any], *, folder: str) -> dict[str, Any]:
        path = str(settings.get("path", ""))
        return {**settings, "path": os.path.normpath(Path(folder, Path(path).expanduser()))} if path else dict(settings)

    def open(self) -> None:
        path = Path(self.settings.path)
        # Taken before the file is opened: what is written in between is then noticed at the next look.
        self._signature = signature(path, now=time.time())
        self._deadline = math.inf
        try:
            path.stat()
            self._session = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=self.patience, isolation_level=None
            )
            self._set_up()
            self._session.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except FileNotFoundError as error:
            message = f"There is no file {path} on the machine that runs Midwatch. Check the path."
            raise DatabaseMissing(message) from error
        except (sqlite3.Error, OSError) as error:
            if path.is_dir():
                raise DatabaseMissing(f"{path} is a folder. Give the path of the SQLite file in it.") from error
            raise sqlite_errors.opening(error, path=str(path)) from error

    def close(self) -> None:
        self._session.close()

    def tables(self) -> list[TableInfo]:
        return sorted(TableInfo(TableName(MAIN, name), _kind(view)) for name, view, _ in self._ask(LISTED))

    def observe(self) -> dict[TableName, Look]:
        looks = {}
        for name, view, _ in self._ask(LISTED):
            table = TableName(MAIN, name)
            looks[table] = Look(table, _kind(view), "" if view else self._signature)
        return looks

    def fingerprints(self, tables: Collection[TableName]) -> dict[TableName, str]:
        """One statement per table: here a statement costs no way there and back. A table that takes too long has none,
        and is asked again at the next look.
        """
        ordered = {TableName(MAIN, name): not without_rowid for name, _, without_rowid in self._ask(LISTED)}
        found = {}
        for table in tables:
            if table in ordered:
                order = " ORDER BY rowid DESC" if ordered[table] else ""
                name = self.sql.table(table)
                newest = f"SELECT * FROM {name}{order} LIMIT {NEWEST}"  # noqa: S608
                try:
                    found[table] = self._fingerprint(f"SELECT count(*) FROM {name}", newest)  # noqa: S608
                except QueryTimeout:
                    continue
        return found

    def columns(self, tables: Collection[TableName] | None = None) -> dict[TableName, list[Column]]:
        """One statement per table, which costs nothing here: a view whose tables are gone must not hide the others."""
        wanted = [info.name for info in self.tables()] if tables is None else tables
        found = {}
        for table in wanted:
            try:
                rows = self._ask(COLUMNS, [table.name])
            except QueryFailed:
                continue
            if rows:
                found[table] = [Column(name, kind, _time(kind), bool(nullable)) for name, kind, nullable in rows]
        return found

    def query(
        self, sql: str, *, timeout: timedelta = STATEMENT_TIMEOUT, max_rows: int = MAX_ROWS, budget: Budget = NO_BUDGET
    ) -> Sequence[tuple[Any, ...]]:
        with self._guarded(timeout):
            cursor = self._session.execute(sql)
            rows: list[tuple[Any, ...]] = cursor.fetchmany(max_rows + 1)
        if cursor.description is None:
            raise NotPermitted("Midwatch only reads: write exactly one SELECT.")
        if len(rows) > max_rows:
            raise TooManyRows(f"The statement gave more than {max_rows:,} rows. Let it give fewer.")
        return rows

    def _set_up(self) -> None:
        self._session.text_factory = partial(str, encoding="utf-8", errors="replace")
        self._session.set_authorizer(_allow)
        self._session.set_progress_handler(lambda: time.monotonic() > self._deadline, STEPS)
        self._session.create_function("floor", 1, math.floor, deterministic=True)  # not in every build of SQLite

    def _ask(self, sql: str, values: Sequence[str] = ()) -> list[tuple[Any, ...]]:
        with self._guarded(STATEMENT_TIMEOUT):
            rows: list[tuple[Any, ...]] = self._session.execute(sql, values).fetchall()
        return rows

    def _fingerprint(self, count: str, newest: str) -> str:
        with self._guarded(STATEMENT_TIMEOUT):
            self.statements += 1
            (rows,), content = self._session.execute(count).fetchone(), 0
            for row in self._session.execute(newest):
                content = zlib.crc32(repr(row).encode(errors="replace"), content)
        return f"{rows}.{content}"

    @contextmanager
    def _guarded(self, timeout: timedelta) -> Iterator[None]:
        """SQLite has no statement timeout: it looks at the clock on its way. Its errors become ours."""
        self.statements += 1
        self._deadline = time.monotonic() + timeout.total_seconds()
        try:
            yield
        except (sqlite3.Error, sqlite3.Warning) as error:
            path, seconds = self.settings.path, timeout.total_seconds()
            raise sqlite_errors.running(error, path=path, seconds=seconds) from error
        finally:
            self._deadline = math.inf


def signature(path: Path, *, now: float) -> str:
    """Changes with every write to the file or to its write-ahead log. Empty when that is not certain: within two
    seconds, a second write may leave size and time as they are.

    The file is not opened for this: closing it would drop the locks of a writer in this very process.
    """
    found = (_state(path), _state(path.with_name(path.name + "-wal")))
    states = [state for state in found if state and state.st_size]  # a reader leaves an empty log behind
    if any(now - state.st_mtime < SETTLED for state in states):
        return ""
    return "|".join(f"{state.st_ino}.{state.st_mtime_ns}.{state.st_ctime_ns}.{state.st_size}" for state in states)


def _state(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _allow(action: int, one: str | None, two: str | None, database: str | None, source: str | None) -> int:
    """Nothing but reading, and nothing outside the file."""
    return sqlite3.SQLITE_OK if action in ALLOWED or (action, one) in OWN else sqlite3.SQLITE_DENY


def _kind(view: int) -> Literal["table", "view"]:
    return "view" if view else "table"


def _time(kind: str) -> Literal["aware", "naive", "date", ""]:
    """How a declared type is meant; SQLite itself stores what it is given."""
    kind = kind.upper()
    if kind.startswith(("TIMESTAMP", "DATETIME")):
        return "aware" if kind.endswith(("WITH TIME ZONE", "TIMESTAMPTZ")) else "naive"
    return "date" if kind == "DATE" else ""
