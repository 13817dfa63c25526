"""The query jobs of the double: run on DuckDB, and written as the pages "Jobs", "jobs.query" and
"jobs.getQueryResults" of the BigQuery API reference have them.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

import duckdb

from tests.servers.bigquery_errors import Refused
from tests.servers.bigquery_warehouse import Read, Warehouse

PAGE = 500  # rows a reply; BigQuery's own limit is 10 MB
FIELD_TYPES = (
    ("BOOL", "BOOLEAN"), ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP"), ("TIMESTAMP", "DATETIME"), ("DATE", "DATE"),
    ("TIME", "TIME"), ("DECIMAL", "NUMERIC"), ("DOUBLE", "FLOAT"), ("FLOAT", "FLOAT"), ("VARCHAR", "STRING"),
)  # fmt: skip


class Job:
    """One query, running in a thread of its own until it is done, cancelled, or over its time."""

    def __init__(self, warehouse: Warehouse, job_id: str, request: Mapping[str, Any]) -> None:
        """`request` is a QueryRequest, or the configuration of a job with its `query` part put beside the others."""
        self.warehouse, self.id, self.request = warehouse, job_id, request
        self.fields: list[dict[str, str]] = []
        self.rows: list[tuple[Any, ...]] = []
        self.error: Refused | None = None
        default = request.get("defaultDataset", {}).get("datasetId", "")
        self.read: Read = warehouse.prepare(request["query"], default)
        self._done = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> Job:
        """Begin, if the limit of bytes allows it. Raises Refused."""
        limit = int(self.request.get("maximumBytesBilled", 0))
        if limit and self.read.billed > limit:
            raise Refused(
                "bytesBilledLimitExceeded",
                f"Query exceeded limit for bytes billed: {limit}. {self.read.billed} or higher required.",
            )
        with self.warehouse.lock:  # a DuckDB connection refuses a second caller instead of letting it wait
            self._session = self.warehouse.session.cursor()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def end(self) -> None:
        """Stop what still runs, and wait till it has."""
        if self._thread:
            with suppress(duckdb.Error):  # it ended by itself a moment ago
                self.cancel()
            self._thread.join()

    def wait(self, seconds: float) -> bool:
        """Whether it is done within `seconds`. Raises Refused when it failed, as jobs.query does."""
        done = self._done.wait(seconds)
        if self.error:
            raise self.error
        return done

    def cancel(self) -> None:
        self._session.interrupt()

    def _run(self) -> None:
        milliseconds = int(self.request.get("jobTimeoutMs", 0))
        watchdog = threading.Timer(milliseconds / 1000, self.cancel) if milliseconds else None
        if watchdog:
            watchdog.daemon = True
            watchdog.start()
        try:
            self._session.execute("SET TimeZone = 'UTC'")
            described = self._session.execute(f"DESCRIBE ({self.read.sql})").fetchall()
            self.fields = [_field(index, *column[:2]) for index, column in enumerate(described)]
            self.rows = self._session.execute(_wire(self.read.sql, self.fields)).fetchall()
        except duckdb.InterruptException:
            self.error = Refused(
                "stopped", f"Job execution was cancelled: Job timed out after {milliseconds / 1000:g}s"
            )
        except duckdb.Error as error:
            self.error = Refused("invalidQuery", str(error))
        finally:
            if watchdog:
                watchdog.cancel()
            self._done.set()
            self._session.close()

    @property
    def reference(self) -> dict[str, str]:
        return {"projectId": self.warehouse.project, "jobId": self.id, "location": self.warehouse.location}

    @property
    def resource(self) -> dict[str, Any]:
        """The Job resource."""
        status: dict[str, Any] = {"state": "DONE" if self._done.is_set() or self.dry else "RUNNING"}
        if self.error:
            status |= {"errorResult": self.error.proto, "errors": [self.error.proto]}
        return {
            "kind": "bigquery#job",
            "id": f"{self.warehouse.project}:{self.warehouse.location}.{self.id}",
            "jobReference": self.reference,
            "configuration": {
                "jobType": "QUERY",
                "query": {"query": self.request["query"], "useLegacySql": False},
                "labels": self.request.get("labels", {}),
                **({"dryRun": True} if self.dry else {}),
            },
            "status": status,
            "statistics": {
                "totalBytesProcessed": str(self.read.bytes),
                "query": {
                    "statementType": self.read.kind,
                    "totalBytesProcessed": str(self.read.bytes),
                    "totalBytesBilled": "0" if self.dry else str(self.read.billed),
                    "cacheHit": False,
                    "referencedTables": [
                        {"projectId": self.warehouse.project, "datasetId": dataset, "tableId": table}
                        for dataset, table in self.read.referenced
                    ],
                },
            },
        }

    @property
    def dry(self) -> bool:
        return bool(self.request.get("dryRun"))

    def page(self, kind: str, start: int, limit: int) -> dict[str, Any]:
        """A page of results, as a QueryResponse or a GetQueryResultsResponse."""
        end = start + limit
        more = {"pageToken": str(end)} if end < len(self.rows) else {}
        return {
            "kind": kind,
            "schema": {"fields": self.fields},
            "jobReference": self.reference,
            "totalRows": str(len(self.rows)),
            "rows": [{"f": [{"v": _written(value)} for value in row]} for row in self.rows[start:end]],
            "totalBytesProcessed": str(self.read.bytes),
            "totalBytesBilled": str(self.read.billed),
            "jobComplete": True,
            "cacheHit": False,
            **more,
        }


def _field(index: int, name: str, kind: object) -> dict[str, str]:
    """A column of a result; one without a name is called f0_, f1_ and so on."""
    known = next((ours for theirs, ours in FIELD_TYPES if str(kind).startswith(theirs)), "INTEGER")
    return {"name": name if name.isidentifier() else f"f{index}_", "type": known, "mode": "NULLABLE"}


def _wire(sql: str, fields: Sequence[Mapping[str, str]]) -> str:
    """The query with each TIMESTAMP as microseconds, as formatOptions.useInt64Timestamp wants them."""
    names = [f"c{index}" for index in range(len(fields))]
    values = [f"epoch_us({name})" if field["type"] == "TIMESTAMP" else name
              for name, field in zip(names, fields, strict=True)]  # fmt: skip
    return f"SELECT {', '.join(values)} FROM ({sql}) AS result({', '.join(names)})"


def _written(value: Any) -> str | None:
    """A value as JSON has it: a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    return None if value is None else str(value)
