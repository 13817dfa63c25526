"""What the double knows of the partitions of a table, as INFORMATION_SCHEMA.PARTITIONS tells it.

As on the pages "PARTITIONS view" and "Managing partitioned tables": the ids are yyyymmddhh, yyyymmdd, yyyymm or yyyy in
UTC, or the start of a range of numbers; __NULL__ holds rows without a time; __UNPARTITIONED__ those that are still in
the streaming buffer; and a table without partitions has one row whose id is NULL. A partition that was not written for
90 days is stored as LONG_TERM.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import duckdb
from sqlglot import exp

IDS = {"HOUR": "%Y%m%d%H", "DAY": "%Y%m%d", "MONTH": "%Y%m", "YEAR": "%Y"}
LONG_TERM = 90 * 86_400_000  # milliseconds


class Stored(NamedTuple):
    """A partition: its rows, what shows that they changed, and when they were written, in milliseconds."""

    rows: int
    content: int
    written: int


@dataclass
class Partitions:
    """The partitions of one table by `column`, each `unit` long (empty: ranges of numbers)."""

    column: str = ""
    unit: str = ""
    stored: dict[str | None, Stored] = field(default_factory=dict)
    buffered: int = 0  # rows in the streaming buffer
    streamed: int = 0  # when the last of them came

    def refresh(self, session: duckdb.DuckDBPyConnection, table: str, now: int) -> None:
        """Note what a statement wrote, the rows of the buffer among it."""
        found = session.execute(f"SELECT {self._id}, count(*), bit_xor(hash(t)) FROM {table} AS t GROUP BY 1")
        before, self.stored, self.buffered = self.stored, {}, 0
        for name, rows, content in found.fetchall():
            known = before.get(name)
            same = known is not None and known[:2] == (rows, content)
            self.stored[name] = known if known and same else Stored(rows, content, now)

    def stream(self, rows: int, now: int) -> None:
        """Rows came by tabledata.insertAll."""
        self.buffered, self.streamed = self.buffered + rows, now

    def listed(self, bytes_a_row: int, now: int) -> list[tuple[str | None, str, int, int, int]]:
        """(partition_id, storage_tier, total_rows, total_logical_bytes, last_modified_time) of each."""
        parts: Mapping[str | None, Stored] = self.stored
        if self.buffered and self.column:
            parts = {**parts, "__UNPARTITIONED__": Stored(self.buffered, 0, self.streamed)}
        return [
            (name, "LONG_TERM" if now - part.written > LONG_TERM else "ACTIVE", part.rows, part.rows * bytes_a_row,
             part.written)
            for name, part in parts.items()
        ]  # fmt: skip

    @property
    def _id(self) -> str:
        if not self.column:
            return "NULL"
        name = exp.to_identifier(self.column, quoted=True).sql("duckdb")
        written = f"strftime({name}, '{IDS[self.unit]}')" if self.unit else f"CAST({name} AS VARCHAR)"
        return f"coalesce({written}, '__NULL__')"


def unit_of(create: exp.Create) -> str:
    """How long a partition of a new table is: HOUR, DAY, MONTH, YEAR; empty for ranges of numbers."""
    found = create.find(exp.PartitionedByProperty)
    words = found.sql("bigquery").upper() if found else ""
    unit = re.search(r", (HOUR|DAY|MONTH|YEAR)\)", words)
    return "" if "RANGE_BUCKET" in words else unit[1] if unit else "DAY"
