"""One statement of DuckDB's over tables of a lake: a session of its own, in which only the tables exist that it names,
and which can open their files and nothing else. Nothing can be written, not even to memory.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import duckdb

from apps.connections.engines import lake_errors
from apps.connections.engines.duckdb_session import CONFIG, cut_after, only_select, rows_of
from apps.connections.engines.errors import QueryFailed
from apps.connections.engines.lake_layout import ROOT_SCHEMA, Format, StoredFile
from apps.connections.engines.lake_reading import SQL, Reading, listed
from apps.connections.engines.lake_storage import Storage
from apps.connections.names import TableName

SETTINGS = (
    "SET TimeZone = 'UTC'",
    "SET python_enable_replacements = false",  # no variable of this program is a table
)
SEPARATORS = set(",;|\t")
OPEN = {name: value for name, value in CONFIG.items() if name != "enable_external_access"}  # shut a moment later


def tables_named(sql: str, *, timeout: timedelta) -> set[TableName]:
    """The tables that a statement names; without a schema they are in that of the root. Those of its WITH are among
    them. Raises NotPermitted where it is more than one SELECT, or QueryFailed."""
    with _session(timeout) as session:
        _shut(session, ())
        only_select(session, sql)
        parsed = session.execute("SELECT json_serialize_sql($1)", [sql]).fetchone()
    found, nodes = set[TableName](), [json.loads(parsed[0])] if parsed else []
    while nodes:
        node = nodes.pop()
        if isinstance(node, dict) and node.get("type") == "BASE_TABLE" and not node.get("catalog_name"):
            found.add(TableName(node.get("schema_name") or ROOT_SCHEMA, node["table_name"]))
        nodes += node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return found


def run(
    sql: str, storage: Storage, readings: Mapping[TableName, Reading], *, timeout: timedelta, max_rows: int
) -> Sequence[tuple[Any, ...]]:
    """The rows of one SELECT on tables under the names of `readings`. Raises QueryFailed."""
    with _session(timeout) as session:
        _prepare(session, storage, [file for reading in readings.values() for file in reading.opened])
        for schema in sorted({ROOT_SCHEMA, *(table.schema for table in readings)}):
            session.execute(f"CREATE SCHEMA IF NOT EXISTS {SQL.name(schema)}")
        session.execute(f"USE {SQL.name(ROOT_SCHEMA)}")
        for number, (table, reading) in enumerate(readings.items()):
            with _reading(table, timeout):
                select = _select(session, storage, reading, f'main."deleted rows {number}"')
                session.execute(f"CREATE VIEW {SQL.table(table)} AS {select}")
        return rows_of(session, only_select(session, sql), max_rows)


def described(
    storage: Storage, readings: Mapping[TableName, Reading], *, timeout: timedelta
) -> dict[TableName, list[tuple[str, str]] | QueryFailed]:
    """The names and types of the columns of each table, or why they cannot be told; `timeout` is for all of them."""
    found: dict[TableName, list[tuple[str, str]] | QueryFailed] = {}
    with _session(timeout) as session:
        _prepare(session, storage, [file for reading in readings.values() for file in reading.files])
        for table, reading in readings.items():
            try:
                with _reading(table, timeout):
                    # Bound and not run: a DESCRIBE takes nearly twice the time.
                    bound = session.from_query(_select(session, storage, reading, ""))
                _check(table, reading, bound.columns)
                found[table] = list(zip(bound.columns, map(str, bound.types), strict=True))
            except QueryFailed as error:
                found[table] = error
    return found


def _check(table: TableName, reading: Reading, columns: Sequence[str]) -> None:
    """DuckDB takes the lines of a CSV file for single values when they do not have the same number of them."""
    if reading.kind is Format.CSV and len(columns) == 1 and SEPARATORS & set(columns[0]):
        raise QueryFailed(
            f"The lines in a file of {table} do not all have the same number of columns: it is still being written, or "
            "damaged."
        )


@contextmanager
def _session(timeout: timedelta) -> Iterator[duckdb.DuckDBPyConnection]:
    """A session in memory that is cut after a time. DuckDB's errors become ours."""
    with duckdb.connect(":memory:", config=OPEN) as session:
        try:
            with cut_after(session, timeout):
                for setting in SETTINGS:
                    session.execute(setting)
                yield session
        except duckdb.Error as error:
            raise lake_errors.running(error, seconds=timeout.total_seconds()) from error


@contextmanager
def _reading(table: TableName, timeout: timedelta) -> Iterator[None]:
    """The files of one table are opened for the first time: what goes wrong is the table's own."""
    try:
        yield
    except duckdb.Error as error:
        raise lake_errors.reading(error, table=table, seconds=timeout.total_seconds()) from error


def _prepare(session: duckdb.DuckDBPyConnection, storage: Storage, files: Collection[StoredFile]) -> None:
    storage.attach(session, files)
    _shut(session, [storage.uri(file.path) for file in files])


def _shut(session: duckdb.DuckDBPyConnection, uris: Iterable[str]) -> None:
    """From here on these files can be opened and nothing else, and nobody can change that."""
    session.execute(f"SET allowed_paths = {listed(uris)}")
    session.execute("SET enable_external_access = false")
    session.execute("SET lock_configuration = true")


def _select(session: duckdb.DuckDBPyConnection, storage: Storage, reading: Reading, deleted: str) -> str:
    """What the view of a table selects; the rows that are deleted are put into the table `deleted` for it."""
    if reading.deleted and deleted:
        if reading.deleted.vectors is not None:
            session.register("vectors", reading.deleted.vectors)
        session.execute(f"CREATE TABLE {deleted} AS {reading.deleted.select}")
        if reading.deleted.vectors is not None:
            session.unregister("vectors")
    uris = [storage.uri(file.path) for file in reading.files]
    return reading.select(uris, deleted=deleted if reading.deleted else "")
