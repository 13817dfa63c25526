"""Iceberg tables as another program would write them: data by DuckDB, manifests and metadata by pyiceberg's writers."""

from __future__ import annotations

import time
import uuid
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
from pyiceberg.io import InputFile, OutputFile, OutputStream
from pyiceberg.manifest import (
    DataFile,
    DataFileContent,
    FileFormat,
    ManifestContent,
    ManifestEntry,
    ManifestEntryStatus,
    ManifestWriterV2,
    write_manifest_list,
)
from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table.metadata import TableMetadata, TableMetadataV2, new_table_metadata
from pyiceberg.table.refs import SnapshotRefType
from pyiceberg.table.snapshots import Operation, Snapshot, Summary
from pyiceberg.table.sorting import UNSORTED_SORT_ORDER
from pyiceberg.table.update import (
    AddSchemaUpdate,
    AddSnapshotUpdate,
    SetCurrentSchemaUpdate,
    SetPropertiesUpdate,
    SetSnapshotRefUpdate,
    TableUpdate,
    update_table_metadata,
)
from pyiceberg.typedef import Record

NO_DELETES = {"total-delete-files": "0", "total-position-deletes": "0", "total-equality-deletes": "0"}


class Output(OutputFile):
    """A file on disk that goes by the name of its location."""

    def __init__(self, location: str, path: Path) -> None:
        super().__init__(location)
        self._path = path

    def __len__(self) -> int:
        return self._path.stat().st_size

    def exists(self) -> bool:
        return self._path.exists()

    def to_input_file(self) -> InputFile:
        raise NotImplementedError

    def create(self, overwrite: bool = False) -> OutputStream:
        return self._path.open("wb")


class DeleteManifest(ManifestWriterV2):
    def content(self) -> ManifestContent:
        return ManifestContent.DELETES

    @property
    def _meta(self) -> dict[str, str]:
        return {**super()._meta, "content": "deletes"}


class IcebergTable:
    """A table of format 2 in `folder`. `location` is the name that its metadata gives to the folder."""

    def __init__(
        self, folder: Path, schema: Schema, *, location: str = "", spec: PartitionSpec = UNPARTITIONED_PARTITION_SPEC
    ) -> None:
        self.folder, self.location = folder, location or folder.as_uri()
        self.spec = spec
        self.metadata = _of_format_2(new_table_metadata(schema, spec, UNSORTED_SORT_ORDER, self.location))
        self.rows = 0
        self._numbers, self._versions, self._manifests = count(1), count(), list[Any]()
        (folder / "data").mkdir(parents=True)
        (folder / "metadata").mkdir()
        self._commit()

    def append(self, select: str, *, partition: Record | None = None, at: float | None = None) -> str:
        """Add the rows of a SELECT of DuckDB's in a file; returns its location."""
        name = f"data/{next(self._numbers):05}.parquet"
        fields = ", ".join(f'"{field.name}": {field.field_id}' for field in self.metadata.schema().fields)
        rows = self._written(name, select, f"(FORMAT parquet, FIELD_IDS {{{fields}}})")
        self.rows += rows
        self._add(name, rows, DataFileContent.DATA, partition)
        self._snapshot(Operation.APPEND, at, {**NO_DELETES, "total-records": str(self.rows)})
        return f"{self.location}/{name}"

    def delete_positions(self, location: str, *positions: int) -> None:
        """Delete rows of a file by their place in it, which leaves the file as it is."""
        name = f"data/{next(self._numbers):05}-deletes.parquet"
        path, places = location.replace("'", "''"), ", ".join(map(str, positions))
        select = f"SELECT '{path}' AS file_path, unnest([{places}])::BIGINT AS pos"
        self._written(name, select, "(FORMAT parquet, FIELD_IDS {file_path: 2147483546, pos: 2147483545})")
        self._add(name, len(positions), DataFileContent.POSITION_DELETES, None)
        self._snapshot(Operation.DELETE, None, {"total-records": str(self.rows), "total-delete-files": "1"})

    def delete_values(self) -> None:
        """Delete rows by the values that they have, as Flink does."""
        name = f"data/{next(self._numbers):05}-deletes.parquet"
        self._written(name, "SELECT 1::BIGINT AS id", "(FORMAT parquet, FIELD_IDS {id: 1})")
        self._add(name, 1, DataFileContent.EQUALITY_DELETES, None)
        self._snapshot(Operation.DELETE, None, {})

    def compact(self, at: float | None = None) -> None:
        """A snapshot that only moves rows into other files."""
        self._snapshot(Operation.REPLACE, at, {**NO_DELETES, "total-records": str(self.rows)})

    def change_schema(self, schema: Schema) -> None:
        self._update(AddSchemaUpdate.model_validate({"schema": schema}), SetCurrentSchemaUpdate.model_validate({}))

    def set_property(self, name: str, value: str) -> None:
        self._update(SetPropertiesUpdate(updates={name: value}))

    def _written(self, name: str, select: str, options: str) -> int:
        with duckdb.connect() as session:
            path = str(self.folder / name).replace("'", "''")
            copied = session.execute(f"COPY ({select}) TO '{path}' {options}").fetchall()
        return int(copied[0][0])

    def _add(self, name: str, rows: int, content: DataFileContent, partition: Record | None) -> None:
        """A manifest with one file, for the next snapshot."""
        self._next_snapshot = uuid.uuid4().int >> 66
        file = DataFile.from_args(
            content=content, file_path=f"{self.location}/{name}", file_format=FileFormat.PARQUET,
            partition=partition or Record(), record_count=rows, file_size_in_bytes=(self.folder / name).stat().st_size,
            column_sizes={}, value_counts={}, null_value_counts={}, nan_value_counts={}, lower_bounds={},
            upper_bounds={}, equality_ids=[1] if content is DataFileContent.EQUALITY_DELETES else None,
        )  # fmt: skip
        kind = ManifestWriterV2 if content is DataFileContent.DATA else DeleteManifest
        output = self._output(f"{uuid.uuid4()}-m0.avro")
        with kind(self.spec, self.metadata.schema(), output, self._next_snapshot, "null") as writer:
            entry = ManifestEntry.from_args(
                status=ManifestEntryStatus.ADDED, snapshot_id=self._next_snapshot, data_file=file
            )
            writer.add_entry(entry)
        self._manifests.append(writer.to_manifest_file())

    def _snapshot(self, operation: Operation, at: float | None, summary: dict[str, str]) -> None:
        current = self.metadata.current_snapshot()
        parent = current.snapshot_id if current else None
        number, sequence = uuid.uuid4().int >> 66, self.metadata.last_sequence_number + 1
        if operation is not Operation.REPLACE:
            number = self._next_snapshot
        output = self._output(f"snap-{number}.avro")
        with write_manifest_list(2, output, number, parent, sequence, "null") as writer:
            writer.add_manifests(self._manifests)
        for manifest in self._manifests:
            manifest.sequence_number = sequence if manifest.sequence_number == -1 else manifest.sequence_number
            manifest.min_sequence_number = manifest.sequence_number
        snapshot = Snapshot(
            snapshot_id=number, parent_snapshot_id=parent, sequence_number=sequence,
            timestamp_ms=int((at or time.time()) * 1000), manifest_list=output.location,
            summary=Summary(operation, **summary), schema_id=self.metadata.current_schema_id,
        )  # fmt: skip
        branch = {"ref-name": "main", "type": SnapshotRefType.BRANCH, "snapshot-id": number}
        self._update(AddSnapshotUpdate(snapshot=snapshot), SetSnapshotRefUpdate.model_validate(branch))

    def _output(self, name: str) -> Output:
        return Output(f"{self.location}/metadata/{name}", self.folder / "metadata" / name)

    def _update(self, *updates: TableUpdate) -> None:
        self.metadata = _of_format_2(update_table_metadata(self.metadata, updates))
        self._commit()

    def _commit(self) -> None:
        name = f"{next(self._versions):05}-{uuid.uuid4()}.metadata.json"
        (self.folder / "metadata" / name).write_text(self.metadata.model_dump_json())


def _of_format_2(metadata: TableMetadata) -> TableMetadataV2:
    assert isinstance(metadata, TableMetadataV2)
    return metadata
