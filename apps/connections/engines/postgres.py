"""PostgreSQL 13 and later. When a table was written is told by the counters that the server keeps anyway."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from contextlib import ExitStack, nullcontext
from datetime import timedelta
from typing import Any, ClassVar, Literal

import psycopg
from pydantic import Field, SecretStr, field_validator

from apps.common import plugins
from apps.connections.engines import hints, postgres_catalogue, postgres_errors
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
from apps.connections.engines.errors import EngineError, NotPermitted
from apps.connections.engines.hosts import host_alone
from apps.connections.engines.postgres_session import Session, parameters, rows_of
from apps.connections.names import TableName

# Sent with the connection, so that they cost no statement. JIT would compile for a second what runs in milliseconds;
# parallel workers would cost the server a third more for the same answers (measured on 5,000 tables).
SESSION = {
    "default_transaction_read_only": "on",
    "statement_timeout": f"{STATEMENT_TIMEOUT // timedelta(milliseconds=1)}",
    "lock_timeout": "5000",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "TimeZone": "UTC",
}
READER = "midwatch_reader"
# What a read-only session does not refuse (COPY to a file, DO, CALL) is no SELECT. As the protocol takes one statement
# only, its first word tells. Comments before it may hold no others, which PostgreSQL would see an end of elsewhere.
READS = re.compile(r"(?xsia) (?: [\s(] | --[^\n\r]* | /\*(?:(?!/\*|\*/).)*\*/ )* (?:SELECT|WITH|TABLE|VALUES)\b")


class PostgresSettings(plugins.Settings):
    """How to reach a PostgreSQL database."""

    host: str = Field(title="Host", description="Name or address of the server.", min_length=1)
    port: int = Field(5432, title="Port", description="Usually 5432.", ge=1, le=65535)
    database: str = Field(title="Database", description="Upper and lower case count.", min_length=1)
    user: str = Field(title="User", description="A login that can only read is best.", min_length=1)
    password: SecretStr = Field(SecretStr(""), title="Password", description="Stored encrypted and never shown again.")
    sslmode: Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] = Field(
        "prefer",
        title="TLS (sslmode)",
        description="prefer: encrypted where the server can. verify-full: encrypted, and the server proves its name.",
    )
    sslrootcert: str = Field(
        "",
        title="Certificate authority",
        description="A file with the authority that signed the server's certificate. verify-ca needs it; with "
        "verify-full, empty means those that this machine trusts.",
    )
    _host_alone = field_validator("host")(host_alone)


class Postgres(Engine):
    label = "PostgreSQL"
    dialect = "postgres"
    sql = Dialect(matches="{0} ~ {1}", quantile="PERCENTILE_CONT({1}) WITHIN GROUP (ORDER BY {0})")
    default_schema = "public"
    credentials_hint = hints.POSTGRES
    secrets_go_to = ("host", "port")
    change_source = "PostgreSQL write counters"
    change_trust = Trust.ESTIMATE
    rows_source = "PostgreSQL's last analysis"
    look_counts_writes = True
    Settings: ClassVar[type[plugins.Settings]] = PostgresSettings
    settings: PostgresSettings
    # How long opening a session may take, and how much longer than a statement the answer that it was cut.
    patience: ClassVar[timedelta] = CONNECT_TIMEOUT
    _session: Session

    def open(self) -> None:
        try:
            with ExitStack() as failed:
                self._session = Session.connect(**self._parameters())
                failed.callback(self.close)
                self._session.read_only = True
                self._limit(STATEMENT_TIMEOUT)
                # A connection pooler may drop the options that were sent along.
                if self._read_only != "on":
                    self._set_up()
                failed.pop_all()
        except psycopg.Error as error:
            known = self.settings.model_dump(include={"host", "port", "database", "user", "sslmode"})
            raise postgres_errors.connecting(error, **known) from error

    def close(self) -> None:
        self._session.close()

    def tables(self) -> list[TableInfo]:
        rows = self._ask(postgres_catalogue.TABLES)
        return [TableInfo(TableName(schema, name), "view" if view else "table", *rest)
                for schema, name, view, *rest in rows]  # fmt: skip

    def observe(self) -> dict[TableName, Look]:
        looks = {}
        for schema, name, *told in self._ask(postgres_catalogue.LOOKS):
            table = TableName(schema, name)
            looks[table] = Look(table, *told)
        return looks

    def columns(self, tables: Collection[TableName] | None = None) -> dict[TableName, list[Column]]:
        if tables is None:
            rows = self._ask(postgres_catalogue.COLUMNS_OF_ALL)
        else:
            wanted = {"schemas": [table.schema for table in tables], "names": [table.name for table in tables]}
            rows = self._ask(postgres_catalogue.COLUMNS_OF_SOME, wanted)
        found: dict[TableName, list[Column]] = {}
        for schema, name, column, kind, nullable, time, comment, partition in rows:
            found.setdefault(TableName(schema, name), []).append(
                Column(column, kind, time, nullable, comment, partition)
            )
        return found

    def query(
        self, sql: str, *, timeout: timedelta = STATEMENT_TIMEOUT, max_rows: int = MAX_ROWS, budget: Budget = NO_BUDGET
    ) -> Sequence[tuple[Any, ...]]:
        if not READS.match(sql):
            raise NotPermitted("Midwatch only reads: write exactly one SELECT.")
        try:
            if self._read_only == "off":  # the statement before was up to something
                self._set_up()
            if timeout != self._timeout:
                self._session.execute(f"SET statement_timeout = {timeout // timedelta(milliseconds=1)}".encode())
                self._limit(timeout)
            self.statements += 1
            with nullcontext() if self._read_only else self._session.transaction(force_rollback=True):
                return rows_of(self._session, sql, max_rows=max_rows)
        except psycopg.Error as error:
            raise self._failed(error) from error

    def write_access(self) -> WriteAccess:
        rows = self._ask(postgres_catalogue.WRITE_ACCESS)
        tables = tuple(str(TableName(schema, name)) for _, schema, name in rows if name is not None)
        return WriteAccess(tables, superuser=bool(rows[0][0]))

    def grant_script(self, schemas: Sequence[str]) -> str:
        lines = [
            "-- Run this as the owner of the tables. Put a password of your own in.",
            f"CREATE ROLE {READER} LOGIN PASSWORD 'choose-a-password';",
            f"ALTER ROLE {READER} SET default_transaction_read_only = on;",
            f"GRANT CONNECT ON DATABASE {self.sql.name(self.settings.database)} TO {READER};",
        ]
        for schema in map(self.sql.name, schemas):
            lines += [
                f"GRANT USAGE ON SCHEMA {schema} TO {READER};",
                f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {READER};",
                "-- For tables to come; repeat it with FOR ROLE name for every other role that makes tables here.",
                f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT ON TABLES TO {READER};",
            ]
        return "\n".join(lines) + "\n"

    @property
    def _read_only(self) -> str | None:
        """Servers since version 14 report this setting unasked whenever it changes; older ones, and most poolers, never
        (None): there each statement has a transaction of its own that was begun as read-only."""
        return self._session.info.parameter_status("default_transaction_read_only")

    def _set_up(self) -> None:
        self._session.execute("".join(f"SET {name} = '{value}';" for name, value in SESSION.items()).encode())
        self._limit(STATEMENT_TIMEOUT)

    def _limit(self, timeout: timedelta) -> None:
        """Note what the session's statement_timeout is."""
        self._timeout = timeout
        self._session.patience = timeout + self.patience

    def _ask(self, sql: str, values: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        self.statements += 1
        try:
            return self._session.execute(sql.encode(), values).fetchall()
        except psycopg.Error as error:
            raise self._failed(error) from error

    def _failed(self, error: psycopg.Error) -> EngineError:
        return postgres_errors.running(error, seconds=self._timeout.total_seconds(), lost=self._session.closed)

    def _parameters(self) -> dict[str, Any]:
        options = " ".join(f"-c {name}={value}" for name, value in SESSION.items())
        return {**parameters(self.settings, application=self.application, timeout=self.patience), "options": options}
