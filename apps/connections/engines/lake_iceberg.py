"""An Iceberg table as DuckDB reads it: its newest metadata and manifests, which the `pyiceberg` package understands.

Columns are found by the numbers of their fields, so that renamed, dropped and added ones are right in old files too.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from io import BytesIO

from pyiceberg.exceptions import ValidationError
from pyiceberg.io import FileIO, InputFile, InputStream, OutputFile
from pyiceberg.manifest import DataFile, FileFormat
from pyiceberg.table import DataScan, FileScanTask
from pyiceberg.table.metadata import TableMetadata, TableMetadataUtil
from pyiceberg.types import IcebergType, ListType, MapType, NestedField, StructType

from apps.connections.engines.contract import Column
from apps.connections.engines.duckdb_session import time_of
from apps.connections.engines.errors import QueryFailed
from apps.connections.engines.lake_heads import newest_metadata, unpacked
from apps.connections.engines.lake_layout import Dataset, Format, StoredFile
from apps.connections.engines.lake_reading import SQL, Deleted, Reading, Source, listed
from apps.connections.engines.lake_storage import Storage

TYPES = {
    "string": "VARCHAR", "long": "BIGINT", "int": "INTEGER", "float": "FLOAT", "double": "DOUBLE", "boolean": "BOOLEAN",
    "binary": "BLOB", "date": "DATE", "time": "TIME", "uuid": "UUID", "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMP WITH TIME ZONE", "timestamp_ns": "TIMESTAMP_NS",
    "timestamptz_ns": "TIMESTAMP WITH TIME ZONE",
}  # fmt: skip
NAME_MAPPING = "schema.name-mapping.default"
DAMAGED = (OSError, EOFError, ValueError, LookupError, ValidationError, zlib.error)
NEWEST_VERSION = 2  # of the format; the next one has deletion vectors, defaults and types of its own


class ReadThrough(FileIO):
    """Pyiceberg's door to files, which leads to the storage and nowhere else."""

    def __init__(self, storage: Storage, dataset: Dataset) -> None:
        super().__init__()
        self.storage, self.dataset = storage, dataset
        self.home = dataset.place  # where its metadata says that the table lies; elsewhere, when it was copied

    def path(self, location: str) -> str:
        inside = self.storage.within(location)
        if inside is None and location.startswith(f"{self.home}/"):
            inside = self.storage.within(self.storage.uri(f"{self.dataset.place}/{location[len(self.home) + 1 :]}"))
        if inside is None:
            raise QueryFailed(
                f"The Iceberg table {self.dataset.where} names files outside of {self.storage.place}, such as "
                f"{location}. Midwatch reads only what is in the folder of the connection."
            )
        return inside

    def new_input(self, location: str) -> InputFile:
        return StoredInput(location, self)

    def new_output(self, location: str) -> OutputFile:
        raise PermissionError("Midwatch only reads.")

    def delete(self, location: str | InputFile | OutputFile) -> None:
        raise PermissionError("Midwatch only reads.")


class StoredInput(InputFile):
    def __init__(self, location: str, door: ReadThrough) -> None:
        super().__init__(location)
        self._door = door

    def __len__(self) -> int:
        return len(self._content())

    def exists(self) -> bool:
        return True

    def open(self, seekable: bool = True) -> InputStream:
        return BytesIO(self._content())

    def _content(self) -> bytes:
        return self._door.storage.read(self._door.path(self.location))


def reading(storage: Storage, dataset: Dataset) -> Reading:
    """Raises QueryFailed where the metadata cannot be read, or asks for more than is understood here."""
    door = ReadThrough(storage, dataset)
    try:
        raw = unpacked(storage.read(newest_metadata(dataset).path))
        table = TableMetadataUtil.parse_raw(raw.decode())
        _check(table)
        door.home = table.location.rstrip("/")
        tasks = list(DataScan(table, door).plan_files())
    except DAMAGED as error:
        raise QueryFailed(f"The Iceberg table {dataset.where} cannot be read: {_said(error)}.") from error
    files = tuple(_stored(door, task.file) for task in tasks)
    keys = _partitioned_by(table)
    sources = tuple(_source(field, keys) for field in table.schema().fields if _is_steady(field, table))
    names = tuple(source.column.name for source in sources if source.column.partition)
    return Reading(Format.ICEBERG, files, names, sources, _deleted(door, tasks))


def _check(table: TableMetadata) -> None:
    if table.format_version > NEWEST_VERSION:
        raise ValueError(f"it is of format version {table.format_version}, and Midwatch understands 1 and 2")
    if NAME_MAPPING in table.properties:
        raise ValueError(
            "its columns are found by name (it was made from files of another table), and Midwatch finds them by number"
        )


def _stored(door: ReadThrough, file: DataFile) -> StoredFile:
    if file.file_format != FileFormat.PARQUET:
        raise QueryFailed(
            f"The Iceberg table {door.dataset.where} has files in the format {file.file_format.value}; Midwatch reads "
            "Parquet."
        )
    return StoredFile(door.path(file.file_path), file.file_size_in_bytes, 0.0)


def _partitioned_by(table: TableMetadata) -> set[int]:
    return {field.source_id for field in table.spec().fields}


def _source(field: NestedField, keys: set[int]) -> Source:
    kind = type_of(field.field_type)
    partition = field.field_id in keys
    column = Column(field.name, kind, time_of(kind), not field.required, field.doc or "", partition)
    return Source(column, key=field.field_id)


def _is_steady(field: NestedField, table: TableMetadata) -> bool:
    """False for a nested column whose parts changed: inside of it they are found by name, which old files may lack."""
    if field.field_type.is_primitive:
        return True
    versions = (old for schema in table.schemas for old in schema.fields)
    return len({str(old.field_type) for old in versions if old.field_id == field.field_id}) == 1


def type_of(kind: IcebergType) -> str:
    """DuckDB's type for one of Iceberg's. Raises QueryFailed."""
    if isinstance(kind, ListType):
        return f"{type_of(kind.element_type)}[]"
    if isinstance(kind, MapType):
        return f"MAP({type_of(kind.key_type)}, {type_of(kind.value_type)})"
    if isinstance(kind, StructType):
        return f"STRUCT({', '.join(f'{SQL.name(part.name)} {type_of(part.field_type)}' for part in kind.fields)})"
    written = str(kind)
    if written.startswith("decimal"):
        return written.replace(" ", "").upper()
    if written.startswith("fixed"):
        return "BLOB"
    if written not in TYPES:
        raise QueryFailed(f"The table has a column of Iceberg's type {written}, which Midwatch does not understand.")
    return TYPES[written]


def _deleted(door: ReadThrough, tasks: Sequence[FileScanTask]) -> Deleted | None:
    """Rows that delete files name by file and position. (Deletes by value are refused when the plan is made.)"""
    numbers = {task.file.file_path: number for number, task in enumerate(tasks) if task.delete_files}
    files = tuple(dict.fromkeys(_stored(door, file) for file in _delete_files(tasks)))
    if not files:
        return None
    known = f"SELECT unnest({listed(numbers)}) AS file_path, unnest({list(numbers.values())}) AS file"
    uris = listed(door.storage.uri(file.path) for file in files)
    select = f"SELECT file, pos AS row FROM read_parquet({uris}, union_by_name = true) JOIN ({known}) USING (file_path)"  # noqa: S608
    return Deleted(select, files)


def _delete_files(tasks: Iterable[FileScanTask]) -> Iterable[DataFile]:
    return (file for task in tasks for file in sorted(task.delete_files, key=lambda file: file.file_path))


def _said(error: Exception) -> str:
    if isinstance(error, ValidationError | LookupError | EOFError | zlib.error):
        return "its metadata is damaged, or still being written"
    if "equality deletes" in str(error):
        return "some of its rows are deleted by their values (equality deletes). Compact the table"
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
