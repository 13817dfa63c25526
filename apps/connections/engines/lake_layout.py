"""Which files of a folder make which table: told from their names alone, so that one listing is enough. Pure.

- A folder with a Delta log (`_delta_log`) or Iceberg metadata (`metadata/*.metadata.json`) is a table, at any depth.
- Partition folders (`day=2026-11-20`) belong to the folder above them, and so do folders that are named for a date.
- From the second level on, a folder with data files is a table: `sales/orders/` is `sales.orders`.
- Above that, in the root and in a first folder, each file is a table: `sales/orders.csv` is `sales.orders`. Numbers in
  a name are a series: `sales/orders_2026-11-20.csv` and those of all other days are `sales.orders_*`. A name of nothing
  but numbers and words for parts, such as `part-00000.parquet`, belongs to its folder: `orders/part-00000.parquet` is
  `files.orders`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from apps.connections.names import TableName

ROOT_SCHEMA = "files"  # of what lies in the root itself
PACKED = {"gz", "zst"}  # whole text files, packed
CODECS = {"snappy", "gz", "zst", "zstd", "lz4", "brotli"}  # words in names such as orders.snappy.parquet
DELTA_LOG, ICEBERG_LOG, ICEBERG_FILE = "_delta_log", "metadata", ".metadata.json"
LOGS = (DELTA_LOG, ICEBERG_LOG)
DELTA_FILE = re.compile(r"\d{20}\.(json|checkpoint(\.[\w-]+)*\.(parquet|json))|_last_checkpoint")
DELETIONS = re.compile(r"deletion_vector_[\w-]+\.bin")
PARTITION = re.compile(r"([^=]+)=.*", re.DOTALL)
DATE = re.compile(r"(19|20)\d\d([-_]?[01]\d([-_]?[0-3]\d([-_T]?[0-2]\d([-_:]?[0-5]\d)*Z?)?)?)?")
YEAR = re.compile(r"/(?:19|20)\d\d")  # a path from the root without one has no folder that is named for a date
WITHIN_DATE = re.compile(r"\d{1,2}")  # the month in 2026/11
# What writers keep for themselves: Spark's _temporary and _SUCCESS, .crc files, DuckDB's tmp_ files. For a path from /.
HIDDEN = re.compile(r"/(?:\.|tmp_|_(?![^/]*=))")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
WORD = re.compile(r"([^\W_]+)")
NUMBERED = re.compile(r"([^\W\d_]+)\d+|\d+([^\W\d_]+)|\d+T\d+Z?|\d+")
# Words that writers of many numbered files give to each of them; a single letter is one too.
PART_WORDS = {"part", "parts", "data", "file", "chunk", "batch", "shard", "split", "segment", "output", "export", "tid"}
MAX_NAME = 255  # characters that the catalogue keeps of a schema or a table
UNREADABLE = set("*?[")  # would be taken for a pattern when the file is opened


class Format(StrEnum):
    PARQUET = "parquet"
    CSV = "csv"
    JSON = "json"
    DELTA = "delta"
    ICEBERG = "iceberg"


EXTENSIONS = {
    "parquet": Format.PARQUET, "parq": Format.PARQUET, "pq": Format.PARQUET,
    "csv": Format.CSV, "tsv": Format.CSV,
    "json": Format.JSON, "jsonl": Format.JSON, "ndjson": Format.JSON,
}  # fmt: skip
SPOKEN = {Format.PARQUET: "Parquet", Format.CSV: "CSV", Format.JSON: "JSON", Format.DELTA: "Delta",
          Format.ICEBERG: "Iceberg"}  # fmt: skip


class StoredFile(NamedTuple):
    """A file below the root: its path with `/`, its bytes, when it was written (seconds since 1970), and whatever else
    the storage gives to tell one version of it from the next."""

    path: str
    size: int
    modified: float
    version: str = ""


class Place(NamedTuple):
    """Where a table lies, and which partition columns the path of a file names."""

    table: TableName
    path: str  # of the folder, or of the files with `*` for numbers
    keys: tuple[str, ...] = ()


@dataclass(slots=True)
class Dataset:
    """A table: its files (of Delta and Iceberg: those of its log), and why it cannot be read, as far as names tell."""

    name: TableName
    place: str
    format: Format
    keys: tuple[str, ...] = ()
    files: list[StoredFile] = field(default_factory=list)
    beside: list[StoredFile] = field(default_factory=list)  # deletion vectors of a Delta table
    bytes: int = 0
    problem: str = ""

    @property
    def where(self) -> str:
        """Where it lies, to be read by people."""
        return self.place or "the folder itself"


def datasets_of(files: Iterable[StoredFile], *, root_name: str) -> dict[TableName, Dataset]:
    """The tables that these files make, by name in order. `root_name` names the root when it is a table itself."""
    listed = list(files)
    logs = _logs(listed)
    found: dict[TableName, Dataset] = {}
    for file in listed:
        parts = file.path.split("/")
        if logs and (log := _log_above(parts, logs)) is not None:
            _add_to_log(found, Place(_folder_table(log, root_name), "/".join(log)), logs[log], file)
        elif (kind := _format_of(file.path, parts[-1])) is not None:
            _add(found, _place_of(file.path, parts, root_name), kind, file)
    return {name: found[name] for name in sorted(found) if max(map(len, name)) <= MAX_NAME}


def _logs(files: Sequence[StoredFile]) -> Mapping[tuple[str, ...], Format]:
    """The folders that are Delta or Iceberg tables. One that is both is read as Delta."""
    found: dict[tuple[str, ...], Format] = {}
    for file in files:
        above, _, name = file.path.rpartition("/")
        folder, _, last = above.rpartition("/")
        if last not in LOGS or HIDDEN.search(f"/{folder}"):
            continue
        home = tuple(folder.split("/")) if folder else ()
        if last == DELTA_LOG and DELTA_FILE.fullmatch(name):
            found[home] = Format.DELTA
        elif last == ICEBERG_LOG and ICEBERG_FILE in name:
            found.setdefault(home, Format.ICEBERG)
    return found


def _log_above(parts: Sequence[str], logs: Mapping[tuple[str, ...], Format]) -> tuple[str, ...] | None:
    return next((home for end in range(len(parts)) if (home := tuple(parts[:end])) in logs), None)


def _add_to_log(found: dict[TableName, Dataset], place: Place, kind: Format, file: StoredFile) -> None:
    dataset = _dataset(found, place, kind)
    dataset.bytes += file.size
    folder, _, name = file.path.removeprefix(place.path).lstrip("/").rpartition("/")
    if kind is Format.DELTA:
        if (folder == DELTA_LOG and DELTA_FILE.fullmatch(name)) or folder == f"{DELTA_LOG}/_sidecars":
            dataset.files.append(file)
        elif DELETIONS.fullmatch(name):
            dataset.beside.append(file)
    elif folder == ICEBERG_LOG and ICEBERG_FILE in name:
        dataset.files.append(file)


def _add(found: dict[TableName, Dataset], place: Place, kind: Format, file: StoredFile) -> None:
    dataset = _dataset(found, place, kind)
    dataset.files.append(file)
    dataset.bytes += file.size
    if not dataset.problem and place.keys != dataset.keys:
        dataset.problem = (
            f"Some files of {dataset.where} lie in partition folders ({_keys_words(place.keys or dataset.keys)}) and "
            "some do not, or in others. Give all of them the same partition folders."
        )
    if not dataset.problem and not UNREADABLE.isdisjoint(file.path):
        dataset.problem = f"The file {file.path} has *, ? or [ in its name and cannot be read. Rename it."


def _dataset(found: dict[TableName, Dataset], place: Place, kind: Format) -> Dataset:
    dataset = found.get(place.table)
    if dataset is None:
        dataset = found[place.table] = Dataset(place.table, place.path, kind, place.keys)
    elif dataset.place != place.path:
        dataset.problem = dataset.problem or (
            f"Both {dataset.where} and {place.path or 'the folder itself'} would be the table {place.table}. "
            "Rename one of them."
        )
    elif dataset.format is not kind:
        dataset.problem = dataset.problem or (
            f"There are files of more than one format in {dataset.where}: {SPOKEN[dataset.format]} and {SPOKEN[kind]}. "
            "Keep each format in a folder of its own."
        )
    return dataset


def _format_of(path: str, name: str) -> Format | None:
    """The format of a data file; None for any other file, hidden and temporary ones among them."""
    if HIDDEN.search(f"/{path}"):
        return None
    words = name.lower().split(".")
    packed = words[-1] in PACKED and len(words) > 2
    kind = EXTENSIONS.get(words[-2 if packed else -1]) if len(words) > 1 else None
    return None if packed and kind is Format.PARQUET else kind


def _place_of(path: str, parts: Sequence[str], root_name: str) -> Place:
    home: tuple[str, ...] = tuple(parts[:-1])
    keys: tuple[str, ...] = ()
    if "=" in path:
        home, keys = _parted(home)
    if YEAR.search(f"/{path}"):
        home = _without_dates(home)
    if keys or len(home) >= 2:
        return Place(_folder_table(home, root_name), "/".join(home), keys)
    series = _series(_stem(parts[-1]))
    if series is None:
        return Place(_folder_table(home, root_name), "/".join(home))
    files = "/".join((*home, f"{series}.{_extension(parts[-1])}"))
    return Place(TableName(home[0] if home else ROOT_SCHEMA, series), files)


def _parted(folders: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The folders above the first partition folder, and the partition columns from there on."""
    matches = [PARTITION.fullmatch(folder) for folder in folders]
    first = next((index for index, match in enumerate(matches) if match), len(folders))
    return folders[:first], tuple(match[1] for match in matches[first:] if match)


def _extension(name: str) -> str:
    words = name.lower().split(".")
    return words[-2] if words[-1] in PACKED else words[-1]


def _stem(name: str) -> str:
    """The name without extension and packing."""
    words = name.split(".")
    keep = len(words) - 1 - (words[-1].lower() in PACKED)
    while keep > 1 and words[keep - 1].lower() in CODECS:
        keep -= 1
    return ".".join(words[:keep])


def _series(stem: str) -> str | None:
    """The name with `*` for its numbers; None when beside numbers it has nothing but words for parts."""
    pieces = WORD.split(UUID.sub("0", stem))  # every other one is a word
    pieces[1::2] = map(_without_number, pieces[1::2])
    name = re.sub(r"\*[\W_]*(?=\*)", "", "".join(pieces))
    words = re.findall(r"[^\W\d_]+", name.lower())
    is_part = "*" in name and all(len(word) == 1 or word in PART_WORDS for word in words)
    return None if is_part else name


def _without_number(word: str) -> str:
    """A word with `*` for its number; for all of it when letters and digits alternate, as in a hash."""
    if not any(char.isdigit() for char in word):
        return word
    match = NUMBERED.fullmatch(word)
    return f"{match[1] or ''}*{match[2] or ''}" if match else "*"


def _without_dates(folders: Sequence[str]) -> tuple[str, ...]:
    kept: list[str] = []
    dated = False
    for folder in folders:
        dated = bool(DATE.fullmatch(folder) or (dated and WITHIN_DATE.fullmatch(folder)))
        if not dated:
            kept.append(folder)
    return tuple(kept)


def _folder_table(folders: Sequence[str], root_name: str) -> TableName:
    if len(folders) < 2:
        return TableName(ROOT_SCHEMA, folders[0] if folders else root_name)
    return TableName(folders[0], "/".join(folders[1:]))


def _keys_words(keys: Sequence[str]) -> str:
    return ", ".join(f"{key}=…" for key in keys)
