"""What the demo's tests share: a fixed moment, and ways to read the warehouse."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from apps.demo import warehouse
from apps.demo.shape import Shape

NOW = datetime(2026, 10, 14, 15, 20, 30, tzinfo=UTC)  # a Wednesday afternoon
TABLES = ("customers", "order_items", "orders", "payments", "products")


def ask(folder: Path, sql: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """The rows that a reader of the warehouse gets."""
    with duckdb.connect(warehouse.file_in(folder), read_only=True) as reader:
        return reader.execute(sql, parameters).fetchall()


def contents(folder: Path) -> dict[str, Any]:
    """What tells the shop's tables apart: their columns in order, and a sum over all rows whatever their order."""
    return {
        table: (
            ask(folder, f"DESCRIBE {table}"),
            ask(folder, f"SELECT count(*), sum(hash(one)), bit_xor(hash(one)) FROM {table} AS one"),
        )
        for table in TABLES
    }


def orders_an_hour(folder: Path) -> dict[datetime, int]:
    rows = ask(folder, "SELECT date_trunc('hour', created_at), count(*) FROM orders GROUP BY ALL")
    return {hour.replace(tzinfo=UTC): count for hour, count in rows}


def planned(folder: Path, *, since: datetime, until: datetime) -> dict[datetime, int]:
    """The plan of the hours in which anything is planned."""
    [(origin, seed)] = ask(folder, "SELECT origin, seed FROM pipeline.shop")
    shape = Shape(origin=origin.replace(tzinfo=UTC), seed=seed)
    return {hour.start: hour.orders for hour in shape.plan(since=since, until=until) if hour.orders}
