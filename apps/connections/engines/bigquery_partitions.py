"""The days in which BigQuery stores a table. Nothing here asks anybody.

They are told by INFORMATION_SCHEMA.PARTITIONS (page "PARTITIONS view"; a preview): it reads no data, and needs the
rights bigquery.tables.get and bigquery.tables.list alone. On demand it is billed at least 10 MB each time, as each view
of INFORMATION_SCHEMA is (page "Introduction to INFORMATION_SCHEMA", Pricing). The days of a table that is split into
days by name are told by `__TABLES__`, like all of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from apps.connections.engines.bigquery_catalogue import EPOCH, SQL, Listed
from apps.connections.engines.contract import Partition
from apps.connections.names import TableName

BUFFER = "__UNPARTITIONED__"  # rows that were streamed in and are not yet part of a partition
WITHOUT_TIME = "__NULL__"  # rows whose partitioning column is NULL
DAY_OR_HOUR = re.compile(r"(\d{8})(?:[01]\d|2[0-3])?")
PARTITIONS = """SELECT partition_id, total_rows, last_modified_time
FROM {dataset}.INFORMATION_SCHEMA.PARTITIONS WHERE table_name = {table}"""


def listing(dataset: TableName, table: str) -> str:
    """The statement for the partitions of one table; `dataset` is (project, dataset)."""
    return PARTITIONS.format(dataset=SQL.table(dataset), table=SQL.text(table))


def days_of(rows: Iterable[tuple[str | None, int | None, datetime | None]]) -> list[Partition] | None:
    """Days from (partition_id, total_rows, last_modified_time); hours are summed up to days.

    None where nothing is stored by days: tables without partitions, those by months, years or ranges of numbers, and
    those of which no partition is filled yet.
    """
    found: dict[date | None, Partition] = {}
    for name, count, written in rows:
        if name == WITHOUT_TIME:
            continue
        day = None if name == BUFFER else _day(name or "")
        if day is None and name != BUFFER:
            return None
        known = found.get(day, Partition(day, 0))
        latest = max((each for each in (known.changed_at, written) if each), default=None)
        found[day] = Partition(day, known.rows + (count or 0), latest)
    return list(found.values()) if any(found) else None


def days_by_name(stored: Sequence[Listed]) -> list[Partition]:
    """The days of a table that is split into `events_20261120`, `events_20261121` and so on."""
    return [
        Partition(day, part.rows, EPOCH + timedelta(milliseconds=part.modified))
        for part in stored
        if (day := _day(part.table[-8:])) is not None
    ]


def _day(name: str) -> date | None:
    found = DAY_OR_HOUR.fullmatch(name)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:  # a number with eight digits that is no date
        return None
