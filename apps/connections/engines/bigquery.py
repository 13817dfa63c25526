"""BigQuery. When a table was written, and how many rows it has, is told by `__TABLES__`, which costs nothing to read.

Google's client is loaded when a session is opened, not before: it takes half a second.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from apps.common import plugins
from apps.common.sizes import bytes_words
from apps.connections.engines import bigquery_catalogue as catalogue
from apps.connections.engines import bigquery_partitions, hints
from apps.connections.engines.bigquery_catalogue import STORED
from apps.connections.engines.bigquery_datasets import choose
from apps.connections.engines.bigquery_grants import grant_script
from apps.connections.engines.bigquery_key import read_key
from apps.connections.engines.bigquery_settings import BigQuerySettings
from apps.connections.engines.contract import (
    BATCH,
    CONNECT_TIMEOUT,
    MAX_ROWS,
    NO_BUDGET,
    STATEMENT_TIMEOUT,
    Budget,
    Column,
    Engine,
    Look,
    Partition,
    TableInfo,
    Tariff,
    Trust,
    WriteAccess,
)
from apps.connections.engines.errors import EngineError, NotPermitted, OverBudget
from apps.connections.names import TableName

if TYPE_CHECKING:
    from apps.connections.engines.bigquery_session import Session


class BigQuery(Engine):
    label = "BigQuery"
    dialect = "bigquery"
    sql = catalogue.SQL
    default_schema = ""
    credentials_hint = hints.BIGQUERY
    schemas_setting = "datasets"
    change_source = "BigQuery's last_modified_time"
    change_trust = Trust.ESTIMATE  # a new description moves it too, and streamed rows show minutes later
    rows_source = "BigQuery's row_count"
    rows_trust = Trust.ESTIMATE  # rows that were streamed in a while ago may be missing
    bills_bytes = True
    tables_per_statement = 50  # as many as a dry run names, so that the least bill of each is known (jobs reference)
    marks_columns = True  # the mark holds last_modified_time, which changes of the metadata move, the schema included
    look_counts_writes = True
    Settings: ClassVar[type[plugins.Settings]] = BigQuerySettings
    settings: BigQuerySettings
    # Where BigQuery and Google's tokens are, how long a request may take, and how long failed ones are repeated. No
    # settings: who may save a connection must not get to send requests from this machine to a place of their choice.
    endpoint: ClassVar[str | None] = None
    token_uri: ClassVar[str] = "https://oauth2.googleapis.com/token"  # noqa: S105 (an address)
    answer_within: ClassVar[timedelta] = CONNECT_TIMEOUT
    patience: ClassVar[timedelta] = timedelta(seconds=8)
    # How long a listing of tables or columns may take with all its pages, of which there can be hundreds.
    listing_within: ClassVar[timedelta] = 3 * STATEMENT_TIMEOUT
    _session: Session
    _datasets: dict[str, str]

    @property
    def tariff(self) -> Tariff:
        settings = self.settings
        return Tariff(
            per_query=settings.max_bytes_per_query,
            per_day=settings.max_bytes_per_day or None,
            per_table=catalogue.COLUMNS_BYTES,
            per_listing=catalogue.COLUMNS_BYTES,
            price_per_tib=settings.price_per_tib,
        )

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
            answer_within=self.answer_within,
            patience=self.patience,
        )
        try:
            self._datasets = choose(
                self._session.datasets(), wanted=self.settings.datasets, location=self.settings.location,
                project=self.settings.project, account=self._session.account,
            )  # fmt: skip
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
        described = tables is None and self.settings.max_bytes_per_query >= 2 * catalogue.COLUMNS_BYTES
        each = catalogue.COLUMNS_BYTES * (2 if described else 1)
        most = self.settings.max_bytes_per_query
        affordable = (most if self._left is None else min(most, self._left)) // each
        for location, datasets in self._batches(wanted, max(1, min(affordable, BATCH))):
            chosen = {dataset: None if tables is None else wanted[dataset.name] for dataset in datasets}
            listing = catalogue.column_listing(chosen, described=described)
            try:
                rows += self._list(listing, location, least=each * len(datasets))
            except OverBudget as error:
                schemas = {dataset.name for dataset in datasets}
                self.unreadable |= {known: str(error) for stored, known in names.items() if stored.schema in schemas}
        return catalogue.columns_of(rows, names)

    def partitions(self, table: TableName) -> list[Partition] | None:
        """One statement, which reads no data; see bigquery_partitions for what it is billed."""
        if table.name.endswith("_*"):
            return bigquery_partitions.days_by_name(self._listed([table.schema]).get(table, ()))
        for location, (dataset,) in self._batches([table.schema]):
            listing = bigquery_partitions.listing(dataset, table.name)
            rows = self._ask(listing, location=location, **self._allowed(catalogue.COLUMNS_BYTES))
            return bigquery_partitions.days_of(rows)
        return None

    def query(
        self, sql: str, *, timeout: timedelta = STATEMENT_TIMEOUT, max_rows: int = MAX_ROWS, budget: Budget = NO_BUDGET
    ) -> Sequence[tuple[Any, ...]]:
        """Ask first what it would read, which is free; OverBudget when that is too much."""
        plan = self._session.plan(sql)
        if plan.kind != "SELECT":
            raise NotPermitted("Midwatch only reads: write exactly one SELECT.")
        self._check(plan.billed, budget)
        return self._ask(
            sql, timeout=timeout, max_rows=max_rows, max_bytes=budget.max_bytes, rule=budget.label, planned=plan.billed
        )  # fmt: skip

    def estimate(self, sql: str) -> int | None:
        return self._session.plan(sql).billed

    def write_access(self) -> WriteAccess:
        """Asked for one table in each of the first datasets."""
        some = {name.schema: days[0].table for name, days in self._listed().items() if days[0].type == STORED}
        tables = [TableName(dataset, table) for dataset, table in some.items()][:5]
        return WriteAccess(tuple(str(table) for table in tables if self._session.may_write(table)))

    def grant_script(self, schemas: Sequence[str]) -> str:
        return grant_script(self.settings.project, [schema for schema in schemas if schema])

    def _list(self, sql: str, location: str, *, least: int = 0) -> list[tuple[Any, ...]]:
        limits = {"max_rows": catalogue.MAX_COLUMNS, "within": self.listing_within}
        return self._ask(sql, location=location, **limits, **self._allowed(least))

    @property
    def _left(self) -> int | None:
        """What listings may still be billed; None: as much as the settings allow."""
        return None if self.bytes_limit is None else max(0, self.bytes_limit - self.bytes_billed)

    def _allowed(self, least: int) -> dict[str, int]:
        """The limits of a listing that is billed `least` bytes at the least (0: it is free). Raises OverBudget."""
        left = self._left
        if left is not None and least > left:
            raise OverBudget(
                f"Over budget: BigQuery bills this listing {bytes_words(least)}, and {bytes_words(left)} are left of "
                "what this connection may be billed on a day (UTC). It goes on from 00:00 UTC on; to have it sooner, "
                "raise the connection's most bytes per day."
            )
        return {"planned": least} | ({"max_bytes": left} if least and left is not None else {})

    def _ask(self, sql: str, **limits: Any) -> list[tuple[Any, ...]]:
        before = self._session.billed
        self.statements += 1
        try:
            return self._session.ask(sql, **limits)
        finally:
            self.bytes_billed += self._session.billed - before

    def _check(self, billed: int, budget: Budget) -> None:
        """Raises OverBudget. Whoever made the budget knows whose it is, and says what to do."""
        would = f"The statement would be billed {bytes_words(billed)}"
        if budget.max_bytes is not None and billed > budget.max_bytes:
            raise OverBudget(f"{would}, and {bytes_words(budget.max_bytes)} are allowed for it.")
        limit = self.settings.max_bytes_per_query
        if billed > limit:
            raise OverBudget(
                f"{would}, and this connection allows {bytes_words(limit)} per query. Let it read less, for example "
                "fewer days of a partitioned table, or raise the limit."
            )

    def _stored(self, tables: Collection[TableName] | None) -> dict[TableName, TableName]:
        """The tables (None: all) as BigQuery stores them, with the name that each is known by: of a table that is
        split into days, the newest day."""
        if tables is not None and not any(table.name.endswith("_*") for table in tables):
            return {table: table for table in tables}
        listed = self._listed()
        known = listed if tables is None else [table for table in tables if table in listed]
        return {TableName(table.schema, listed[table][0].table): table for table in known}

    def _listed(self, some: Collection[str] | None = None) -> dict[TableName, list[catalogue.Listed]]:
        """What is stored in the datasets, or in some of them."""
        rows: list[tuple[Any, ...]] = []
        for location, datasets in self._batches(self._datasets if some is None else some):
            # A table that is split into days has a row for each of them.
            rows += self._list(catalogue.listing(datasets), location)
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
