"""Snowflake. When a table was written, and its rows, are told by INFORMATION_SCHEMA: see snowflake_catalogue.

The official connector is loaded when a session is opened, not before: it is large, and an extra.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator

from apps.common import plugins
from apps.common.errors import near
from apps.connections.engines import hints
from apps.connections.engines import snowflake_catalogue as catalogue
from apps.connections.engines.contract import (
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
from apps.connections.engines.errors import DatabaseMissing
from apps.connections.engines.snowflake_account import check_account
from apps.connections.engines.snowflake_grants import grant_script
from apps.connections.engines.snowflake_guard import check_select
from apps.connections.engines.snowflake_key import opened, pem_of
from apps.connections.names import TableName

if TYPE_CHECKING:
    from apps.connections.engines.snowflake_session import Session

PLAIN = re.compile(r"[A-Z_][A-Z0-9_$]*")  # a name that needs no quotes
GRACE = timedelta(seconds=5)  # that Snowflake gets to cut a statement itself before it is given up here


class SnowflakeSettings(plugins.Settings):
    """Which database to watch, as whom, and with which warehouse."""

    account: Annotated[str, AfterValidator(check_account)] = Field(
        title="Account identifier", description="Organization and account, such as myorg-account1.", min_length=1
    )
    user: str = Field(title="User", description="A user that can only read is best.", min_length=1)
    password: SecretStr = Field(
        SecretStr(""),
        title="Password",
        description="Give it or a private key. Snowflake asks people for a second factor.",
    )
    private_key: SecretStr = Field(
        SecretStr(""),
        title="Private key",
        description="The whole file (PKCS#8, PEM) whose public half is assigned to the user.",
        validate_default=True,
    )
    private_key_passphrase: SecretStr = Field(
        SecretStr(""), title="Passphrase", description="Of the private key, where it has one.", validate_default=True
    )
    role: str = Field("", title="Role", description="Empty: the user's default role.")
    warehouse: str = Field(
        "", title="Warehouse", description="Runs the statements, looks included. Empty: the user's default warehouse."
    )
    database: str = Field(title="Database", description="The name of the database.", min_length=1)
    schemas: tuple[str, ...] = Field(
        (), title="Schemas", description="As they are stored, mostly in upper case. Empty: all that the role can see."
    )

    @field_validator("private_key")
    @classmethod
    def _one_way_in(cls, key: SecretStr, info: ValidationInfo) -> SecretStr:
        password = info.data.get("password")
        if bool(key.get_secret_value()) == bool(password and password.get_secret_value()):
            both = "give a password or a private key, not both"
            raise ValueError(both if key.get_secret_value() else "paste the private key, or enter a password instead")
        if key.get_secret_value():
            pem_of(key.get_secret_value())
        return key

    @field_validator("private_key_passphrase")
    @classmethod
    def _opens_the_key(cls, passphrase: SecretStr, info: ValidationInfo) -> SecretStr:
        key = info.data.get("private_key")
        if key and key.get_secret_value():
            opened(key.get_secret_value(), passphrase.get_secret_value())
        return passphrase


class Snowflake(Engine):
    label = "Snowflake"
    dialect = "snowflake"
    sql = catalogue.SQL
    default_schema = "PUBLIC"
    sdk = "snowflake.connector"
    requirements = ("snowflake-connector-python>=5.2",)
    credentials_hint = hints.SNOWFLAKE
    secrets_go_to = ("account",)
    schemas_setting = "schemas"
    rival_secrets = (("password",), ("private_key", "private_key_passphrase"))
    change_source = "Snowflake's LAST_ALTERED, cross-checked with rows and bytes"
    change_trust = Trust.ESTIMATE
    rows_source = "Snowflake's ROW_COUNT"
    rows_trust = Trust.EXACT
    look_counts_writes = True
    Settings: ClassVar[type[plugins.Settings]] = SnowflakeSettings
    settings: SnowflakeSettings
    # Where Snowflake is, and how long it may keep silent. No settings: a person who may save a connection must not be
    # able to send requests from this machine to a place of their choice.
    place: ClassVar[Mapping[str, Any]] = {}
    patience: ClassVar[timedelta] = STATEMENT_TIMEOUT + GRACE
    _session: Session

    def open(self) -> None:
        session = import_module("apps.connections.engines.snowflake_session")
        names = self.settings.model_dump(include={"account", "user", "role", "warehouse", "database"})
        self._session = session.Session(self._login(), tag=self.application, names=names, patience=self.patience)

    def close(self) -> None:
        self._session.close()

    def tables(self) -> list[TableInfo]:
        found = catalogue.infos_of(self._ask(catalogue.TABLES))
        lacking = [schema for schema in self.settings.schemas if schema not in {info.name.schema for info in found}]
        if lacking:
            self._check_schemas(lacking)
        return found

    def observe(self) -> dict[TableName, Look]:
        looks = map(catalogue.look_of, self._ask(catalogue.LOOKS))
        return {look.name: look for look in looks}

    def columns(self, tables: Collection[TableName] | None = None) -> dict[TableName, list[Column]]:
        if tables is not None and not tables:
            return {}
        found = catalogue.columns_of(self._ask(catalogue.COLUMNS, tables or ()))
        return found if tables is None else {name: columns for name, columns in found.items() if name in tables}

    def query(
        self, sql: str, *, timeout: timedelta = STATEMENT_TIMEOUT, max_rows: int = MAX_ROWS, budget: Budget = NO_BUDGET
    ) -> Sequence[tuple[Any, ...]]:
        check_select(sql)
        return self._send(sql, timeout=timeout, max_rows=max_rows, label=budget.label)

    def write_access(self) -> WriteAccess:
        return catalogue.access_of(self._ask(catalogue.WRITES), role=self._session.role)

    def grant_script(self, schemas: Sequence[str]) -> str:
        return grant_script(
            self.sql,
            database=stored(self.settings.database),
            warehouse=stored(self.settings.warehouse),
            schemas=[schema for schema in schemas if schema],
        )

    def _ask(self, statement: str, tables: Collection[TableName] = ()) -> list[tuple[Any, ...]]:
        """Run a statement of the catalogue."""
        database, schemas = self._session.database, self.settings.schemas
        return self._send(catalogue.asking(statement, database=database, schemas=schemas, tables=tables))

    def _send(self, sql: str, **limits: Any) -> list[tuple[Any, ...]]:
        self.statements += 1
        return self._session.ask(sql, **limits)

    def _check_schemas(self, lacking: Sequence[str]) -> None:
        """Whether schemas without a table are there at all. Raises DatabaseMissing."""
        database = self._session.database
        there = {name for (name,) in self._send(catalogue.SCHEMAS.format(database=self.sql.name(database)))}
        for schema in lacking:
            if schema not in there:
                raise DatabaseMissing(
                    f"Database {database} has no schema {schema} that role {self._session.role} can see. "
                    f"{near(schema, there) or 'Check its name: upper and lower case count.'}"
                )

    def _login(self) -> dict[str, Any]:
        settings = self.settings
        only = settings.schemas[0] if len(settings.schemas) == 1 else ""
        schema = only if not only or PLAIN.fullmatch(only) else self.sql.name(only)
        given = {"role": settings.role, "warehouse": settings.warehouse, "schema": schema}
        return {
            "account": settings.account,
            "user": settings.user,
            "database": settings.database,
            **{name: value for name, value in given.items() if value},
            **self._proof(),
            **self.place,
        }

    def _proof(self) -> dict[str, str]:
        """What shows that it is this user. The key is opened here, so that its passphrase goes nowhere."""
        key = self.settings.private_key.get_secret_value()
        if not key:
            return {"password": self.settings.password.get_secret_value()}
        passphrase = self.settings.private_key_passphrase.get_secret_value()
        return {"authenticator": "SNOWFLAKE_JWT", "private_key": opened(key, passphrase)}


def stored(name: str) -> str:
    """The name that Snowflake means: what is not in double quotes is upper case."""
    if len(name) > 1 and name[0] == name[-1] == '"':
        return name[1:-1].replace('""', '"')
    return name.upper()
