"""Tables to watch: mostly about a thousand rows, a few large; 5 % stale and 3 % thin, so that every pass can be held
against what it must find.
"""

from __future__ import annotations

import random
from pathlib import Path

import duckdb
import psycopg

from apps.common.records import record

STALE_AFTER = 24 * 3600
MIN_ROWS = 500
ROWS = """
SELECT g::bigint AS id, timestamp '{now}' - (g * 60 + {age} + 3600) * interval '1 second' AS created_at,
    timestamp '{now}' - (g * 60 + {age}) * interval '1 second' AS updated_at, (g * 7919) % 5003 AS customer_id,
    (g * 104729 % 100000) / 100.0 AS amount, CASE g % 3 WHEN 0 THEN 'new' WHEN 1 THEN 'paid' ELSE 'closed' END AS status
FROM {series}
"""


@record
class Planned:
    """One table: its rows, and how old its newest row is, in seconds."""

    name: str
    rows: int
    age: int

    def sql(self, now: str, series: str) -> str:
        return ROWS.format(now=now, age=self.age, series=series.format(rows=self.rows))


def plan(count: int) -> list[Planned]:
    """The same tables for the same count."""
    dice = random.Random(count)
    order = dice.sample(range(count), count)
    large, medium = set(order[: max(2, count // 200)]), set(order[count // 200 : count // 200 + max(2, count // 50)])
    tables = []
    for number in range(count):
        rows = 1_000_000 if number in large else 100_000 if number in medium else dice.randint(800, 1200)
        rows = 100 if number % 33 == 11 else rows
        age = 3 * 86400 if number % 20 == 9 else dice.randint(60, 6 * 3600)
        tables.append(Planned(f"tbl_{number:05d}", rows, age))
    return tables


def expected(tables: list[Planned]) -> dict[str, int]:
    """What a pass must find."""
    return {
        "stale": sum(table.age > STALE_AFTER for table in tables),
        "thin": sum(table.rows < MIN_ROWS for table in tables),
    }


def fill_postgres(url: str, database: str, tables: list[Planned], now: str) -> None:
    """Make the tables in a new database of the server at `url`."""
    with psycopg.connect(url, autocommit=True) as session:
        session.execute(f"CREATE DATABASE {database}".encode())
    with psycopg.connect(url.rsplit("/", 1)[0] + f"/{database}", autocommit=True) as session:
        for table in tables:
            body = table.sql(now, "generate_series(0::bigint, {rows} - 1) AS s(g)")
            session.execute(f"CREATE TABLE {table.name} AS {body}".encode())
        session.execute("VACUUM ANALYZE")


def fill_duckdb(path: Path, tables: list[Planned], now: str) -> None:
    with duckdb.connect(str(path)) as store:
        for table in tables:
            store.execute(f"CREATE TABLE {table.name} AS {table.sql(now, '(SELECT range AS g FROM range({rows})) s')}")
