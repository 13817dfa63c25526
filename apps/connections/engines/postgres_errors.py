"""PostgreSQL's and libpq's errors as our own, each with a sentence that says what to do.

A failed connection carries no SQLSTATE, only text: libpq's own is always English; a server may write its part in
another language, and then the last entry, which quotes it, has to do.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import psycopg

from apps.connections.engines import errors


class Case(NamedTuple):
    pattern: str
    error: type[errors.ConnectionFailed]
    sentence: str


# In this order: a text about TLS may also speak of a connection that broke.
CONNECTING = (
    Case(
        "does not support SSL",
        errors.TlsFailed,
        "{where} does not offer TLS, and sslmode is {sslmode}. Switch TLS on there, or set sslmode to prefer.",
    ),
    Case(
        r"no pg_hba\.conf entry.*(no encryption|SSL off)",
        errors.TlsFailed,
        "{where} takes user {user} only over TLS, and sslmode is {sslmode}. Set sslmode to require.",
    ),
    Case(
        r"certificate|SSL error|SSL SYSCALL|sslmode",
        errors.TlsFailed,
        "{where} and sslmode {sslmode} do not agree: {text}. Check the server's certificate, or choose another "
        "sslmode.",
    ),
    Case(
        r"invalid response to SSL negotiation|expected authentication request",
        errors.NoAnswer,
        "Something other than PostgreSQL answers at {host}:{port}. Check the host and the port.",
    ),
    Case(
        r"failed to resolve host|could not translate host name",
        errors.UnknownHost,
        "The host {host} cannot be found. Check its spelling, and that this machine can resolve the name.",
    ),
    Case(
        r"Connection refused|No such file or directory",
        errors.PortRefused,
        "{host} answers, but nothing listens on port {port}. Check the port, and that PostgreSQL runs and accepts "
        "TCP connections.",
    ),
    Case(
        r"password authentication failed|authentication failed for user",
        errors.LoginRefused,
        "{where} does not accept this password for user {user}. Check the user name and the password.",
    ),
    Case(
        "no password supplied",
        errors.LoginRefused,
        "{where} asks for a password for user {user}, and none is set. Enter the password.",
    ),
    Case(
        r'role ".*" (does not exist|is not permitted to log in)',
        errors.LoginRefused,
        "{where} has no login {user}. Check the user name.",
    ),
    Case(
        r"pg_hba\.conf",
        errors.LoginRefused,
        "{where} does not take user {user} for database {database} from this machine. Add a line to its pg_hba.conf.",
    ),
    Case(
        "permission denied for database",
        errors.LoginRefused,
        "User {user} may not connect to database {database}. Run there: GRANT CONNECT ON DATABASE to that user.",
    ),
    Case(
        'database ".*" does not exist',
        errors.DatabaseMissing,
        "{where} has no database {database}. Check its name; upper and lower case count.",
    ),
    Case(
        r"too many (connections|clients)|remaining connection slots",
        errors.Busy,
        "{where} has no session free. Raise its connection limit, or wait until others leave.",
    ),
    Case(
        r"database system is (starting up|shutting down|in recovery)|not yet accepting connections",
        errors.Busy,
        "{where} is starting or stopping. Midwatch tries again by itself.",
    ),
    Case(
        r"timeout expired|timed out|No route to host|Network is unreachable|closed the connection|reset by peer",
        errors.NoAnswer,
        "{where} gave no answer. Check the host, the port and the firewall between.",
    ),
    Case("", errors.ConnectionFailed, "{where} refused the connection: {text}."),
)

STATEMENTS: dict[str, tuple[type[errors.EngineError], str]] = {
    "42P01": (errors.TableMissing, "The data store does not have this table: {text}. Check its schema and name."),
    "3F000": (errors.TableMissing, "The data store does not have this schema: {text}. Check its name."),
    "42703": (errors.ColumnMissing, "The table does not have this column: {text}. Check its name."),
    "42501": (errors.NotPermitted, "The login may not read this: {text}. Grant it USAGE on the schema and SELECT."),
    "25006": (errors.NotPermitted, "Midwatch only reads, and this statement writes: {text}."),
    "57014": (errors.QueryTimeout, "The statement ran longer than {seconds:g} s and was cut. Make it cheaper."),
    "55P03": (errors.QueryTimeout, "The table is locked by another session: {text}. Midwatch tries again by itself."),
    "53300": (errors.Busy, "The data store has no session free: {text}."),
}


def connecting(
    error: psycopg.Error, *, host: str, port: int, database: str, user: str, sslmode: str
) -> errors.ConnectionFailed:
    """Why no session could be opened."""
    text = str(error)
    case = next(case for case in CONNECTING if re.search(case.pattern, text, re.DOTALL))
    where = f"The server at {host}:{port}"
    values = {"host": host, "port": port, "database": database, "user": user, "sslmode": sslmode}
    return case.error(case.sentence.format(where=where, text=_said(text), **values))


def running(error: psycopg.Error, *, seconds: float, lost: bool) -> errors.EngineError:
    """Why a statement failed that may run for `seconds`. `lost`: the session did not outlive it."""
    text = (error.diag.message_primary or _said(str(error))).rstrip(".")
    if lost:
        return errors.NoAnswer(f"The connection broke during a statement: {text}. Midwatch tries again by itself.")
    kind, sentence = STATEMENTS.get(error.sqlstate or "", (errors.QueryFailed, "The statement failed: {text}."))
    return kind(sentence.format(text=text, seconds=seconds))


def _said(text: str) -> str:
    """The telling part of libpq's text: its first line without the address that stands before it."""
    line = text.strip().splitlines()[0] if text.strip() else "no reason given"
    return re.sub(r"^.*?failed: +(?=\S)", "", line).removeprefix("FATAL:").strip().rstrip(".")
