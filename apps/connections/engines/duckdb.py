"""DuckDB files, opened read-only and briefly: while Midwatch reads, a writer has to wait, and the other way round.

DuckDB keeps neither a time nor a counter of writes. The signature of the file proves that nothing was written at all;
when it moved, a fingerprint of each table's storage metadata tells which tables were. Rows that stood in the
write-ahead log alone change the fingerprint once more when they move into the file: hence the trust "estimate".
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from sys import intern
from typing import Any, ClassVar, Literal, Self

import duckdb
from pydantic import Field, SecretStr, model_validator

from apps.common import plugins
from apps.connections.engines import duckdb_errors, duckdb_motherduck, hints
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
from apps.connections.engines.duckdb_session import CONFIG, cut_after, only_select, rows_of, time_of
from apps.connections.engines.errors import Busy
from apps.connections.names import TableName

CHUNK = 2000  # rows held at a time on their way out of DuckDB
LISTED = """
SELECT schema_name, table_name, false AS is_view, coalesce(comment, ''), estimated_size FROM duckdb_tables()
WHERE database_name = current_database() AND NOT internal AND NOT temporary
UNION ALL
SELECT schema_name, view_name, true, coalesce(comment, ''), NULL FROM duckdb_views()
WHERE database_name = current_database() AND NOT internal AND NOT temporary
ORDER BY 1, 2
"""
COLUMNS = """
SELECT schema_name, table_name, column_name, data_type, is_nullable, coalesce(comment, '') FROM duckdb_columns()
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
    """Which DuckDB file to read, or which database of MotherDuck."""

    path: str = Field(
        title="File",
        description="The path of the DuckDB file on the machine that runs Midwatch, or md:name for MotherDuck.",
        min_length=1,
    )
    token: SecretStr = Field(
        SecretStr(""), title="Token", description="Of MotherDuck; a Read Scaling token cannot write. A file needs none."
    )

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if not self.is_motherduck:
            return self
        if not duckdb_motherduck.NAME.fullmatch(self.path):
            raise ValueError("write md: and the name of one database of MotherDuck, such as md:shop")
        if not self.token.get_secret_value():
            raise ValueError("MotherDuck needs a token")
        return self

    @property
    def is_motherduck(self) -> bool:
        return self.path.startswith(duckdb_motherduck.PREFIX)


class DuckDB(Engine):
    label = "DuckDB"
    dialect = "duckdb"
    sql = Dialect(matches="regexp_matches({0}, {1})", quantile="QUANTILE_CONT({0}, {1})")
    default_schema = "main"
    credentials_hint = hints.DUCKDB
    change_source = "DuckDB storage metadata"
    change_trust = Trust.ESTIMATE
    rows_source = "DuckDB's estimated size"  # deleted rows may still be in it
    look_counts_writes = False
    Settings: ClassVar[type[plugins.Settings]] = DuckDBSettings
    settings: DuckDBSettings
    # Seconds between attempts while a writer holds the file: about two in all.
    pauses: ClassVar[Iterable[float]] = (0.1, 0.3, 0.6, 1.0)
    _session: duckdb.DuckDBPyConnection

    @classmethod
    def resolve(cls, settings: Mapping[str, Any], *, folder: str) -> dict[str, Any]:
        path = str(settings.get("path", ""))
        if not path or path.startswith(duckdb_motherduck.PREFIX):
            return dict(settings)
        return {**settings, "path": os.path.normpath(Path(folder, Path(path).expanduser()))}

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
        return [TableInfo(TableName(schema, name), _kind(view), *rest) for schema, name, view, *rest in rows]

    def observe(self) -> dict[TableName, Look]:
        looks = {}
        for schema, name, view, _, rows in self._ask(LISTED):
            table = TableName(schema, name)
            # No identity: DuckDB numbers its tables anew each time a file is opened.
            looks[table] = Look(table, _kind(view), mark="" if view else self._signature, rows=rows)
        return looks

    def fingerprints(self, tables: Collection[TableName]) -> dict[TableName, str]:
        if self.settings.is_motherduck:
            return {}  # it has no storage metadata to compare, so that nothing is told rather than half of it
        wanted, found = list(tables), {}
        for start in range(0, len(wanted), BATCH):
            batch = wanted[start : start + BATCH]
            for schema, name, storage, rows in self._ask(" UNION ALL ".join(map(_fingerprint, batch))):
                found[TableName(schema, name)] = f"{storage or 0}.{rows}"
        return found

    def columns(self, tables: Collection[TableName] | None = None) -> dict[TableName, list[Column]]:
        if tables is None:
            return self._columns(COLUMNS.format(""))
        values = {"schemas": [table.schema for table in tables], "names": [table.name for table in tables]}
        wanted = "AND (schema_name, table_name) IN (SELECT unnest($schemas), unnest($names))"
        return self._columns(COLUMNS.format(wanted), values) if tables else {}

    def query(
        self, sql: str, *, timeout: timedelta = STATEMENT_TIMEOUT, max_rows: int = MAX_ROWS, budget: Budget = NO_BUDGET
    ) -> Sequence[tuple[Any, ...]]:
        with self._guarded(timeout):
            return rows_of(self._session, only_select(self._session, sql), max_rows)

    def _connect(self) -> None:
        path = self.settings.path
        if self.settings.is_motherduck:
            self._signature = ""
            self._session = duckdb_motherduck.open_session(path, self.settings.token.get_secret_value())
            return
        # Taken before the file is opened: what is written in between is then noticed at the next look.
        self._signature = f"{_stamp(path)}|{_stamp(path + '.wal')}"
        try:
            self._session = duckdb.connect(path, read_only=True, config=CONFIG)
            with suppress(duckdb.InvalidInputException):  # another session of this process with the file did it before
                # As a part of CONFIG this would try to download an extension.
                self._session.execute("SET GLOBAL TimeZone = 'UTC'")
                # A SELECT of enable_logging could set up a log file, which ends this process where none may be written.
                self._session.execute("SET lock_configuration = true")
        except duckdb.Error as error:
            raise duckdb_errors.opening(error, path=path) from error

    def _columns(self, sql: str, values: dict[str, Any] | None = None) -> dict[TableName, list[Column]]:
        """Some rows at a time, and each word once: a large catalogue has 100,000 columns and few names and types."""
        found: dict[TableName, list[Column]] = {}
        with self._guarded(STATEMENT_TIMEOUT):
            cursor = self._session.execute(sql, values)
            while rows := cursor.fetchmany(CHUNK):
                for schema, name, column, kind, *rest in rows:
                    described = Column(intern(column), intern(kind), time_of(kind), *rest)
                    found.setdefault(TableName(schema, name), []).append(described)
        return found

    def _ask(self, sql: str, values: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        with self._guarded(STATEMENT_TIMEOUT):
            rows: list[tuple[Any, ...]] = self._session.execute(sql, values).fetchall()
        return rows

    @contextmanager
    def _guarded(self, timeout: timedelta) -> Iterator[None]:
        """DuckDB's errors become ours."""
        self.statements += 1
        try:
            with cut_after(self._session, timeout):
                yield
        except duckdb.Error as error:
            raise duckdb_errors.running(error, seconds=timeout.total_seconds()) from error


def _kind(view: bool) -> Literal["table", "view"]:
    return "view" if view else "table"


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
