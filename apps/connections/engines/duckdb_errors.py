"""DuckDB's errors as our own, each with a sentence that says what to do."""

from __future__ import annotations

import duckdb

from apps.connections.engines import errors

# A text of DuckDB's when a file is opened, the error it means, and what to do.
OPENING: tuple[tuple[str, type[errors.ConnectionFailed], str], ...] = (
    (
        "Could not set lock",
        errors.Busy,
        "The file {path} is held by a program that writes. Midwatch tries again; let that program close it in between.",
    ),
    (
        "different configuration than existing connections",
        errors.Busy,
        "The file {path} is open for writing in this very process. Midwatch tries again by itself.",
    ),
    (
        "database does not exist",
        errors.DatabaseMissing,
        "There is no file {path} on the machine that runs Midwatch. Check the path.",
    ),
    (
        "not a valid DuckDB database file",
        errors.DatabaseMissing,
        "The file {path} is not a DuckDB database. Check the path.",
    ),
    (
        "Loading external extensions is disabled",
        errors.DatabaseMissing,
        "The file {path} is a database of another kind, not DuckDB. Check the path.",
    ),
    ("Is a directory", errors.DatabaseMissing, "{path} is a folder. Give the path of the DuckDB file in it."),
    (
        "Permission denied",
        errors.LoginRefused,
        "Midwatch may not read the file {path}. Let the account that runs Midwatch read it and its folder.",
    ),
)


def opening(error: duckdb.Error, *, path: str) -> errors.ConnectionFailed:
    """Why the file could not be opened."""
    text = str(error)
    for part, kind, sentence in OPENING:
        if part in text:
            return kind(sentence.format(path=path))
    return errors.ConnectionFailed(f"The file {path} cannot be opened: {_said(text)}.")


def running(error: duckdb.Error, *, seconds: float) -> errors.QueryFailed:
    """Why a statement failed that may run for `seconds`."""
    said = _said(str(error))
    if isinstance(error, duckdb.InterruptException):
        return errors.QueryTimeout(f"The statement ran longer than {seconds:g} s and was cut. Make it cheaper.")
    if isinstance(error, duckdb.CatalogException) and said.startswith("Table with name"):
        return errors.TableMissing(f"The data store does not have this table: {said}. Check its schema and name.")
    if isinstance(error, duckdb.BinderException) and "column" in said:
        return errors.ColumnMissing(f"The table does not have this column: {said}. Check its name.")
    if isinstance(error, duckdb.PermissionException) or "read-only mode" in said:
        return errors.NotPermitted(f"Midwatch only reads, and only this file: {said}.")
    return errors.QueryFailed(f"The statement failed: {said}.")


def _said(text: str) -> str:
    """DuckDB's first line without the family that stands before it (`Binder Error: `)."""
    line = text.strip().splitlines()[0] if text.strip() else "no reason given"
    return line.partition("Error: ")[2].rstrip(".!") or line
