"""MotherDuck: databases in the cloud, which DuckDB reaches through an extension of its own.

Midwatch downloads no extension. Where MotherDuck's is not installed, that is said before anything is tried, with the
line that installs it. What MotherDuck does is told by its pages "Connection string parameters" and "Read Scaling".
"""

from __future__ import annotations

import re
import shlex
import sys
from urllib.parse import quote

import duckdb

from apps.connections.engines import errors
from apps.connections.engines.duckdb_session import CONFIG

PREFIX = "md:"
NAME = re.compile(r"md:[\w -]+")
INSTALL = 'import duckdb; duckdb.sql("INSTALL motherduck")'
# One database, not the workspace with all of them; and the session ends with us, so that a new token counts at once.
PARAMETERS = "?attach_mode=single&dbinstance_inactivity_ttl=0s"
# DuckDB's own locks: MotherDuck needs a way out, so enable_external_access would shut it out.
LOCKS = ("SET TimeZone = 'UTC'", "SET disabled_filesystems = 'LocalFileSystem'", "SET lock_configuration = true")
# What MotherDuck says, in lower case, the error it means, and what to do.
SAID: tuple[tuple[str, type[errors.ConnectionFailed], str], ...] = (
    (
        "token",
        errors.LoginRefused,
        "MotherDuck does not accept the token: it is wrong, or has expired. Enter a new one.",
    ),
    ("not authenticated", errors.LoginRefused, "MotherDuck does not accept the token. Enter a new one."),
    ("permission", errors.LoginRefused, "This token may not read the database {name}. Share it with its account."),
    ("database", errors.DatabaseMissing, "MotherDuck has no database {name} that this token can see. Check its name."),
    ("resolve", errors.UnknownHost, "The name of MotherDuck's server cannot be resolved. Check the network."),
    ("connect", errors.NoAnswer, "MotherDuck cannot be reached. Check the network; Midwatch tries again by itself."),
)


def open_session(path: str, token: str) -> duckdb.DuckDBPyConnection:
    """A session with the database that `path` (`md:name`) names. Raises ConnectionFailed.

    The token is no part of the address, so that no error can repeat it with the address.
    """
    name = path.removeprefix(PREFIX)
    config = {**CONFIG, "enable_external_access": "true", "motherduck_token": token, "custom_user_agent": "midwatch"}
    try:
        if line := _lacking():
            raise errors.ConnectionFailed(
                "Midwatch needs DuckDB's extension for MotherDuck, and downloads nothing itself. Run this as the "
                f"account that runs Midwatch, and try again: {line}"
            )
        session = duckdb.connect(f"{PREFIX}{quote(name)}{PARAMETERS}", config=config)
        lock_up(session)
    except duckdb.Error as error:
        raise _failed(str(error).replace(token, "…"), name) from None  # its text may hold the token
    return session


def lock_up(session: duckdb.DuckDBPyConnection) -> None:
    """Put the locks on; a session that does not take them is closed. Raises duckdb.Error."""
    try:
        for lock in LOCKS:
            session.execute(lock)
    except duckdb.Error:
        session.close()
        raise


def _lacking() -> str:
    """The line that installs the extension; empty where it is."""
    with duckdb.connect(":memory:") as session:
        sql = "SELECT installed FROM duckdb_extensions() WHERE extension_name = 'motherduck'"
        installed = session.execute(sql).fetchall()
    return "" if installed == [(True,)] else shlex.join([sys.executable, "-c", INSTALL])


def _failed(said: str, name: str) -> errors.ConnectionFailed:
    for part, kind, sentence in SAID:
        if part in said.lower():
            return kind(sentence.format(name=name))
    line = " ".join(said.strip().partition("\n")[0].split()).rstrip(".")
    return errors.ConnectionFailed(f"MotherDuck cannot be used: {line}.")
