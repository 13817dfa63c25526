"""MySQL 8 and MariaDB 10.5 and later. When a table was written is told by UPDATE_TIME: a hint, see mysql_catalogue."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from typing import Any, ClassVar, Literal

from pydantic import Field, SecretStr, field_validator

from apps.common import plugins
from apps.connections.engines import hints, mysql_catalogue, mysql_errors
from apps.connections.engines.contract import (
    CONNECT_TIMEOUT,
    MAX_ROWS,
    NO_BUDGET,
    STATEMENT_TIMEOUT,
    Budget,
    Column,
    Engine,
    Look,
    TableInfo,
    Trust,
    WriteAccess,
)
from apps.connections.engines.dialect import Dialect
from apps.connections.engines.errors import EngineError, TlsFailed, TooManyRows
from apps.connections.engines.hosts import host_alone
from apps.connections.engines.mysql_guard import check_select
from apps.connections.engines.reach import addresses_of
from apps.connections.names import TableName

try:
    import pymysql
    from pymysql.cursors import SSCursor
except ImportError:  # an extra; `missing` tells how to install it
    pymysql = None

# Of this session alone. Backslashes escape in texts, as mysql_guard takes for granted.
SESSION = "time_zone = '+00:00', sql_mode = '', lock_wait_timeout = 5"
# MySQL would otherwise answer from statistics that are up to a day old.
SESSION_MYSQL = f"{SESSION}, information_schema_stats_expiry = 0"
READER = "midwatch_reader"
CANNOT_CONNECT = 2003


class MySQLSettings(plugins.Settings):
    """How to reach a MySQL or MariaDB server."""

    host: str = Field(title="Host", description="Name or address of the server.", min_length=1)
    port: int = Field(3306, title="Port", description="Usually 3306.", ge=1, le=65535)
    database: str = Field("", title="Database", description="Empty: every database that the login can see.")
    user: str = Field(title="User", description="A login that can only read is best.", min_length=1)
    password: SecretStr = Field(SecretStr(""), title="Password", description="Stored encrypted and never shown again.")
    ssl_mode: Literal["disabled", "preferred", "required", "verify_ca", "verify_identity"] = Field(
        "preferred",
        title="TLS (ssl_mode)",
        description="preferred: encrypted where the server can. verify_identity: and the server proves its name.",
    )
    ssl_ca: str = Field(
        "",
        title="Certificate authority",
        description="A file with the authority that the verify modes trust. Empty: those of this machine.",
    )
    _host_alone = field_validator("host")(host_alone)


class MySQLDialect(Dialect):
    """In a text, a backslash escapes."""

    def text(self, value: str) -> str:
        return super().text(value.replace("\\", "\\\\"))


class MySQL(Engine):
    label = "MySQL and MariaDB"
    dialect = "mysql"
    sql = MySQLDialect(
        quote="`",
        # UNIX_TIMESTAMP would know no time after 2038 (MariaDB), and none before 1970.
        epoch="TIMESTAMPDIFF(MICROSECOND, '1970-01-01', {}) / 1e6",
        double="DOUBLE",
        string="CHAR",
        # Most collations take a for A, and both for ä; and $ would stand before a line break at the end as well.
        exact="CAST(CONVERT({0} USING utf8mb4) AS BINARY)",
        matches="CONVERT({0} USING utf8mb4) COLLATE utf8mb4_bin REGEXP {1}",
        whole=r"\A({0})\z",
        # MariaDB takes no offset in a constant; the session is in UTC, so it can go.
        literals={
            "aware": "TIMESTAMP(REPLACE('{}', '+00:00', ''))", "naive": "TIMESTAMP '{}'", "date": "DATE '{}'"
        },
    )  # fmt: skip
    default_schema = ""
    sdk = "pymysql"
    requirements = ("pymysql>=1.2",)
    credentials_hint = hints.MYSQL
    schemas_setting = "database"
    secrets_go_to = ("host", "port")
    change_source = "MySQL's UPDATE_TIME"
    change_trust = Trust.HINT
    rows_source = "TABLE_ROWS of information_schema"
    look_counts_writes = True
    Settings: ClassVar[type[plugins.Settings]] = MySQLSettings
    settings: MySQLSettings
    # How long opening a session may take, and how much longer than a statement the answer that it was cut.
    patience: ClassVar[timedelta] = CONNECT_TIMEOUT
    _session: Any

    def open(self) -> None:
        try:
            with ExitStack() as failed:
                self._session = self._connected()
                failed.callback(self.close)
                self._set_up()
                failed.pop_all()
        except pymysql.Error as error:
            known = self.settings.model_dump(include={"host", "port", "database", "user", "ssl_mode"})
            raise mysql_errors.connecting(error, **known) from error

    def close(self) -> None:
        if self._session.open:
            self._session.close()

    def tables(self) -> list[TableInfo]:
        return mysql_catalogue.infos_of(self._ask_within_database(mysql_catalogue.TABLES))

    def observe(self) -> dict[TableName, Look]:
        status = {name.lower(): int(value) for name, value in self._ask(mysql_catalogue.STATUS)}
        rows = self._ask_within_database(mysql_catalogue.LOOKS)
        return mysql_catalogue.looks_of(rows, uptime=status["uptime"], opened=status["open_table_definitions"])

    def columns(self, tables: Collection[TableName] | None = None) -> dict[TableName, list[Column]]:
        if tables is None:
            return mysql_catalogue.columns_of(self._ask_within_database(mysql_catalogue.COLUMNS))
        if not tables:
            return {}
        pairs = ", ".join(["(%s, %s)"] * len(tables))
        wanted = mysql_catalogue.COLUMNS.format(f"AND (TABLE_SCHEMA, TABLE_NAME) IN ({pairs})")
        found = mysql_catalogue.columns_of(self._ask(wanted, [part for table in tables for part in table]))
        return {table: columns for table, columns in found.items() if table in tables}  # it compares without case

    def query(
        self, sql: str, *, timeout: timedelta = STATEMENT_TIMEOUT, max_rows: int = MAX_ROWS, budget: Budget = NO_BUDGET
    ) -> Sequence[tuple[Any, ...]]:
        check_select(sql)
        try:
            with self._in_time(timeout, max_rows), self._session.cursor(SSCursor) as cursor:
                self.statements += 1
                cursor.execute(sql)
                rows: Sequence[tuple[Any, ...]] = cursor.fetchmany(max_rows + 1)
        except pymysql.Error as error:
            raise self._failed(error) from error
        if len(rows) > max_rows:
            raise TooManyRows(f"The statement gave more than {max_rows:,} rows. Let it give fewer.")
        return list(rows)

    def write_access(self) -> WriteAccess:
        return mysql_catalogue.access_of(line for (line,) in self._ask("SHOW GRANTS"))

    def grant_script(self, schemas: Sequence[str]) -> str:
        lines = [
            "-- Run this as an administrator. Put a password of your own in.",
            f"CREATE USER {READER} IDENTIFIED BY 'choose-a-password';",
        ]
        for schema in schemas:
            # In a grant, _ and % in the name of a database stand for any character.
            exact = self.sql.name(schema.replace("_", r"\_").replace("%", r"\%"))
            lines.append(f"GRANT SELECT, SHOW VIEW ON {exact if schema else '*'}.* TO {READER};")
        return "\n".join(lines) + "\n"

    def _connected(self) -> Any:
        """A session at the first checked address that takes one. PyMySQL would resolve the name once more."""
        settings, trouble = self.settings, OSError("no address")
        for address in addresses_of(settings.host, settings.port):
            session = pymysql.connect(**self._parameters(), defer_connect=True)
            try:
                sock = socket.create_connection((address, settings.port), self.patience.total_seconds())
            except OSError as error:
                trouble = error
                continue
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            session.connect(sock)
            return session
        raise pymysql.OperationalError(CANNOT_CONNECT, str(trouble)) from trouble

    def _set_up(self) -> None:
        mariadb = "mariadb" in self._session.server_version.lower()
        # MariaDB counts in seconds, MySQL in milliseconds.
        self._limit = "max_statement_time = {:f}" if mariadb else "max_execution_time = {:.0f}"
        self._unit = timedelta(seconds=1) if mariadb else timedelta(milliseconds=1)
        self._allowed: tuple[timedelta, int | None] = (timedelta(), None)
        with self._session.cursor() as cursor:
            cursor.execute(f"SET SESSION {SESSION if mariadb else SESSION_MYSQL}")
            cursor.execute("SET SESSION TRANSACTION READ ONLY")
        self._allow(STATEMENT_TIMEOUT, None)

    def _allow(self, timeout: timedelta, max_rows: int | None) -> None:
        """Limit the next statements. The server stops after the row that is one too many; None: no limit."""
        if (timeout, max_rows) == self._allowed:
            return
        rows = "DEFAULT" if max_rows is None else f"{max_rows + 1:d}"
        with self._session.cursor() as cursor:
            cursor.execute(f"SET SESSION {self._limit.format(timeout / self._unit)}, sql_select_limit = {rows}")
        self._allowed = (timeout, max_rows)
        # PyMySQL has no other way to wait longer for one statement than for another.
        self._session._read_timeout = (timeout + self.patience).total_seconds()

    @contextmanager
    def _in_time(self, timeout: timedelta, max_rows: int | None) -> Iterator[None]:
        """Limit a statement, on the server and here. PyMySQL limits each read alone, so that a server that sends a
        byte now and then would be waited for without end."""
        timer = threading.Timer((timeout + self.patience).total_seconds(), self._hang_up)
        timer.daemon = True
        timer.start()
        try:
            self._allow(timeout, max_rows)
            yield
        finally:
            timer.cancel()

    def _hang_up(self) -> None:
        """End a read that goes on in another thread, which closes the session then."""
        with suppress(OSError, AttributeError):  # it is closed already
            # Not the method of a TLS socket, which would let the other thread read on without TLS.
            socket.socket.shutdown(self._session._sock, socket.SHUT_RDWR)

    def _ask_within_database(self, sql: str) -> Sequence[tuple[Any, ...]]:
        database = self.settings.database
        if not database:
            return self._ask(sql.format(""))
        rows = self._ask(sql.format("AND TABLE_SCHEMA = %s"), [database])
        return [row for row in rows if row[0] == database]  # it compares without case

    def _ask(self, sql: str, values: Sequence[str] | None = None) -> Sequence[tuple[Any, ...]]:
        try:
            with self._in_time(STATEMENT_TIMEOUT, None), self._session.cursor() as cursor:
                self.statements += 1
                cursor.execute(sql, values)
                rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
        except pymysql.Error as error:
            raise self._failed(error) from error
        return rows

    def _failed(self, error: Exception) -> EngineError:
        return mysql_errors.running(error, seconds=self._allowed[0].total_seconds(), lost=not self._session.open)

    def _parameters(self) -> dict[str, Any]:
        settings, seconds = self.settings, self.patience.total_seconds()
        return {
            "host": settings.host,
            "port": settings.port,
            "user": settings.user,
            # As bytes: PyMySQL would write a text in Latin-1.
            "password": settings.password.get_secret_value().encode(),
            **({"database": settings.database} if settings.database else {}),
            "charset": "utf8mb4",
            "autocommit": True,
            "connect_timeout": seconds,
            "read_timeout": seconds,
            "write_timeout": seconds,
            "program_name": self.application,
            **_tls(settings.ssl_mode, settings.ssl_ca),
        }


def _tls(mode: str, authority: str) -> dict[str, Any]:
    if mode == "disabled":
        return {"ssl_disabled": True}
    if mode == "preferred":
        return {}  # what PyMySQL does unasked
    try:
        context = ssl.create_default_context(cafile=authority or None)
    except OSError as error:
        raise TlsFailed(f"The certificate authority {authority} cannot be read: {error}. Check ssl_ca.") from error
    context.check_hostname = mode == "verify_identity"
    if mode == "required":
        context.verify_mode = ssl.CERT_NONE
    return {"ssl": context}
