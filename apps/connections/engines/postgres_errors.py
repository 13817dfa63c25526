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
        "certificate verify failed",
        errors.TlsFailed,
        "{where} shows a certificate that is not trusted here, or that has expired. Name the file of the authority "
        "that signed it in sslrootcert (managed services offer it for download), or set sslmode to require, which does "
        "not check it.",
    ),
    Case(
        "root certificate file",
        errors.TlsFailed,
        "The certificate authority that {where_small} is to be checked by cannot be read: {text}. Name a file that is "
        "there in sslrootcert; with sslmode verify-full it may stay empty.",
    ),
    Case(
        "does not match host name",
        errors.TlsFailed,
        "{where} shows a certificate for another name: {text}. Write the host as the certificate has it, or set "
        "sslmode to verify-ca.",
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
        "Something other than {product} answers at {host}:{port}. Check the host and the port.",
    ),
    Case(
        r"failed to resolve host|could not translate host name",
        errors.UnknownHost,
        "The host {host} cannot be found. Check its spelling, and that this machine can resolve the name.",
    ),
    Case(
        r"Connection refused|No such file or directory",
        errors.PortRefused,
        "{host} answers, but nothing listens on port {port}. Check the port, and that {product} runs and accepts "
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
    Case(
        "unsupported startup parameter",
        errors.ConnectionFailed,
        "{where} is a connection pooler that lets no settings through: {text}. Use the address of the database itself, "
        "or a pooler that gives each client a session.",
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

# How Redshift says that a statement ran into its timeout (page statement_timeout, which names no code).
CUT = r"Query \(\d+\) cancell?ed on user's request"


def connecting(
    error: psycopg.Error, *, host: str, port: int, database: str, user: str, sslmode: str, product: str = "PostgreSQL"
) -> errors.ConnectionFailed:
    """Why no session could be opened."""
    text = str(error)
    case = next(case for case in CONNECTING if re.search(case.pattern, text, re.DOTALL))
    place = f"server at {host}:{port}"
    words = {"where": f"The {place}", "where_small": f"the {place}", "text": _said(text), "product": product}
    values = {"host": host, "port": port, "database": database, "user": user, "sslmode": sslmode}
    return case.error(case.sentence.format(**words, **values))


def running(error: psycopg.Error, *, seconds: float, lost: bool) -> errors.EngineError:
    """Why a statement failed that may run for `seconds`. `lost`: the session did not outlive it."""
    text = (error.diag.message_primary or _said(str(error))).rstrip(".")
    if lost:
        return errors.NoAnswer(f"The connection broke during a statement: {text}. Midwatch tries again by itself.")
    code = "57014" if re.search(CUT, text) else error.sqlstate or ""
    kind, sentence = STATEMENTS.get(code, (errors.QueryFailed, "The statement failed: {text}."))
    return kind(sentence.format(text=text, seconds=seconds))


def _said(text: str) -> str:
    """The telling part of libpq's text: its first line without the address that stands before it."""
    line = text.strip().splitlines()[0] if text.strip() else "no reason given"
    return re.sub(r"^(?:connection .*?failed: +)+(?=\S)", "", line).removeprefix("FATAL:").strip().rstrip(".")
