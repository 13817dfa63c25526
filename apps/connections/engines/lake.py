"""A lake: folders of files, on local disk or in S3, each dataset a table. DuckDB reads them, in the process.

One listing of the folder is a look at all tables; no file is opened for it but the newest entries of Delta and Iceberg
logs. What the files of a table are is told by their names (lake_layout); they are read only when a rule needs it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import blake2b
from importlib import import_module
from itertools import islice
from pathlib import Path
from sys import intern
from typing import Any, ClassVar

from apps.common import plugins
from apps.connections.engines import hints, lake_session
from apps.connections.engines.contract import (
    BATCH,
    CONNECT_TIMEOUT,
    MAX_ROWS,
    NO_BUDGET,
    STATEMENT_TIMEOUT,
    Budget,
    Column,
    Engine,
    Look,
    TableInfo,
    Trust,
    WriteAccess,
    lacking,
)
from apps.connections.engines.duckdb_session import time_of
from apps.connections.engines.errors import ConnectionFailed, QueryFailed
from apps.connections.engines.lake_heads import Head, heads_of
from apps.connections.engines.lake_layout import ROOT_SCHEMA, SPOKEN, UNREADABLE, Dataset, Format, datasets_of
from apps.connections.engines.lake_reading import SQL, Reading, plain, sampled
from apps.connections.engines.lake_settings import LakeSettings, reader_policy
from apps.connections.engines.lake_storage import LocalStorage, Storage
from apps.connections.names import TableName

PACKAGES = {"deltalake": "deltalake>=1", "pyiceberg": "pyiceberg>=0.10", "s3fs": "s3fs>=2025.1"}
# The package that a format needs, and what reads a table of it; loaded when the first such table is read.
LOGS = {
    Format.DELTA: ("deltalake", "apps.connections.engines.lake_delta"),
    Format.ICEBERG: ("pyiceberg", "apps.connections.engines.lake_iceberg"),
}
AHEAD = 300.0  # seconds that a clock may be wrong; a file from further in the future tells nothing
NOT_SAID = "your-path"  # what stands for a folder that is not entered yet
LOOKING = timedelta(minutes=2)  # for the columns of a hundred tables, each of whose answers has its own limit
MAX_EXAMPLES, MAX_TRIED = 5, 200


class Lake(Engine):
    label = "Files in folders (lake)"
    dialect = "duckdb"
    sql = SQL
    default_schema = ROOT_SCHEMA
    requirements = tuple(PACKAGES.values())
    credentials_hint = hints.LAKE
    grant_title = "a policy for a read-only S3 key"
    grant_advice = "Attach this to the user, or the role, whose key reads the bucket, and enter that key here."
    secrets_go_to = ("path", "endpoint")
    change_source = "the newest file, or the table's own Delta or Iceberg log"
    change_trust = Trust.ESTIMATE  # exact for the logs; a file that is copied may keep its old time
    rows_source = "Iceberg's snapshots"
    bytes_source = "its files"
    rows_trust = Trust.ESTIMATE  # the writer of a snapshot says how many rows it has; nobody checks
    look_counts_writes = True
    Settings: ClassVar[type[plugins.Settings]] = LakeSettings
    settings: LakeSettings
    patience: ClassVar[timedelta] = CONNECT_TIMEOUT  # for one answer of S3
    _storage: Storage
    _datasets: Mapping[TableName, Dataset]

    @classmethod
    def resolve(cls, settings: Mapping[str, Any], *, folder: str) -> dict[str, Any]:
        path = str(settings.get("path", ""))
        if not path or "://" in path:
            return dict(settings)
        return {**settings, "path": os.path.normpath(Path(folder, Path(path).expanduser()))}

    def open(self) -> None:
        self._storage = _storage_of(self.settings, self.patience)
        self._readings: dict[TableName, Reading] = {}
        vars(self).pop("_heads", None)  # of a session before this one
        try:
            files = self._storage.list()
        finally:
            self.statements += self._storage.requests
        self._datasets = datasets_of(files, root_name=self._storage.name)

    def close(self) -> None:
        self._storage.close()

    def tables(self) -> list[TableInfo]:
        return [
            TableInfo(look.name, look.kind, self._heads[look.name].comment, look.rows, look.bytes)
            for look in self.observe().values()
        ]

    def observe(self) -> dict[TableName, Look]:
        """From the listing that opened the session, and the newest entries of logs that were not seen before."""
        looks = {}
        for name, dataset in self._datasets.items():
            head = self._heads[name]
            looks[name] = Look(
                name, "table", mark=_mark(dataset), rows=head.rows, changed_at=head.changed_at, bytes=dataset.bytes
            )
        return looks

    def columns(self, tables: Collection[TableName] | None = None) -> dict[TableName, list[Column]]:
        """Those of Delta and Iceberg from the log, those of others from the first and the last file of each."""
        wanted = [name for name in self._datasets if tables is None or name in tables]
        found, open_now = dict[TableName, list[Column]](), dict[TableName, Reading]()
        for name in wanted:
            try:
                reading = self._reading(name)
            except QueryFailed as error:
                self.unreadable[name] = str(error)
                continue
            if reading.sources is None:
                open_now[name] = sampled(reading)
            else:
                found[name] = [source.column for source in reading.sources]
        found |= self._described(open_now)
        return {name: found[name] for name in wanted if name in found}

    def query(
        self, sql: str, *, timeout: timedelta = STATEMENT_TIMEOUT, max_rows: int = MAX_ROWS, budget: Budget = NO_BUDGET
    ) -> Sequence[tuple[Any, ...]]:
        self.statements += 1
        named = lake_session.tables_named(sql, timeout=timeout)
        readings = {name: self._reading(name) for name in self._meant(named)}
        return lake_session.run(sql, self._storage, readings, timeout=timeout, max_rows=max_rows)

    def write_access(self) -> WriteAccess:
        some = islice(self._datasets.values(), MAX_TRIED)
        writable = (str(one.name) for one in some if self._storage.is_writable(one.files[0].path))
        return WriteAccess(tuple(islice(writable, MAX_EXAMPLES)), by_files=True)

    def grant_script(self, schemas: Sequence[str]) -> str:
        """For S3, and while nobody said where the folder is."""
        return reader_policy(self.settings) if self.settings.is_s3 or self.settings.path == NOT_SAID else ""

    @cached_property
    def _heads(self) -> Mapping[TableName, Head]:
        logs = heads_of(self._storage, self._datasets.values())
        latest = time.time() + AHEAD
        return {name: logs.get(name) or _head_of_files(dataset, latest) for name, dataset in self._datasets.items()}

    def _reading(self, name: TableName) -> Reading:
        """Raises QueryFailed, also for what is wrong with other tables than this."""
        if name not in self._readings:
            self._readings[name] = _reading_of(self._storage, self._datasets[name])
        return self._readings[name]

    def _described(self, readings: Mapping[TableName, Reading]) -> dict[TableName, list[Column]]:
        """In sessions of a hundred tables, so that what DuckDB keeps of their files does not add up."""
        found, left = dict[TableName, list[Column]](), iter(readings.items())
        while batch := dict(islice(left, BATCH)):
            self.statements += 1
            for name, told in lake_session.described(self._storage, batch, timeout=LOOKING).items():
                if isinstance(told, QueryFailed):
                    self.unreadable[name] = str(told)
                else:
                    found[name] = [_column(batch[name], column, kind) for column, kind in told]
        return found

    def _meant(self, named: Iterable[TableName]) -> list[TableName]:
        """The tables that a statement means: DuckDB does not tell upper from lower case, file systems do."""
        by_fold: dict[tuple[str, str], list[TableName]] = {}
        for name in self._datasets:
            by_fold.setdefault(_folded(name), []).append(name)
        meant: dict[tuple[str, str], TableName] = {}
        for name in named:
            alike = by_fold.get(_folded(name), [])
            chosen = [name] if name in alike else alike
            if len(chosen) > 1 or (chosen and meant.get(_folded(name), chosen[0]) != chosen[0]):
                raise QueryFailed(
                    f"{' and '.join(map(str, alike))} differ in upper and lower case alone, which DuckDB does not tell "
                    "apart. Name one of them, exactly, in a statement of its own."
                )
            meant |= {_folded(one): one for one in chosen}
        return list(meant.values())


def _column(reading: Reading, name: str, kind: str) -> Column:
    return Column(intern(name), intern(kind), time_of(kind), partition=name in reading.keys)


def _folded(name: TableName) -> tuple[str, str]:
    return name.schema.lower(), name.name.lower()


def _storage_of(settings: LakeSettings, patience: timedelta) -> Storage:
    """Raises ConnectionFailed."""
    if not settings.is_s3:
        return LocalStorage(settings.path)
    if line := lacking("s3fs", (PACKAGES["s3fs"],)):
        raise ConnectionFailed(f"Midwatch needs a package to read S3. Run this, and restart Midwatch: {line}")
    storage: Storage = import_module("apps.connections.engines.lake_s3").S3Storage(
        settings.path,
        key=settings.access_key_id,
        secret=settings.secret_access_key.get_secret_value(),
        region=settings.region,
        endpoint=settings.endpoint,
        connect=CONNECT_TIMEOUT,
        patience=patience,
    )
    return storage


def _reading_of(storage: Storage, dataset: Dataset) -> Reading:
    if dataset.problem:
        raise QueryFailed(dataset.problem)
    if dataset.format not in LOGS:
        reading = plain(dataset)
        if not reading.files:
            raise QueryFailed(f"There is nothing in the files of {dataset.where}: they have 0 bytes.")
        return reading
    package, module = LOGS[dataset.format]
    if line := lacking(package, (PACKAGES[package],)):
        kind = SPOKEN[dataset.format]
        raise QueryFailed(f"Midwatch needs a package to read {kind} tables. Run this, and restart Midwatch: {line}")
    read: Callable[[Storage, Dataset], Reading] = import_module(module).reading
    reading = read(storage, dataset)
    if odd := next((file.path for file in reading.opened if not UNREADABLE.isdisjoint(file.path)), ""):
        raise QueryFailed(f"The file {odd} has *, ? or [ in its name and cannot be read. Rename it.")
    return reading


def _mark(dataset: Dataset) -> str:
    """Changes with every file of the table, or of its log, that is added, removed or written."""
    files = "".join(repr(tuple(file)) for file in dataset.files)
    return blake2b(files.encode(), digest_size=16).hexdigest()


def _head_of_files(dataset: Dataset, latest: float) -> Head:
    times = [file.modified for file in dataset.files if file.modified <= latest]
    return Head(datetime.fromtimestamp(max(times), UTC) if times else None)
