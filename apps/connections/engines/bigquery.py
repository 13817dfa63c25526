"""BigQuery. When a table was written, and how many rows it has, is told by `__TABLES__`, which costs nothing to read.

Google's client is loaded when a session is opened, not before: it takes half a second.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import AfterValidator, Field, SecretStr, field_validator

from apps.common import plugins
from apps.common.errors import near
from apps.connections.engines import bigquery_catalogue as catalogue
from apps.connections.engines.bigquery_catalogue import STORED
from apps.connections.engines.bigquery_grants import grant_script
from apps.connections.engines.bigquery_key import read_key
from apps.connections.engines.contract import (
    BATCH,
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
from apps.connections.engines.errors import DatabaseMissing, EngineError, NotPermitted, OverBudget
from apps.connections.names import TableName

if TYPE_CHECKING:
    from apps.connections.engines.bigquery_session import Session

GIGABYTE = 1_000_000_000
PROJECT = re.compile(r"([a-z0-9.-]+:)?[a-z][a-z0-9-]*[a-z0-9]")


def _check_project(project: str) -> str:
    if not PROJECT.fullmatch(project):
        raise ValueError(
            f"{project!r} is no project id; write the id, such as shop-prod-1234, not the project's name or number"
        )
    return project


class BigQuerySettings(plugins.Settings):
    """Which project to watch, as whom, and how much a query may read."""

    project: Annotated[str, AfterValidator(_check_project)] = Field(
        title="Project", description="The id of the Google Cloud project, such as shop-prod-1234.", min_length=1
    )
    datasets: tuple[str, ...] = Field(
        (), title="Datasets", description="The datasets to watch. Empty: all that the account can see."
    )
    service_account_json: SecretStr = Field(
        SecretStr(""),
        title="Service account key",
        description="The whole JSON file of the key. Empty: the machine's own application default credentials.",
    )
    location: str = Field(
        "",
        title="Location",
        description="Where the datasets are, such as EU or europe-west3. Empty: wherever they are.",
    )
    max_bytes_per_query: int = Field(
        GIGABYTE,
        title="Most bytes per query",
        description="A query that would read more is refused before it runs. 1000000000 is 1 GB.",
        ge=catalogue.COLUMNS_BYTES,
    )

    @field_validator("service_account_json")
    @classmethod
    def _whole(cls, secret: SecretStr) -> SecretStr:
        read_key(secret.get_secret_value())
        return secret


class BigQuery(Engine):
    label = "BigQuery"
    dialect = "bigquery"
    sql = catalogue.SQL
    default_schema = ""
    credentials_hint = (
        "In the Google Cloud console: IAM & Admin, Service Accounts, the account, Keys, Add key, JSON. "
        "The account needs the roles BigQuery Job User and BigQuery Data Viewer."
    )
    change_source = "BigQuery's last_modified_time"
    change_trust = Trust.ESTIMATE  # a new description moves it too, and streamed rows show minutes later
    look_counts_writes = True
    Settings: ClassVar[type[plugins.Settings]] = BigQuerySettings
    settings: BigQuerySettings
    # Where BigQuery and Google's tokens are, and how long failed requests are repeated. No settings: a person who may
    # save a connection must not be able to send requests from this machine to a place of their choice.
    endpoint: ClassVar[str | None] = None
    token_uri: ClassVar[str] = "https://oauth2.googleapis.com/token"  # noqa: S105 (an address)
    patience: ClassVar[timedelta] = timedelta(seconds=8)
    _session: Session
    _datasets: dict[str, str]

    def open(self) -> None:
        session = import_module("apps.connections.engines.bigquery_session")
        key = read_key(self.settings.service_account_json.get_secret_value())
        self._session = session.Session(
            project=self.settings.project,
            key={**key, "token_uri": self.token_uri} if key else {},
            dataset=self.settings.datasets[0] if len(self.settings.datasets) == 1 else "",
            location=self.settings.location,
            max_bytes=self.settings.max_bytes_per_query,
            label=self.application,
            endpoint=self.endpoint,
            patience=self.patience,
        )
        try:
            self._datasets = self._chosen(self._session.datasets())
        except EngineError:
            self._session.close()
            raise

    def close(self) -> None:
        self._session.close()

    def tables(self) -> list[TableInfo]:
        return catalogue.infos_of(self._listed())

    def observe(self) -> dict[TableName, Look]:
        """One statement for each location and hundred datasets, most often one in all."""
        return {name: catalogue.look_of(name, stored) for name, stored in self._listed().items()}

    def columns(self, tables: Collection[TableName] | None = None) -> dict[TableName, list[Column]]:
        if tables is not None and not tables:
            return {}
        names = self._stored(tables)
        wanted: dict[str, set[str]] = {}
        for name in names:
            wanted.setdefault(name.schema, set()).add(name.name)
        rows: list[tuple[Any, ...]] = []
        size = self.settings.max_bytes_per_query // catalogue.COLUMNS_BYTES
        for location, datasets in self._batches(wanted, min(size, BATCH)):
            chosen = {dataset: None if tables is None else wanted[dataset.name] for dataset in datasets}
            rows += self._session.ask(catalogue.column_listing(chosen), location=location)
        return catalogue.columns_of(rows, names)

    def query(
        self, sql: str, *, timeout: timedelta = STATEMENT_TIMEOUT, max_rows: int = MAX_ROWS, budget: Budget = NO_BUDGET
    ) -> Sequence[tuple[Any, ...]]:
        """Ask first what it would read, which is free; OverBudget when that is too much."""
        plan = self._session.plan(sql)
        if plan.kind != "SELECT":
            raise NotPermitted("Midwatch only reads: write exactly one SELECT.")
        limit = self.settings.max_bytes_per_query
        if plan.bytes > limit:
            raise OverBudget(
                f"The statement would read {plan.bytes:,} bytes, and this connection allows {limit:,} per query. "
                "Let it read less, for example fewer days of a partitioned table, or raise the limit."
            )
        return self._session.ask(sql, timeout=timeout, max_rows=max_rows)

    def estimate(self, sql: str) -> int | None:
        return self._session.plan(sql).bytes

    def write_access(self) -> WriteAccess:
        """Asked for one table in each of the first datasets."""
        some = {name.schema: days[0].table for name, days in self._listed().items() if days[0].type == STORED}
        tables = [TableName(dataset, table) for dataset, table in some.items()][:5]
        return WriteAccess(tuple(str(table) for table in tables if self._session.may_write(table)))

    def grant_script(self, schemas: Sequence[str]) -> str:
        return grant_script(self.settings.project, [schema for schema in schemas if schema])

    def _chosen(self, there: Mapping[str, str]) -> dict[str, str]:
        """The datasets to watch and their locations, of those that are there. Raises DatabaseMissing."""
        settings = self.settings
        for dataset in settings.datasets:
            if dataset not in there:
                raise DatabaseMissing(
                    f"Project {settings.project} has no dataset {dataset} that {self._session.account} can see. "
                    f"{near(dataset, there) or 'Check its name, and that the account may read it.'}"
                )
            if settings.location and there[dataset].lower() != settings.location.lower():
                raise DatabaseMissing(
                    f"The dataset {dataset} is in {there[dataset]}, and the connection says {settings.location}. "
                    "Correct the location, or leave it empty."
                )
        wanted = settings.datasets or there
        here = settings.location.lower()
        return {name: there[name] for name in wanted if not here or there[name].lower() == here}

    def _stored(self, tables: Collection[TableName] | None) -> dict[TableName, TableName]:
        """The tables (None: all) as BigQuery stores them, with the name that each is known by: of a table that is
        split into days, the newest day."""
        if tables is not None and not any(table.name.endswith("_*") for table in tables):
            return {table: table for table in tables}
        listed = self._listed()
        known = listed if tables is None else [table for table in tables if table in listed]
        return {TableName(table.schema, listed[table][0].table): table for table in known}

    def _listed(self) -> dict[TableName, list[catalogue.Listed]]:
        rows: list[tuple[Any, ...]] = []
        for location, datasets in self._batches(self._datasets):
            rows += self._session.ask(catalogue.listing(datasets), location=location)
        return catalogue.by_name(rows)

    def _batches(self, datasets: Iterable[str], size: int = BATCH) -> list[tuple[str, list[TableName]]]:
        """The datasets by location, as no statement can reach two, and at most `size` at a time."""
        by_location: dict[str, list[TableName]] = {}
        for dataset in datasets:
            if dataset in self._datasets:
                name = TableName(self.settings.project, dataset)
                by_location.setdefault(self._datasets[dataset], []).append(name)
        return [
            (location, names[start : start + size])
            for location, names in by_location.items()
            for start in range(0, len(names), size)
        ]
