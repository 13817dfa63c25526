"""MySQL's, MariaDB's and PyMySQL's errors as our own, each with a sentence that says what to do.

Servers may answer in any language, so their errors are told by number; only PyMySQL's own text is read.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from apps.connections.engines import errors


class Case(NamedTuple):
    pattern: str  # of "number: text"
    error: type[errors.ConnectionFailed]
    sentence: str


CONNECTING = (
    Case(
        "^1045: .*: NO",
        errors.LoginRefused,
        "{where} asks for a password for user {user}, and none is set. Enter the password.",
    ),
    Case(
        "^1045:",
        errors.LoginRefused,
        "{where} does not accept this password for user {user}. Check the user name and the password.",
    ),
    Case(
        "^(1698|1251|1524|1156|2059|4151|3118|1820|1862):",
        errors.LoginRefused,
        "{where} does not let user {user} log in with a password: {text}. Check the login there.",
    ),
    Case(
        "^1044:",
        errors.LoginRefused,
        "User {user} may not use database {database}. Run there: GRANT SELECT ON its tables to that user.",
    ),
    Case(
        "^1130:",
        errors.LoginRefused,
        "{where} takes no session from this machine. Make the login for this machine's address there.",
    ),
    Case(
        "^1049:",
        errors.DatabaseMissing,
        "{where} has no database {database}. Check its name; upper and lower case count.",
    ),
    Case(
        "^(1040|1203|1226):",
        errors.Busy,
        "{where} has no session free. Raise its limit of connections, or wait until others leave.",
    ),
    Case("^(1053|1927):", errors.Busy, "{where} is starting or stopping. Midwatch tries again by itself."),
    Case(
        "^1129:",
        errors.Busy,
        "{where} blocks this machine after too many failed connections. Run FLUSH HOSTS there.",
    ),
    Case(
        "SSL is required but the server",
        errors.TlsFailed,
        "{where} does not offer TLS, and ssl_mode is {ssl_mode}. Switch TLS on there, or set ssl_mode to preferred.",
    ),
    Case(
        "^3159:",
        errors.TlsFailed,
        "{where} takes sessions only over TLS, and ssl_mode is {ssl_mode}. Set ssl_mode to required.",
    ),
    Case(
        "CERTIFICATE_VERIFY_FAILED.*mismatch",
        errors.TlsFailed,
        "{where} shows a certificate for another name: {text}. Write the host as the certificate has it, or set "
        "ssl_mode to verify_ca.",
    ),
    Case(
        "CERTIFICATE_VERIFY_FAILED",
        errors.TlsFailed,
        "{where} shows a certificate that is not trusted here: {text}. Name the file of the authority that signed it "
        "in ssl_ca (managed services offer it for download), or set ssl_mode to required, which does not check it.",
    ),
    Case(
        "SSL|CERTIFICATE|certificate|^2026:",
        errors.TlsFailed,
        "{where} and ssl_mode {ssl_mode} do not agree: {text}. Check the server's certificate, or choose another "
        "ssl_mode.",
    ),
    Case(
        "getaddrinfo|Name or service not known|name resolution|nodename nor servname|No address associated",
        errors.UnknownHost,
        "The host {host} cannot be found. Check its spelling, and that this machine can resolve the name.",
    ),
    Case(
        "Connection refused",
        errors.PortRefused,
        "{host} answers, but nothing listens on port {port}. Check the port, and that MySQL runs and accepts TCP "
        "connections.",
    ),
    Case(
        "Packet sequence number|Protocol",
        errors.NoAnswer,
        "Something other than MySQL answers at {where_small}. Check the host and the port.",
    ),
    Case(
        "timed out|^(2003|2006|2013|2055):",
        errors.NoAnswer,
        "{where} gave no answer. Check the host, the port and the firewall between.",
    ),
    Case("", errors.ConnectionFailed, "{where} refused the connection: {text}."),
)

MISSING = "The data store does not have this table: {text}. Check its schema and name."
DENIED = "The login may not read this: {text}. Grant it SELECT."
WRITES = "Midwatch only reads, and this statement writes: {text}."
SLOW = "The statement ran longer than {seconds:g} s and was cut. Make it cheaper."
STATEMENTS: dict[int, tuple[type[errors.EngineError], str]] = {
    1146: (errors.TableMissing, MISSING),
    1049: (errors.TableMissing, "The data store does not have this database: {text}. Check its name."),
    1046: (errors.TableMissing, "No database is named: {text}. Write database.table."),
    1356: (errors.QueryFailed, "The view cannot be read: {text}. Mend the view, or grant its owner the rights."),
    1054: (errors.ColumnMissing, "The table does not have this column: {text}. Check its name."),
    1044: (errors.NotPermitted, DENIED),
    1142: (errors.NotPermitted, DENIED),
    1143: (errors.NotPermitted, DENIED),
    1227: (errors.NotPermitted, DENIED),
    1370: (errors.NotPermitted, DENIED),
    1290: (errors.NotPermitted, WRITES),
    1792: (errors.NotPermitted, WRITES),
    1836: (errors.NotPermitted, WRITES),
    1317: (errors.QueryTimeout, SLOW),
    1969: (errors.QueryTimeout, SLOW),
    3024: (errors.QueryTimeout, SLOW),
    1205: (errors.QueryTimeout, "The table is locked by another session: {text}. Midwatch tries again by itself."),
    1040: (errors.Busy, "The data store has no session free: {text}."),
}


def connecting(
    error: Exception, *, host: str, port: int, database: str, user: str, ssl_mode: str
) -> errors.ConnectionFailed:
    """Why no session could be opened."""
    number, text = _said(error)
    case = next(case for case in CONNECTING if re.search(case.pattern, f"{number}: {text}", re.DOTALL))
    values: dict[str, Any] = {"host": host, "port": port, "database": database, "user": user, "ssl_mode": ssl_mode}
    where = f"The server at {host}:{port}"
    return case.error(case.sentence.format(where=where, where_small=f"{host}:{port}", text=text, **values))


def running(error: Exception, *, seconds: float, lost: bool) -> errors.EngineError:
    """Why a statement failed that may run for `seconds`. `lost`: the session did not outlive it."""
    number, text = _said(error)
    if lost:
        return errors.NoAnswer(f"The connection broke during a statement: {text}. Midwatch tries again by itself.")
    kind, sentence = STATEMENTS.get(number, (errors.QueryFailed, "The statement failed: {text}."))
    return kind(sentence.format(text=text, seconds=seconds))


def _said(error: Exception) -> tuple[int, str]:
    """The number of an error (0: none) and its text."""
    if len(error.args) == 2 and isinstance(error.args[0], int):
        number, text = error.args
    else:
        number, text = 0, error
    return number, str(text).strip().rstrip(".") or "no reason given"
