"""Amazon Redshift, by the PostgreSQL driver: provisioned clusters and Serverless workgroups.

Redshift has no setting that makes a session read-only. So every statement runs in a transaction of its own that was
begun READ ONLY and is always rolled back, and what is more than one SELECT is refused before it is sent.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any, ClassVar, Literal

import psycopg
from pydantic import Field

from apps.common import plugins
from apps.connections.engines import hints, postgres_errors, postgres_session
from apps.connections.engines import redshift_catalogue as catalogue
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
from apps.connections.engines.errors import NotPermitted
from apps.connections.engines.guard import only_select
from apps.connections.engines.postgres import PostgresSettings
from apps.connections.names import TableName

READER = "midwatch_reader"
FILTERED = 1000  # tables whose columns are asked for by name; of more, all columns are read


class RedshiftSettings(PostgresSettings):
    """How to reach a Redshift database."""

    host: str = Field(
        title="Host", description="The endpoint of the cluster or workgroup, without port and database.", min_length=1
    )
    port: int = Field(5439, title="Port", description="Usually 5439.", ge=1, le=65535)
    database: str = Field(title="Database", description="Such as dev. One connection watches one.", min_length=1)
    sslmode: Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] = Field(
        "require",
        title="TLS (sslmode)",
        description="require: always encrypted. verify-full: encrypted, and the server proves its name.",
    )


class Redshift(Engine):
    label = "Amazon Redshift"
    dialect = "redshift"
    sql = catalogue.SQL
    default_schema = "public"
    credentials_hint = hints.REDSHIFT
    secrets_go_to = ("host", "port")
    change_source = ""
    change_trust = Trust.HINT
    rows_source = "Redshift's SVV_TABLE_INFO"
    rows_trust = Trust.ESTIMATE
    look_counts_writes = True
    Settings: ClassVar[type[plugins.Settings]] = RedshiftSettings
    settings: RedshiftSettings
    # The parameter that labels statements in Redshift's logs; a PostgreSQL in its place calls it otherwise.
    label_parameter: ClassVar[str] = "query_group"
    # How long opening a session may take, and how much longer than a statement the answer that it was cut.
    patience: ClassVar[timedelta] = CONNECT_TIMEOUT
    _session: postgres_session.Session

    def open(self) -> None:
        self._sees_sizes, self._timeout = True, timedelta()
        try:
            # Redshift calls its encoding by a name that not every psycopg knows.
            where = postgres_session.parameters(self.settings, application=self.application, timeout=self.patience)
            with ExitStack() as failed:
                self._session = postgres_session.Session.connect(**where, client_encoding="utf8")
                failed.callback(self.close)
                self._session.read_only = True
                self._set(self.label_parameter, re.sub(r"['\\]", " ", self.application))
                self._set("timezone", "UTC")
                self._allow(STATEMENT_TIMEOUT)
                failed.pop_all()
        except psycopg.Error as error:
            known = self.settings.model_dump(include={"host", "port", "database", "user", "sslmode"})
            raise postgres_errors.connecting(error, **known, product="Redshift") from error

    def close(self) -> None:
        self._session.close()

    def tables(self) -> list[TableInfo]:
        return catalogue.infos_of(self._listed())

    def observe(self) -> dict[TableName, Look]:
        """One statement; a second one where the login may not read SVV_TABLE_INFO."""
        return catalogue.looks_of(self._listed())

    def columns(self, tables: Collection[TableName] | None = None) -> dict[TableName, list[Column]]:
        if tables is None:
            return catalogue.columns_of(self._ask(catalogue.COLUMNS.format("")))
        if not tables:
            return {}
        filters, values = "", []
        if len(tables) <= FILTERED:
            marks = ", ".join(["%s"] * len(tables))
            filters = f"AND c.table_schema IN ({marks}) AND c.table_name IN ({marks})"
            values = [table.schema for table in tables] + [table.name for table in tables]
        found = catalogue.columns_of(self._ask(catalogue.COLUMNS.format(filters), values))
        return {table: columns for table, columns in found.items() if table in tables}

    def query(
        self, sql: str, *, timeout: timedelta = STATEMENT_TIMEOUT, max_rows: int = MAX_ROWS, budget: Budget = NO_BUDGET
    ) -> Sequence[tuple[Any, ...]]:
        only_select(sql, self.dialect)
        with self._reading(timeout):
            return postgres_session.rows_of(self._session, sql, max_rows=max_rows)

    def write_access(self) -> WriteAccess:
        return catalogue.access_of(self._ask(catalogue.WRITE_ACCESS))

    def grant_script(self, schemas: Sequence[str]) -> str:
        lines = [
            "-- Run this as a superuser. Put a password of your own in: 8 characters or more, with A-Z, a-z and 0-9.",
            f"CREATE USER {READER} PASSWORD 'Choose-a-passw0rd';",
            "-- The numbers of rows and bytes; Redshift shows them to superusers only, unless they are granted.",
            f"GRANT SELECT ON svv_table_info TO {READER};",
        ]
        for schema in map(self.sql.name, schemas):
            lines += [
                f"GRANT USAGE ON SCHEMA {schema} TO {READER};",
                "-- Leave the next two out for an external schema (Spectrum).",
                f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {READER};",
                f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT ON TABLES TO {READER};",
            ]
        lines.append("-- Default privileges are those of the user who runs this; add FOR USER name for other owners.")
        return "\n".join(lines) + "\n"

    def _listed(self) -> list[tuple[Any, ...]]:
        if self._sees_sizes:
            try:
                return self._ask(catalogue.LOOKS)
            except NotPermitted:
                self._sees_sizes = False
        return self._ask(catalogue.LOOKS_WITHOUT_SIZES)

    def _ask(self, sql: str, values: Sequence[str] | None = None) -> list[tuple[Any, ...]]:
        with self._reading(STATEMENT_TIMEOUT):
            return self._session.execute(sql.encode(), values).fetchall()

    @contextmanager
    def _reading(self, timeout: timedelta) -> Iterator[None]:
        """A transaction that may only read, and is rolled back. Errors become ours."""
        try:
            self._allow(timeout)
            self.statements += 1
            with self._session.transaction(force_rollback=True):
                yield
        except psycopg.Error as error:
            seconds, lost = self._timeout.total_seconds(), self._session.closed
            raise postgres_errors.running(error, seconds=seconds, lost=lost) from error

    def _allow(self, timeout: timedelta) -> None:
        """Limit the next statements. Outside of a transaction, as its end would take the limit back."""
        if timeout != self._timeout:
            self._set("statement_timeout", f"{timeout // timedelta(milliseconds=1)}")
            self._timeout = timeout
            self._session.patience = timeout + self.patience

    def _set(self, parameter: str, value: str) -> None:
        self._session.execute(f"SET {parameter} TO '{value}'".encode())
