"""A Delta table as DuckDB reads it, from its log, which the `deltalake` package understands.

The log is copied into a temporary folder first, from its newest checkpoint on, so that no other code than the storage's
ever touches the disk or the network.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from apps.connections.engines.contract import Column
from apps.connections.engines.duckdb_session import time_of
from apps.connections.engines.errors import QueryFailed
from apps.connections.engines.lake_layout import DELTA_LOG, Dataset, Format, StoredFile
from apps.connections.engines.lake_reading import SQL, Deleted, Reading, Source, listed
from apps.connections.engines.lake_storage import Storage

LAST_CHECKPOINT = f"{DELTA_LOG}/_last_checkpoint"
VERSION = re.compile(r".*/(\d{20})\.[^/]+")
# What a reader must know about, and what is done about it here. Others are refused: they could change the numbers.
UNDERSTOOD = {"columnMapping", "deletionVectors", "timestampNtz", "typeWidening", "typeWidening-preview",
              "v2Checkpoint", "vacuumProtocolCheck"}  # fmt: skip
TYPES = {
    "string": "VARCHAR", "long": "BIGINT", "integer": "INTEGER", "short": "SMALLINT", "byte": "TINYINT",
    "float": "FLOAT", "double": "DOUBLE", "boolean": "BOOLEAN", "binary": "BLOB", "date": "DATE",
    "timestamp": "TIMESTAMP WITH TIME ZONE", "timestamp_ntz": "TIMESTAMP",
}  # fmt: skip
PHYSICAL = "delta.columnMapping.physicalName"
MAPPED = """
SELECT file, row - 1 AS row FROM (
    SELECT file, unnest(selection_vector) AS kept, generate_subscripts(selection_vector, 1) AS row
    FROM vectors JOIN (SELECT unnest({paths}) AS filepath, unnest({numbers}) AS file) USING (filepath)
) WHERE NOT kept
"""


def reading(storage: Storage, dataset: Dataset) -> Reading:
    """Raises QueryFailed where the log cannot be read, or asks for more than is understood here."""
    with tempfile.TemporaryDirectory(prefix="midwatch-delta-") as folder:
        try:
            _copy(storage, dataset, Path(folder))
            table = DeltaTable(folder)
            _check_features(table)
            described, added = table.metadata(), table.get_add_actions()
            told = ["path", "size_bytes", "modification_time"] + ["partition"] * bool(described.partition_columns)
            actions: dict[str, Any] = {name: added.column(name).to_pylist() for name in told}
            vectors = table.deletion_vectors().read_all() if _has_vectors(table) else None
            fields = json.loads(table.schema().to_json())["fields"]
        except (OSError, DeltaError, ValueError, LookupError) as error:
            raise QueryFailed(f"The Delta log of {dataset.where} cannot be read: {_said(error)}.") from error
    paths = [_path(storage, dataset, written) for written in actions["path"]]
    known = zip(paths, actions["size_bytes"], actions["modification_time"], strict=True)
    files = tuple(StoredFile(path, size, written / 1000) for path, size, written in known)
    keys, by_number = described.partition_columns, described.configuration.get("delta.columnMapping.mode") == "id"
    values = actions.get("partition", [])
    sources = tuple(_source(field, keys, values, by_number) for field in fields if _is_readable(field))
    return Reading(Format.DELTA, files, tuple(keys), sources, _deleted(vectors, folder, actions["path"]))


def _copy(storage: Storage, dataset: Dataset, folder: Path) -> None:
    """The log from its newest checkpoint on, and the deletion vectors."""
    home = f"{dataset.place}/" if dataset.place else ""
    newest = next((file for file in dataset.files if file.path == f"{home}{LAST_CHECKPOINT}"), None)
    # A checkpoint that this does not name may be incomplete.
    since = int(json.loads(storage.read(newest.path))["version"]) if newest else 0
    for file in (*dataset.files, *dataset.beside):
        match = VERSION.fullmatch(file.path)
        if match and int(match[1]) < since:
            continue
        copy = folder / file.path.removeprefix(home)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(storage.read(file.path))


def _check_features(table: DeltaTable) -> None:
    unknown = sorted(set(table.protocol().reader_features or ()) - UNDERSTOOD)
    if unknown:
        raise ValueError(f"it uses {', '.join(unknown)}, which Midwatch does not understand")


def _has_vectors(table: DeltaTable) -> bool:
    return "deletionVectors" in (table.protocol().reader_features or ())


def _path(storage: Storage, dataset: Dataset, written: str) -> str:
    """The path of a file that the log names: relative to the table, or absolute (a clone of another table)."""
    path = unquote(written)
    if "://" not in path and not path.startswith("/"):
        path = storage.uri(f"{dataset.place}/{path}" if dataset.place else path)
    inside = storage.within(path)
    if inside is None:
        raise QueryFailed(
            f"The Delta table {dataset.where} has files outside of {storage.place}, such as {path}. Midwatch reads "
            "only what is in the folder of the connection."
        )
    return inside


def _is_readable(field: Mapping[str, Any]) -> bool:
    """False for nested columns whose parts have other names in the files than in the table."""
    return isinstance(field["type"], str) or PHYSICAL not in json.dumps(field["type"])


def _source(
    field: Mapping[str, Any], keys: Sequence[str], partitions: Sequence[Mapping[str, Any]], by_number: bool
) -> Source:
    name, kind, more = field["name"], type_of(field["type"]), field.get("metadata") or {}
    comment = str(more.get("comment", ""))
    column = Column(name, kind, time_of(kind), bool(field["nullable"]), comment, name in keys)
    if name not in keys:
        return Source(column, key=more["delta.columnMapping.id"] if by_number else more.get(PHYSICAL, name))
    if kind == "BLOB":
        raise QueryFailed(f"The table is partitioned by the bytes of {name}, which Midwatch does not understand.")
    return Source(column, values=tuple(_text(values[name]) for values in partitions))


def type_of(kind: Any) -> str:
    """DuckDB's type for one of Delta's, as its protocol writes them. Raises QueryFailed."""
    if isinstance(kind, dict):
        if kind["type"] == "array":
            return f"{type_of(kind['elementType'])}[]"
        if kind["type"] == "map":
            return f"MAP({type_of(kind['keyType'])}, {type_of(kind['valueType'])})"
        parts = (f"{SQL.name(part['name'])} {type_of(part['type'])}" for part in kind["fields"])
        return f"STRUCT({', '.join(parts)})"
    if kind.startswith("decimal"):
        return str(kind).upper()
    if kind not in TYPES:
        raise QueryFailed(f"The table has a column of Delta's type {kind}, which Midwatch does not understand.")
    return TYPES[kind]


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _deleted(vectors: Any, folder: str, written: Sequence[str]) -> Deleted | None:
    """What the deletion vectors say, which name a file by where it would lie beside the copied log."""
    if vectors is None or not vectors.num_rows:
        return None
    number_of = {unquote(path): number for number, path in enumerate(written)}
    home = unquote(Path(folder).resolve().as_uri())
    paths = vectors.column("filepath").to_pylist()
    numbers = [number_of[unquote(path).removeprefix(f"{home}/")] for path in paths]
    return Deleted(MAPPED.format(paths=listed(paths), numbers=numbers), vectors=vectors)


def _said(error: Exception) -> str:
    """The first line: what follows is where in the package it happened."""
    return " ".join(str(error).strip().partition("\n")[0].split()).rstrip(".") or type(error).__name__
