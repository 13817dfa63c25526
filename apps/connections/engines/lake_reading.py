"""How DuckDB reads a table of a lake: the SELECT behind its view, and the files that this may open. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from apps.common.records import record
from apps.connections.engines.contract import Column
from apps.connections.engines.dialect import Dialect
from apps.connections.engines.lake_layout import Dataset, Format, StoredFile

SQL = Dialect(matches="regexp_matches({0}, {1})", quantile="QUANTILE_CONT({0}, {1})")
# Columns are told from names, so that a file may lack some of them. The first line of a CSV file is their names: what
# DuckDB would guess about headers, comments and lines to skip may be wrong without a word.
OPTIONS = {
    Format.PARQUET: "union_by_name = true",
    Format.CSV: "union_by_name = true, header = true, skip = 0, comment = '', null_padding = false",
    Format.JSON: "union_by_name = true",
}


@record
class Source:
    """A column that a table's log describes: DuckDB's type of it, and where its values are: under `key` in the files
    (a name, or Iceberg's number of the field), or the same `values` for all rows of each file."""

    column: Column
    key: str | int = ""
    values: tuple[str | None, ...] | None = None


@record
class Deleted:
    """Rows that are still in the files. `select` gives the number of the file, from 0, and of the row in it; it may
    read `files`, and `vectors` (Arrow data) under the name of vectors."""

    select: str
    files: tuple[StoredFile, ...] = ()
    vectors: Any = None


@record
class Reading:
    """A table as DuckDB reads it. `sources`: None where the columns are told by the files alone."""

    kind: Format
    files: tuple[StoredFile, ...]
    keys: tuple[str, ...] = ()
    sources: tuple[Source, ...] | None = None
    deleted: Deleted | None = None

    @property
    def opened(self) -> tuple[StoredFile, ...]:
        """All files that the view may open."""
        return self.files + (self.deleted.files if self.deleted else ())

    def select(self, uris: Sequence[str], *, deleted: str = "") -> str:
        """What the view selects. `uris` are those of `files`; `deleted` is a table with the columns file and row."""
        if self.sources is None:
            return _told_by_files(self.kind, uris, self.keys)
        return _told_by_log(self.sources, uris, deleted)


def plain(dataset: Dataset) -> Reading:
    """A table that has no log."""
    files = [file for file in dataset.files if file.size or dataset.format is Format.PARQUET]  # empty text has no rows
    return Reading(dataset.format, tuple(files), dataset.keys)


def sampled(reading: Reading) -> Reading:
    """The same with two files: that which was written first, and that which was written last."""
    by_age = sorted(reading.files, key=lambda file: file.modified)
    return replace(reading, files=tuple(dict.fromkeys((by_age[0], by_age[-1]))))


def listed(values: Iterable[str | None]) -> str:
    """A constant list of texts."""
    return f"[{', '.join('NULL' if value is None else SQL.text(value) for value in values)}]"


def _told_by_files(kind: Format, uris: Sequence[str], keys: Sequence[str]) -> str:
    options = f"{OPTIONS[kind]}, hive_partitioning = {'true' if keys else 'false'}"
    return f"SELECT * FROM read_{kind}({listed(uris)}, {options})"  # noqa: S608


def _told_by_log(sources: Sequence[Source], uris: Sequence[str], deleted: str) -> str:
    """Inside, columns are numbered, so that no name of theirs can be mistaken for one of DuckDB's own."""
    if not uris:
        empty = ", ".join(f"CAST(NULL AS {source.column.type}) AS {_name(source)}" for source in sources)
        return f"SELECT {empty} WHERE false"
    outer, schema = [], []
    for number, source in enumerate(sources):
        if source.values is not None:
            value = f"{listed(source.values)}[CAST(file_index AS BIGINT) + 1]"
            outer.append(f"CAST({value} AS {source.column.type}) AS {_name(source)}")
        else:
            outer.append(f"c{number} AS {_name(source)}")
            key = SQL.text(source.key) if isinstance(source.key, str) else str(source.key)
            kind = SQL.text(source.column.type)
            schema.append(f"{key}: {{'name': 'c{number}', 'type': {kind}, 'default_value': NULL}}")
    known = f", schema = MAP {{{', '.join(schema)}}}" if schema else ""
    rows = f"SELECT *, file_index, file_row_number FROM read_parquet({listed(uris)}, hive_partitioning = false{known})"  # noqa: S608
    kept = f" ANTI JOIN {deleted} d ON d.file = file_index AND d.row = file_row_number" if deleted else ""
    return f"SELECT {', '.join(outer)} FROM ({rows}){kept}"  # noqa: S608


def _name(source: Source) -> str:
    return SQL.name(source.column.name)
