"""What DuckDB says of files that it cannot read, as our own errors, each with a sentence that says what to do."""

from __future__ import annotations

import re

import duckdb

from apps.connections.engines import duckdb_errors
from apps.connections.engines.errors import NotPermitted, QueryFailed
from apps.connections.names import TableName

# Texts of DuckDB's and what they mean. The first that is found counts.
FILES: tuple[tuple[str, str], ...] = (
    (
        r"(?:No magic bytes found at end of file|File) '(?P<file>[^']+)'(?: too small to be a Parquet file)?",
        "{file} is no whole Parquet file: it is still being written, or damaged.",
    ),
    (r"Unexpected end of GZIP stream: (?P<file>.+)", "{file} is no whole file: it is still being written, or damaged."),
    (r"Input is not a GZIP stream: (?P<file>.+)", "{file} is not packed, though its name says so. Rename it."),
    (
        r"Malformed JSON in file \"(?P<file>[^\"]+)\", (?P<said>[^\n]+)",
        "{file} is no whole JSON file ({said}): it is still being written, or damaged.",
    ),
    (
        r"Error when sniffing file \"(?P<file>[^\"]+)\"",
        "{file} cannot be read as CSV. Its first line must name the columns, and each line must have as many of them.",
    ),
    (
        r"(?s)CSV Error on Line: (?P<line>\d+).*?\n(?P<said>(?:Invalid|Expected|Error|Value|Missing|Maximum)[^\n]+)"
        r".*file = (?P<file>[^\n]+)",
        "Line {line} of {file} cannot be read as CSV: {said}.",
    ),
    (
        r"(?s)failed to cast column \"(?P<column>[^\"]+)\" from type (?P<one>.+?) to (?P<two>[^:]+):.*?"
        r"In file \"(?P<file>[^\"]+)\"",
        "The column {column} holds {one} in {file}, and {two} in other files. Give it one type in all of them.",
    ),
    (r"Failed to read file \"(?P<file>[^\"]+)\": (?P<said>[^\n]+)", "{file} is damaged: {said}."),
    (
        r"(?:No files found that match the pattern|Cannot access file) \"(?P<file>[^\"]+?)(?:/\*\*/[^\"]*)?\"",
        "{file} was removed while Midwatch was about to read it. Midwatch tries again by itself.",
    ),
    (r"Cannot open file \"(?P<file>[^\"]+)\": Permission denied", "Midwatch may not read {file}. Allow it to."),
)
# Of an error in Python that DuckDB passes on, from the code that reads S3.
PYTHON = re.compile(r"^(?:\w+\.)*\w*(?:Error|Exception|Timeout|NotFound)\w*: (?P<said>.+)$", re.MULTILINE)


def reading(error: duckdb.Error, *, table: TableName, seconds: float) -> QueryFailed:
    """Why a table cannot be read, as it turns out when its files are first opened."""
    if isinstance(error, duckdb.InterruptException):
        return duckdb_errors.running(error, seconds=seconds)
    said = "".join(char for char in _first_line(error) if char.isprintable())
    return _told(error) or QueryFailed(
        f"A file of {table} cannot be read: it is still being written, or damaged. DuckDB said: {said.strip()}."
    )


def running(error: duckdb.Error, *, seconds: float) -> QueryFailed:
    """Why a statement failed that may run for `seconds`."""
    if isinstance(error, duckdb.PermissionException):
        return NotPermitted("Midwatch reads nothing but the tables of this connection, by their names.")
    if isinstance(error, duckdb.OutOfMemoryException):
        return QueryFailed("The statement needs more than the 1 GB of memory that it may have. Let it read less.")
    return _told(error) or duckdb_errors.running(error, seconds=seconds)


def _told(error: duckdb.Error) -> QueryFailed | None:
    """What is wrong with which file, where the text is a known one."""
    text = str(error)
    for pattern, sentence in FILES:
        if match := re.search(pattern, text):
            return QueryFailed(sentence.format(**{key: said.strip(" .") for key, said in match.groupdict().items()}))
    if "Traceback" in text and (found := PYTHON.findall(text)):
        return QueryFailed(f"The storage could not be read: {found[-1].strip().rstrip('.')}.")
    return None


def _first_line(error: duckdb.Error) -> str:
    line = str(error).strip().partition("\n")[0]
    return (line.partition("Error: ")[2] or line).rstrip(".!")
