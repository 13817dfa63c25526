"""When Delta and Iceberg tables were last written, from the newest entry of their logs.

Their maintenance (compaction, vacuum, the removal of old snapshots) writes entries too, which change no data: those are
passed over. What stands in an entry never changes, so each is read once in the life of a process, a few kilobytes.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, Field

from apps.connections.engines.lake_layout import Dataset, Format, StoredFile
from apps.connections.engines.lake_storage import Storage
from apps.connections.names import TableName

COMMIT = re.compile(r"(?:.*/)?(\d{20})\.json")
WRITES_DATA = re.compile(rb'"dataChange"\s*:\s*true')
NUMBER = re.compile(r"(?:.*/)?v?(\d+)\D")
MAX_STEPS = 20  # entries of maintenance that are passed over
AT_ONCE = 16  # entries that are read at the same time
MAX_KEPT = 100_000
GZIP = b"\x1f\x8b"
DELETED = ("total-delete-files", "total-position-deletes", "total-equality-deletes")
_kept: dict[tuple[str, StoredFile], Any] = {}
T = TypeVar("T")


class Snapshot(BaseModel):
    """What Iceberg's specification says of a snapshot, as far as it is needed."""

    id: int = Field(alias="snapshot-id")
    parent: int | None = Field(None, alias="parent-snapshot-id")
    milliseconds: int = Field(alias="timestamp-ms")
    summary: dict[str, str] = {}


class IcebergLog(BaseModel):
    """What Iceberg's specification says of a metadata file, as far as it is needed."""

    current: int | None = Field(None, alias="current-snapshot-id")
    snapshots: list[Snapshot] = []
    properties: dict[str, str] = {}


class Head(NamedTuple):
    """What the newest entry of a log tells. `rows`: None where it does not count them, or not the deleted ones."""

    changed_at: datetime | None
    rows: int | None = None
    comment: str = ""


def heads_of(storage: Storage, datasets: Iterable[Dataset]) -> dict[TableName, Head]:
    """The heads of those that have a log. One that cannot be read has only the time of its file."""
    found = list(datasets)
    delta = [dataset for dataset in found if dataset.format is Format.DELTA]
    iceberg = [dataset for dataset in found if dataset.format is Format.ICEBERG]
    return _delta_heads(storage, delta) | _iceberg_heads(storage, iceberg)


def commits_of(dataset: Dataset) -> list[StoredFile]:
    """The entries of a Delta log, the newest first."""
    return sorted((file for file in dataset.files if COMMIT.fullmatch(file.path)), reverse=True)


def newest_metadata(dataset: Dataset) -> StoredFile:
    """Iceberg's metadata file with the highest number; of two with the same, the one written last."""

    def order(file: StoredFile) -> tuple[int, float]:
        match = NUMBER.match(file.path)
        return int(match[1]) if match else -1, file.modified

    return max(dataset.files, key=order)


def unpacked(raw: bytes) -> bytes:
    """The content of a metadata file, which may be packed."""
    return gzip.decompress(raw) if raw.startswith(GZIP) else raw


def _delta_heads(storage: Storage, datasets: Iterable[Dataset]) -> dict[TableName, Head]:
    """Step by step back from the newest entry to one that wrote data, all tables at once."""
    left = {dataset.name: commits for dataset in datasets if (commits := commits_of(dataset))}
    heads: dict[TableName, Head] = {}
    for step in range(MAX_STEPS):
        looked = {name: commits[min(step, len(commits) - 1)] for name, commits in left.items()}
        wrote = _read(storage, looked.values(), lambda raw: bool(WRITES_DATA.search(raw)), otherwise=True)
        for name, commit in looked.items():
            if wrote[commit] or step >= min(len(left[name]), MAX_STEPS) - 1:
                heads[name] = Head(_time(commit))
                del left[name]
    return heads


def _iceberg_heads(storage: Storage, datasets: Iterable[Dataset]) -> dict[TableName, Head]:
    newest = {dataset.name: newest_metadata(dataset) for dataset in datasets}
    read = _read(storage, newest.values(), _iceberg_head, otherwise=None)
    return {name: read[file] or Head(_time(file)) for name, file in newest.items()}


def _iceberg_head(raw: bytes) -> Head | None:
    return iceberg_head(IcebergLog.model_validate_json(unpacked(raw)))


def iceberg_head(metadata: IcebergLog) -> Head:
    """The snapshot that last changed data. A snapshot of the operation `replace` only moves it into other files."""
    snapshots = {snapshot.id: snapshot for snapshot in metadata.snapshots}
    comment = metadata.properties.get("comment", "")
    current = snapshots.get(metadata.current or -1)
    if current is None:
        return Head(None, 0, comment)
    wrote = current
    while wrote.summary.get("operation") == "replace" and wrote.parent in snapshots:
        wrote = snapshots[wrote.parent]
    return Head(datetime.fromtimestamp(wrote.milliseconds / 1000, UTC), _rows(current.summary), comment)


def _rows(summary: Mapping[str, str]) -> int | None:
    """The number of rows, where no rows of the data files are deleted by other files."""
    deleted = any(summary.get(key) != "0" for key in DELETED)
    return int(summary["total-records"]) if "total-records" in summary and not deleted else None


def _read(
    storage: Storage, files: Iterable[StoredFile], understand: Callable[[bytes], T], *, otherwise: T
) -> dict[StoredFile, T]:
    """What is understood of each file; `otherwise` where it cannot be read."""
    wanted = list(dict.fromkeys(files))
    missing = [file for file in wanted if (storage.key, file) not in _kept]
    if len(_kept) + len(missing) > MAX_KEPT:
        _kept.clear()
        missing = wanted
    found: dict[StoredFile, T] = {}
    if missing:
        with ThreadPoolExecutor(AT_ONCE) as readers:
            attempts = readers.map(partial(_understood, storage, understand), missing)
            found = {file: values[0] for file, values in zip(missing, attempts, strict=True) if values}
    _kept.update({(storage.key, file): value for file, value in found.items()})
    return {file: _kept.get((storage.key, file), otherwise) for file in wanted}


def _understood(storage: Storage, understand: Callable[[bytes], T], file: StoredFile) -> list[T]:
    try:
        return [understand(storage.read(file.path))]
    except (OSError, EOFError, ValueError, zlib.error):  # gone by now, or damaged: reading the table says so
        return []


def _time(file: StoredFile) -> datetime:
    return datetime.fromtimestamp(file.modified, UTC)
