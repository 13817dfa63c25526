"""The statements of the double of Snowflake: run on DuckDB, and replied as Snowflake does in its JSON format.

The form of `rowtype` and of the cells in `rowset` is what the connector reads (its 5.2 core, "chunks/json_parser"): a
text for each cell, days for a date, seconds with nine places for times, and 1440 minutes added to an offset.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

import duckdb

from tests.servers.snowflake_account import Session
from tests.servers.snowflake_errors import Refused
from tests.servers.snowflake_warehouse import Warehouse

SELECT = 4096  # the statementTypeId of a SELECT
TYPES = (
    ("BOOLEAN", "boolean"), ("TIMESTAMP WITH TIME ZONE", "timestamp_ltz"), ("TIMESTAMP", "timestamp_ntz"),
    ("DATE", "date"), ("TIME", "time"), ("DOUBLE", "real"), ("FLOAT", "real"), ("VARCHAR", "text"),
)  # fmt: skip
WIRE = {
    "timestamp_ltz": "epoch_us({})", "timestamp_ntz": "epoch_us({})", "time": "epoch_us({})",
    "date": "datediff('day', DATE '1970-01-01', {})",
}  # fmt: skip


class Query:
    """One statement, running in a thread of its own until it is done, cancelled, or over its time."""

    def __init__(self, warehouse: Warehouse, session: Session, sql: str, parameters: Mapping[str, Any]) -> None:
        self.id, self.text, self.session = str(uuid.uuid4()), sql, session
        self.parameters = {**session.parameters, **parameters}
        self.error: Refused | None = None
        self._warehouse = warehouse
        self._reply: dict[str, Any] = {}
        self._late = False
        self._done = threading.Event()
        self._sql = warehouse.prepare(sql, session.schema, session.role)
        with warehouse.lock:  # a DuckDB connection refuses a second caller instead of letting it wait
            self._duckdb = warehouse.session.cursor()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def tag(self) -> str:
        return str(self.parameters.get("QUERY_TAG", ""))

    def reply(self, wait: float) -> dict[str, Any]:
        """The result, or after `wait` seconds that it is still in progress. Raises Refused."""
        if not self._done.wait(wait):
            data = {"queryId": self.id, "getResultUrl": f"/queries/{self.id}/result", "queryAbortsAfterSecs": 300}
            return {"data": data, "code": "333333", "message": "Query execution in progress.", "success": True}
        if self.error:
            raise self.error
        return self._reply

    def cancel(self) -> None:
        with suppress(duckdb.Error):  # it ended by itself a moment ago
            self._duckdb.interrupt()

    def end(self) -> None:
        """Stop what still runs, and wait till it has."""
        self.cancel()
        self._thread.join()

    def _cut(self) -> None:
        self._late = True
        self.cancel()

    def _run(self) -> None:
        limit = int(self.parameters.get("STATEMENT_TIMEOUT_IN_SECONDS", 0))
        watchdog = threading.Timer(limit or timedelta(days=2).total_seconds(), self._cut)
        watchdog.daemon = True
        watchdog.start()
        try:
            self._duckdb.execute("SET TimeZone = 'UTC'")
            described = self._duckdb.execute(f"DESCRIBE ({self._sql})").fetchall()
            columns = [_column(*described_as[:2]) for described_as in described]
            self._reply = self._success(columns, self._duckdb.execute(self._wire(columns)).fetchall())
        except duckdb.InterruptException:
            cut = f"Statement reached its statement or warehouse timeout of {limit} second(s) and was canceled."
            self.error = Refused("000630", cut, "57014") if self._late else Refused(
                "000604", "SQL execution canceled", "57014"
            )  # fmt: skip
        except duckdb.Error as error:
            self.error = Refused("100038", str(error), "22018")
        finally:
            watchdog.cancel()
            self._duckdb.close()
            self._done.set()

    def _wire(self, columns: Sequence[Mapping[str, Any]]) -> str:
        """The statement with times as numbers, and no more rows than the session wants."""
        names = [f"c{index}" for index in range(len(columns))]
        values = [WIRE.get(column["type"], "{}").format(name) for name, column in zip(names, columns, strict=True)]
        cap = int(self.parameters.get("ROWS_PER_RESULTSET", 0))
        limit = f" LIMIT {cap}" if cap else ""
        return f"SELECT {', '.join(values)} FROM ({self._sql}) AS result({', '.join(names)}){limit}"

    def _success(self, columns: Sequence[Mapping[str, Any]], rows: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
        types = [column["type"] for column in columns]
        rowset = [[_cell(kind, value) for kind, value in zip(types, row, strict=True)] for row in rows]
        session = self.session
        data = {
            "parameters": [], "rowtype": list(columns), "rowset": rowset, "total": len(rows), "returned": len(rows),
            "queryId": self.id, "databaseProvider": None, "finalDatabaseName": session.database,
            "finalSchemaName": session.schema, "finalWarehouseName": session.warehouse,
            "finalRoleName": session.role, "numberOfBinds": 0, "arrayBindSupported": False,
            "statementTypeId": SELECT, "version": 1, "queryResultFormat": "json",
        }  # fmt: skip
        return {"data": data, "code": None, "message": None, "success": True}


def _column(name: str, kind: object) -> dict[str, Any]:
    """A column of a result."""
    known = next((ours for theirs, ours in TYPES if str(kind).startswith(theirs)), "fixed")
    precision, scale = (38, 0) if known == "fixed" else (0, 9)
    if str(kind).startswith("DECIMAL"):
        precision, scale = map(int, str(kind)[len("DECIMAL(") : -1].split(","))
    text = known == "text"
    return {
        "name": name, "database": "", "schema": "", "table": "", "type": known, "nullable": True, "collation": None,
        "precision": precision, "scale": scale, "length": 16777216 if text else None,
        "byteLength": 16777216 if text else None,
    }  # fmt: skip


def _cell(kind: str, value: Any) -> str | None:
    if value is None:
        return None
    if kind == "boolean":
        return "1" if value else "0"
    if kind.startswith("time"):
        return f"{Decimal(value).scaleb(-6):.9f}"
    return str(value)
