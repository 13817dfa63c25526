"""DuckDB files, opened read-only and briefly: while Midwatch reads, a writer has to wait, and the other way round.

DuckDB keeps neither a time nor a counter of writes. The signature of the file proves that nothing was written at all;
when it moved, a fingerprint of each table's storage metadata tells which tables were. Rows that stood in the
write-ahead log alone change the fingerprint once more when they move into the file: hence the trust "estimate".
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Literal

import duckdb
from pydantic import Field

from apps.common import plugins
from apps.connections.engines import duckdb_errors
from apps.connections.engines.contract import (
    BATCH,
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
from apps.connections.engines.errors import Busy, NotPermitted, TooManyRows
from apps.connections.names import TableName

# Nothing outside the file can be reached. Every session in this process must ask for the same, or DuckDB refuses it.
CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": "1GB",
    "threads": "2",
}
LISTED = """
SELECT schema_name, table_name, false AS is_view, estimated_size FROM duckdb_tables()
WHERE database_name = current_database() AND NOT internal AND NOT temporary
UNION ALL
SELECT schema_name, view_name, true, NULL FROM duckdb_views()
WHERE database_name = current_database() AND NOT internal AND NOT temporary
ORDER BY 1, 2
"""
COLUMNS = """
SELECT schema_name, table_name, column_name, data_type, is_nullable FROM duckdb_columns()
WHERE database_name = current_database() AND NOT internal {} ORDER BY table_oid, column_index
"""
# Deleting rows leaves the storage as it is and only lowers count(*), which DuckDB knows without reading. Segments come
# in no fixed order, so their hashes are added up.
FINGERPRINT = """
SELECT {schema}, {name}, (SELECT sum(hash(row_group_id, column_path, segment_id, segment_type, start, count,
    has_updates, stats, block_id, block_offset, additional_block_ids)) FROM pragma_storage_info({written})),
    (SELECT count(*) FROM {table})
"""


class DuckDBSettings(plugins.Settings):
    """Which DuckDB file to read."""

    path: str = Field(
        title="File",
        description="The path of the DuckDB file on the machine that runs Midwatch. It is opened read-only.",
        min_length=1,
    )


class DuckDB(Engine):
    label = "DuckDB"
    dialect = "duckdb"
    sql = Dialect()
    default_schema = "main"
    credentials_hint = "A DuckDB file needs no login; Midwatch must be allowed to read the file."
    change_source = "DuckDB storage metadata"
    change_trust = Trust.ESTIMATE
    look_counts_writes = False
    Settings: ClassVar[type[plugins.Settings]] = DuckDBSettings
    settings: DuckDBSettings
    # Seconds between attempts while a writer holds the file: about two in all.
    pauses: ClassVar[Iterable[float]] = (0.1, 0.3, 0.6, 1.0)
    _session: duckdb.DuckDBPyConnection

    @classmethod
    def resolve(cls, settings: Mapping[str, Any], *, folder: str) -> dict[str, Any]:
        path = str(settings.get("path", ""))
        return {**settings, "path": os.path.normpath(Path(folder, Path(path).expanduser()))} if path else dict(settings)

    def open(self) -> None:
        for pause in self.pauses:
            try:
                return self._connect()
            except Busy:
                time.sleep(pause)
        return self._connect()

    def close(self) -> None:
        self._session.close()

    def tables(self) -> list[TableInfo]:
        rows = self._ask(LISTED)
        return [TableInfo(TableName(schema, name), _kind(view)) for schema, name, view, _ in rows]

    def observe(self) -> dict[TableName, Look]:
        looks = {}
        for schema, name, view, rows in self._ask(LISTED):
            table = TableName(schema, name)
            # No identity: DuckDB numbers its tables anew each time a file is opened.
            looks[table] = Look(table, _kind(view), mark="" if view else self._signature, rows=rows)
        return looks

    def fingerprints(self, tables: Collection[TableName]) -> dict[TableName, str]:
        wanted, found = list(tables), {}
        for start in range(0, len(wanted), BATCH):
            batch = wanted[start : start + BATCH]
            for schema, name, storage, rows in self._ask(" UNION ALL ".join(map(_fingerprint, batch))):
                found[TableName(schema, name)] = f"{storage or 0}.{rows}"
        return found

    def columns(self, tables: Collection[TableName] | None = None) -> dict[TableName, list[Column]]:
        if tables is None:
            rows = self._ask(COLUMNS.format(""))
        else:
            values = {"wanted": [{"schema": table.schema, "name": table.name} for table in tables]}
            wanted = "AND {'schema': schema_name, 'name': table_name} IN (SELECT unnest($wanted))"
            rows = self._ask(COLUMNS.format(wanted), values) if tables else []
        found: dict[TableName, list[Column]] = {}
        for schema, name, column, kind, nullable in rows:
            found.setdefault(TableName(schema, name), []).append(Column(column, kind, _time(kind), nullable))
        return found

    def query(
        self, sql: str, *, timeout: timedelta = STATEMENT_TIMEOUT, max_rows: int = MAX_ROWS, budget: Budget = NO_BUDGET
    ) -> Sequence[tuple[Any, ...]]:
        with self._guarded(timeout):
            statements = self._session.extract_statements(sql)
            if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
                raise NotPermitted("Midwatch only reads: write exactly one SELECT.")
            rows: list[tuple[Any, ...]] = self._session.execute(statements[0]).fetchmany(max_rows + 1)
        if len(rows) > max_rows:
            raise TooManyRows(f"The statement gave more than {max_rows:,} rows. Let it give fewer.")
        return rows

    def _connect(self) -> None:
        path = self.settings.path
        # Taken before the file is opened: what is written in between is then noticed at the next look.
        self._signature = f"{_stamp(path)}|{_stamp(path + '.wal')}"
        try:
            self._session = duckdb.connect(path, read_only=True, config=CONFIG)
            # As a part of CONFIG this would try to download an extension.
            self._session.execute("SET TimeZone = 'UTC'")
        except duckdb.Error as error:
            raise duckdb_errors.opening(error, path=path) from error

    def _ask(self, sql: str, values: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        with self._guarded(STATEMENT_TIMEOUT):
            rows: list[tuple[Any, ...]] = self._session.execute(sql, values).fetchall()
        return rows

    @contextmanager
    def _guarded(self, timeout: timedelta) -> Iterator[None]:
        """DuckDB has no statement timeout: a timer interrupts the session. Its errors become ours."""
        watchdog = threading.Timer(timeout.total_seconds(), self._session.interrupt)
        watchdog.daemon = True
        watchdog.start()
        try:
            yield
        except duckdb.Error as error:
            raise duckdb_errors.running(error, seconds=timeout.total_seconds()) from error
        finally:
            watchdog.cancel()


def _kind(view: bool) -> Literal["table", "view"]:
    return "view" if view else "table"


def _time(kind: str) -> Literal["aware", "naive", "date", ""]:
    if kind.startswith("TIMESTAMP"):
        return "aware" if kind.endswith("WITH TIME ZONE") else "naive"
    return "date" if kind == "DATE" else ""


def _fingerprint(table: TableName) -> str:
    written = DuckDB.sql.table(table)
    schema, name, argument = (DuckDB.sql.text(text) for text in (*table, written))
    return FINGERPRINT.format(schema=schema, name=name, written=argument, table=written)


def _stamp(path: str) -> str:
    """When a file was last written and its size; empty when there is none."""
    try:
        state = Path(path).stat()
    except OSError:
        return ""
    return f"{state.st_mtime_ns}.{state.st_size}"
