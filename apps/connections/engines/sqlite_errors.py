"""SQLite's errors as our own, each with a sentence that says what to do."""

from __future__ import annotations

import sqlite3

from apps.connections.engines import errors

# Part of SQLite's text, the error it means, and what to do.
CASES: tuple[tuple[str, type[errors.EngineError], str], ...] = (
    (
        "database is locked",
        errors.Busy,
        "A program that writes holds the file {path}. Midwatch tries again; let that program finish in between.",
    ),
    (
        "file is not a database",
        errors.DatabaseMissing,
        "The file {path} is not a SQLite database, or it is encrypted. Check the path.",
    ),
    ("malformed", errors.DatabaseMissing, "The file {path} is damaged: {text}. Restore it from a copy."),
    (
        "unable to open database file",
        errors.LoginRefused,
        "Midwatch may not read the file {path}. Let the account that runs Midwatch read it, and write its folder if "
        "the file has a write-ahead log.",
    ),
    ("no such table", errors.TableMissing, "The data store does not have this table: {text}. Check its name."),
    ("no such column", errors.ColumnMissing, "The table does not have this column: {text}. Check its name."),
    ("not authorized", errors.NotPermitted, "Midwatch only reads, and only this file: write exactly one SELECT."),
    ("prohibited", errors.NotPermitted, "Midwatch only reads, and only this file: {text}."),
    ("readonly database", errors.NotPermitted, "Midwatch only reads: {text}."),
    ("one statement at a time", errors.NotPermitted, "Midwatch only reads: write exactly one SELECT."),
    (
        "interrupted",
        errors.QueryTimeout,
        "The statement ran longer than {seconds:g} s and was cut. Make it cheaper.",
    ),
)


def opening(error: Exception, *, path: str) -> errors.ConnectionFailed:
    """Why the file could not be opened."""
    found = running(error, path=path, seconds=0)
    if isinstance(found, errors.ConnectionFailed):
        return found
    return errors.ConnectionFailed(f"The file {path} cannot be opened: {_said(error)}.")


def running(error: Exception, *, path: str, seconds: float) -> errors.EngineError:
    """Why a statement failed that may run for `seconds`."""
    text = _said(error)
    for part, kind, sentence in CASES:
        if part in text:
            return kind(sentence.format(path=path, text=text, seconds=seconds))
    return errors.QueryFailed(f"The statement failed: {text}.")


def _said(error: Exception) -> str:
    kind = "" if isinstance(error, sqlite3.Error | sqlite3.Warning) else f"{type(error).__name__}: "
    return f"{kind}{error}".rstrip(".") or "no reason given"
