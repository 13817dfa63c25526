"""Where the files of a lake lie: what a storage must offer, and the one on local disk."""

from __future__ import annotations

import os
from collections.abc import Collection
from operator import attrgetter
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import duckdb

from apps.connections.engines.errors import ConnectionFailed, DatabaseMissing, LoginRefused, NoAnswer
from apps.connections.engines.lake_layout import StoredFile

MAX_FILES = 250_000
MAX_EXAMPLES = 5
NAME_OF = attrgetter("name")


class Storage(Protocol):
    """A folder of files somewhere. Paths are relative to it, with `/` between their parts."""

    name: str  # of the folder, without what stands above it
    place: str  # to be read by people
    key: str  # no other storage has it
    requests: int  # listings so far

    def list(self) -> list[StoredFile]:
        """Every file below the folder. Raises ConnectionFailed."""

    def read(self, path: str) -> bytes:
        """A whole file. Raises OSError."""

    def uri(self, path: str) -> str:
        """The name by which DuckDB opens a file."""

    def within(self, location: str) -> str | None:
        """The path of a location that a table's log names; None when it is outside of the folder."""

    def attach(self, session: duckdb.DuckDBPyConnection, files: Collection[StoredFile]) -> None:
        """Let a session read these files, as far as the storage is concerned."""

    def is_writable(self, path: str) -> bool:
        """Whether Midwatch could change a file, as far as that is known without trying."""

    def close(self) -> None: ...


class LocalStorage:
    """A folder on the machine that runs Midwatch. Symbolic links are not followed: they could lead out of it."""

    def __init__(self, path: str) -> None:
        self.root = str(Path(path).absolute())
        self.name = Path(self.root).name or "root"
        self.place = self.key = self.root
        self.requests = 0

    def list(self) -> list[StoredFile]:
        self.requests += 1
        files: list[StoredFile] = []
        try:
            _walk(self.root, "", files)
        except OSError as error:
            raise self._failed(error) from error
        return files

    def read(self, path: str) -> bytes:
        return Path(self.root, path).read_bytes()

    def uri(self, path: str) -> str:
        return f"{self.root}/{path}" if self.root != "/" else f"/{path}"

    def within(self, location: str) -> str | None:
        """By way of any links, which must not lead out of the folder either."""
        if location.startswith("file:"):
            location = unquote(urlsplit(location).path)
        root = f"{os.path.realpath(self.root).rstrip('/')}/"
        meant = os.path.realpath(location)
        return meant.removeprefix(root) if location.startswith("/") and meant.startswith(root) else None

    def attach(self, session: duckdb.DuckDBPyConnection, files: Collection[StoredFile]) -> None:
        """Nothing to do: DuckDB reads the disk itself."""

    def is_writable(self, path: str) -> bool:
        return os.access(self.uri(path), os.W_OK)

    def close(self) -> None:
        """Nothing is held open."""

    def _failed(self, error: Exception) -> ConnectionFailed:
        if isinstance(error, FileNotFoundError):
            return DatabaseMissing(f"There is no folder {self.root} on the machine that runs Midwatch. Check the path.")
        if isinstance(error, NotADirectoryError):
            return DatabaseMissing(f"{self.root} is a file. Give the path of the folder that it lies in.")
        if isinstance(error, PermissionError):
            return LoginRefused(
                f"Midwatch may not read {self.root}. Let the account that runs Midwatch read that folder and all in it."
            )
        return NoAnswer(f"The folder {self.root} cannot be read: {error}.")


def check_number(files: int, place: str) -> None:
    """Raises ConnectionFailed past the number of files that one connection may list."""
    if files > MAX_FILES:
        raise ConnectionFailed(
            f"There are more than {MAX_FILES:,} files in {place}. Make a connection for each of the folders in it, or "
            "merge small files."
        )


def _walk(root: str, above: str, found: list[StoredFile]) -> None:
    """Add the files below a folder to `found`. One below it that cannot be read, or is gone by now, is left out.

    This is most of a look at a lake, so it asks the disk for nothing twice. A symbolic link is neither a folder nor a
    file here.
    """
    with os.scandir(f"{root}/{above}") as entries:
        for entry in sorted(entries, key=NAME_OF):
            path = above + entry.name
            try:
                if not path.isascii() and not _is_text(path):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    _walk(root, f"{path}/", found)
                elif entry.is_file(follow_symlinks=False):
                    state = entry.stat(follow_symlinks=False)
                    version = f"{state.st_ino}.{state.st_mtime_ns}.{state.st_ctime_ns}"
                    found.append(StoredFile(path, state.st_size, state.st_mtime, version))
                    check_number(len(found), root)
            except (PermissionError, FileNotFoundError):
                continue


def _is_text(path: str) -> bool:
    """Whether the bytes of a name are UTF-8; others cannot be written in SQL."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
