"""The four ways to break the demo's data, and how each is mended. They act on the warehouse at once.

A break is noted before it acts and struck off after it was mended; mending looks at the data, so doing it again after
an interruption at any point brings every table back to what it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from duckdb import DuckDBPyConnection

from apps.common.records import record
from apps.demo import pipeline, rulebook, warehouse
from apps.demo.state import broken_in, note_broken

NEWEST = 0.4  # the part of a table, by age, that `drop` and `duplicate` work on


@record
class Break:
    """`harm` and `heal` get the open warehouse, the demo's folder and now; each says in a sentence what it did."""

    name: str
    tells: str
    rule: str
    harm: Callable[[DuckDBPyConnection, Path, datetime], str]
    heal: Callable[[DuckDBPyConnection, Path, datetime], str]


def break_data(folder: Path, *, name: str, now: datetime, wait: Callable[[float], object] = time.sleep) -> str:
    """Put the break `name` in force and say what was done. A break in force is left as it is.

    Raises WarehouseBusy when the warehouse could not be opened; nothing was broken then.
    """
    with warehouse.writing(folder, wait=wait) as shop:
        broken = broken_in(folder)
        if name in broken:
            return f"Nothing was done: '{name}' is broken already, since {local(broken[name])}."
        note_broken(folder, broken | {name: now})
        return BREAKS[name].harm(shop, folder, now)


def mend_data(folder: Path, *, now: datetime, wait: Callable[[float], object] = time.sleep) -> list[str]:
    """Undo every break in force, one transaction each, and say what was done. Raises WarehouseBusy."""
    done = []
    for name in broken_in(folder):
        with warehouse.writing(folder, wait=wait) as shop:
            done.append(BREAKS[name].heal(shop, folder, now))
        note_broken(folder, {other: since for other, since in broken_in(folder).items() if other != name})
    return done


def local(moment: datetime) -> str:
    """A moment in the zone of the person at this machine: `21 Nov 2026, 04:10 UTC`."""
    return f"{moment.astimezone():%d %b %Y, %H:%M %Z}"


def _stop_orders(shop: DuckDBPyConnection, folder: Path, now: datetime) -> str:
    [(newest,)] = shop.execute("SELECT max(updated_at) FROM orders").fetchall()
    return f"The loader no longer loads orders. The newest change in main.orders is of {_day_and_time(newest)}."


def _load_orders(shop: DuckDBPyConnection, folder: Path, now: datetime) -> str:
    new = pipeline.load(shop, now=now)
    return f"The loader loads orders again. Orders that came in meanwhile and were loaded just now: {new:,}."


def _hold_payments(shop: DuckDBPyConnection, folder: Path, now: datetime) -> str:
    since = _newest_since(shop, "payments")
    held = "FROM payments WHERE payment_id % 2 = 0 AND created_at >= $since"
    target = _held_in(folder).as_posix().replace("'", "''")
    shop.execute(f"COPY (SELECT * {held}) TO '{target}' (FORMAT parquet)", {"since": since})
    [(deleted,)] = shop.execute(f"DELETE {held}", {"since": since}).fetchall()
    return f"{deleted:,} rows of main.payments were deleted: every second payment since {_day_and_time(since)}."


def _return_payments(shop: DuckDBPyConnection, folder: Path, now: datetime) -> str:
    # The held file stays where it is: were it removed before the commit, a crash in between would lose the rows.
    [(returned,)] = shop.execute(
        "INSERT INTO payments SELECT * FROM read_parquet($held) AS held ANTI JOIN payments USING (payment_id)",
        {"held": str(_held_in(folder))},
    ).fetchall()
    return f"{returned:,} rows were put back into main.payments."


def _double_items(shop: DuckDBPyConnection, folder: Path, now: datetime) -> str:
    since = _newest_since(shop, "order_items")
    [(added,)] = shop.execute(
        "INSERT INTO order_items SELECT * FROM order_items WHERE created_at >= $since", {"since": since}
    ).fetchall()
    return f"{added:,} rows of main.order_items were loaded a second time: all since {_day_and_time(since)}."


def _undouble_items(shop: DuckDBPyConnection, folder: Path, now: datetime) -> str:
    [(removed,)] = shop.execute(
        "DELETE FROM order_items WHERE rowid IN (SELECT rowid FROM order_items"
        " QUALIFY row_number() OVER (PARTITION BY item_id ORDER BY rowid) > 1)"
    ).fetchall()
    return f"{removed:,} doubled rows were removed from main.order_items."


def _rename_country(shop: DuckDBPyConnection, folder: Path, now: datetime) -> str:
    shop.execute("ALTER TABLE customers RENAME COLUMN country TO country_code")
    return "The column country of main.customers was renamed to country_code."


def _name_country_back(shop: DuckDBPyConnection, folder: Path, now: datetime) -> str:
    columns = [row[0] for row in shop.execute("DESCRIBE customers").fetchall()]
    if "country" not in columns:
        shop.execute("ALTER TABLE customers RENAME COLUMN country_code TO country")
    return "The column country of main.customers has its name back, with all its values."


def _newest_since(shop: DuckDBPyConnection, table: str) -> datetime:
    """From when on the newest part of a table's rows was written; it stays the same part however old the shop grows."""
    [(since,)] = shop.execute(
        "SELECT quantile_disc(created_at, $older) FROM query_table($table)", {"older": 1 - NEWEST, "table": table}
    ).fetchall()
    return since  # type: ignore[no-any-return]  # a TIMESTAMP


def _held_in(folder: Path) -> Path:
    return folder / "held_payments.parquet"


def _day_and_time(stored: datetime) -> str:
    return local(stored.replace(tzinfo=UTC))


BREAKS = {
    one.name: one
    for one in (
        Break("late", "the loader stops loading orders", rulebook.ORDERS_ARRIVE, _stop_orders, _load_orders),
        Break("drop", "many payments are deleted", rulebook.PAYMENTS_STAY, _hold_payments, _return_payments),
        Break("duplicate", "order items are loaded twice", rulebook.ITEMS_ONCE, _double_items, _undouble_items),
        Break("schema", "a column of customers is renamed", rulebook.COLUMNS_STAY, _rename_country, _name_country_back),
    )
}
