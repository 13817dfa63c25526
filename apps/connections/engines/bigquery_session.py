"""A session with BigQuery by Google's own client: every job is labelled, limited in bytes, and given up in time."""

from __future__ import annotations

import concurrent.futures
import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import google.auth
import requests
from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import GoogleAPIError
from google.auth.exceptions import GoogleAuthError
from google.cloud.bigquery import Client, DatasetReference, QueryJob, QueryJobConfig, TableReference
from google.cloud.bigquery.enums import QueryApiMethod
from google.cloud.bigquery.retry import DEFAULT_RETRY
from google.cloud.bigquery.table import RowIterator
from google.oauth2 import service_account

from apps.connections.engines import bigquery_errors
from apps.connections.engines.contract import MAX_ROWS, STATEMENT_TIMEOUT
from apps.connections.engines.errors import Busy, EngineError, NoAnswer, QueryTimeout, TooManyRows
from apps.connections.names import TableName

SCOPES = ("https://www.googleapis.com/auth/bigquery",)
PAGE = 10_000  # rows a request
MEGABYTE = 2**20
SMALLEST = 10 * MEGABYTE  # billed at least for each table that a statement reads, if it reads anything
WRITES = ("bigquery.tables.updateData", "bigquery.tables.delete")
# After these a job may have run to its end; whatever else is said in place of an answer, it was refused or failed.
LOST = (QueryTimeout, NoAnswer, Busy)
FAILURES = (GoogleAPIError, GoogleAuthError, requests.RequestException, concurrent.futures.TimeoutError)


class Plan(NamedTuple):
    """What BigQuery says of a statement without running it. `kind` is SELECT, INSERT, SCRIPT and so on; `tables` are
    those that it reads, of which BigQuery names 50 at most."""

    kind: str
    bytes: int
    tables: int = 0

    @property
    def billed(self) -> int:
        """At least 10 MB for each table, and whole MB (page "BigQuery pricing", On-demand compute pricing)."""
        return max(-(-self.bytes // MEGABYTE) * MEGABYTE, self.tables * SMALLEST) if self.bytes else 0


class KeyCredentials(service_account.Credentials):
    """Google's library would also ask a third host which regions the account may use, which BigQuery does not need."""

    def _is_regional_access_boundary_lookup_required(self) -> bool:
        return False


@lru_cache(maxsize=100)
def _credentials(key: str) -> KeyCredentials:
    """Kept, so that the token of an hour serves all sessions of that hour."""
    credentials: KeyCredentials = KeyCredentials.from_service_account_info(json.loads(key), scopes=SCOPES)  # type: ignore[no-untyped-call]
    return credentials


class Session:
    """`key` is a service account's key; empty: the machine's default credentials. `dataset` is where tables are that
    are named without one. `billed` are the bytes of all statements so far. Raises the errors of the family in errors.py
    and no others.
    """

    def __init__(
        self, *, project: str, key: Mapping[str, Any], dataset: str, location: str, max_bytes: int, label: str,
        endpoint: str | None, answer_within: timedelta, patience: timedelta,
    ) -> None:  # fmt: skip
        self.account = str(key.get("client_email", "the machine's own account"))
        self.billed = 0
        self._project, self._dataset, self._location = project, dataset, location
        self._max_bytes, self._label = max_bytes, label
        self._answer_within = _seconds(answer_within)
        self._retry = DEFAULT_RETRY.with_delay(initial=0.2, maximum=2).with_deadline(patience.total_seconds())
        with self._told():
            credentials = _credentials(json.dumps(dict(key))) if key else google.auth.default(scopes=SCOPES)[0]
            options = ClientOptions(api_endpoint=endpoint) if endpoint else None
            self._client = Client(project=project, credentials=credentials, client_options=options)

    def close(self) -> None:
        self._client.close()  # type: ignore[no-untyped-call]

    def datasets(self) -> dict[str, str]:
        """Every dataset that the account can see, with its location. One free request for a thousand of them."""
        with self._told():
            found = self._client.list_datasets(page_size=1000, retry=self._retry, timeout=self._answer_within)
            # The client's own items hide the location.
            return {item.dataset_id: item._properties.get("location", "") for item in found}

    def plan(self, sql: str) -> Plan:
        """A dry run: it costs nothing and takes no slot."""
        config = self._config(dry_run=True)
        with self._told():
            job = self._client.query(
                sql, config, location=self._location or None, retry=self._retry, timeout=self._answer_within,
                job_retry=None,
            )  # fmt: skip
            return Plan(str(job.statement_type or ""), int(job.total_bytes_processed or 0), len(job.referenced_tables))

    def ask(
        self, sql: str, *, location: str = "", timeout: timedelta = STATEMENT_TIMEOUT, max_rows: int = MAX_ROWS,
        max_bytes: int | None = None, rule: str = "", planned: int = 0, within: timedelta | None = None,
    ) -> list[tuple[Any, ...]]:  # fmt: skip
        """Run one statement, billed at most `max_bytes` or what the connection allows, for `rule`. It is cut by
        BigQuery and here, whichever comes first; no page of its rows is asked for later than `within` (None: `timeout`)
        after its begin. `planned` bytes count as billed when BigQuery's answer is lost."""
        limit = self._max_bytes if max_bytes is None else min(self._max_bytes, max(1, max_bytes))
        config = self._config(maximum_bytes_billed=limit)
        if rule:
            config.labels = {**config.labels, "rule": label_of(rule)}
        config.job_timeout_ms = timeout // timedelta(milliseconds=1)
        within = timeout if within is None else within
        begin = time.monotonic()
        job = self._run(sql, config, location=location, timeout=timeout, planned=planned)
        with self._told(within):
            result = job.result(page_size=PAGE, retry=self._retry, job_retry=None, timeout=self._answer_within)
            rows = _rows(result, enough=max_rows + 1, until=begin + _seconds(within))
        if len(rows) > max_rows:
            raise TooManyRows(f"The statement gave more than {max_rows:,} rows. Let it give fewer.")
        return rows

    def may_write(self, table: TableName) -> bool:
        """Whether the account could change this table. Asking needs no right of its own."""
        reference = TableReference(DatasetReference(self._project, table.schema), table.name)
        with self._told():
            granted = self._client.test_iam_permissions(
                reference, WRITES, retry=self._retry, timeout=self._answer_within
            )
        return bool(granted.get("permissions"))

    def _run(
        self, sql: str, config: QueryJobConfig, *, location: str, timeout: timedelta, planned: int
    ) -> QueryJob:  # fmt: skip
        """A job that is done, whether it went well or not. What it is billed is counted."""
        until = time.monotonic() + _seconds(timeout)
        job: QueryJob | None = None
        try:
            with self._told(timeout):
                job = self._client.query(
                    sql, config, location=location or self._location or None, retry=self._retry, job_retry=None,
                    timeout=min(_seconds(timeout), self._answer_within) + 1, api_method=QueryApiMethod.QUERY,
                )  # fmt: skip
                self._wait(job, until)
        except EngineError as error:
            # A job that is stopped may be billed in full (page "Manage jobs", Cancel jobs), and one that nobody waits
            # for any more runs on.
            if job is not None or isinstance(error, LOST):
                self.billed += planned
            raise
        self.billed += int(job.total_bytes_billed or 0)
        return job

    def _wait(self, job: QueryJob, until: float) -> None:
        """Until the job is done; past `until` it is cancelled. The client's own wait overshoots by ten seconds."""
        pause = 0.05
        while not job.done(retry=self._retry, timeout=self._answer_within):
            if time.monotonic() > until:
                with suppress(*FAILURES):  # it is given up all the same
                    job.cancel(retry=None, timeout=self._answer_within)
                raise concurrent.futures.TimeoutError
            time.sleep(pause)
            pause = min(pause * 2, 1.0)

    def _config(self, **settings: Any) -> QueryJobConfig:
        config = QueryJobConfig(labels={"app": "midwatch", "connection": label_of(self._label)}, **settings)
        if self._dataset:
            config.default_dataset = DatasetReference(self._project, self._dataset)
        return config

    @contextmanager
    def _told(self, timeout: timedelta = STATEMENT_TIMEOUT) -> Iterator[None]:
        """Google's errors become ours."""
        try:
            yield
        except FAILURES as error:
            raise bigquery_errors.told(
                error, project=self._project, account=self.account, seconds=_seconds(timeout)
            ) from error


def _rows(result: RowIterator, *, enough: int, until: float) -> list[tuple[Any, ...]]:
    """The first `enough` rows. The client limits each page alone, so that many slow ones could take hours."""
    rows: list[tuple[Any, ...]] = []
    for page in result.pages:
        rows += [row.values() for row in page]
        if len(rows) >= enough:
            break
        if result.next_page_token and time.monotonic() > until:
            raise concurrent.futures.TimeoutError
    return rows[:enough]


def label_of(text: str) -> str:
    """A name as the value of a label: at most 63 of a-z, 0-9, _ and -."""
    return re.sub(r"[^a-z0-9_-]+", "-", text.lower().removeprefix("midwatch: ")).strip("-")[:63]


def _seconds(length: timedelta) -> float:
    return length.total_seconds()
