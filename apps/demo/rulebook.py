"""The rules that `install` sets up for the shop: plain values, named so that a break can say which rule notices it."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from apps.common.records import record

ORDERS_ARRIVE = "Orders keep arriving"
ORDERS_A_DAY = "Orders a day"
PAYMENTS_STAY = "Payments do not vanish"
ITEMS_ONCE = "Order items are loaded once"
PRODUCTS_REVIEWED = "Products are reviewed"
COLUMNS_STAY = "Columns stay as they are"


@record
class DemoRule:
    """One rule, as its YAML would say it. Either `table` or `include` names the tables."""

    name: str
    kind: str
    table: str = ""
    include: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    severity: str = "medium"


# The limits are tight where a break must be noticed within two minutes, and wide where a loader that was stopped for
# some days must be able to catch up without an alarm.
RULES = (
    DemoRule(
        ORDERS_ARRIVE,
        kind="freshness",
        table="main.orders",
        settings={"every": "1m", "tolerance": "30s", "column": "updated_at"},
        severity="high",
    ),
    DemoRule(
        ORDERS_A_DAY,
        kind="volume",
        table="main.orders",
        settings={"column": "created_at", "per": "1d", "baseline": "30d", "drop": "30%", "spike": "100%"},
    ),
    DemoRule(
        PAYMENTS_STAY,
        kind="volume",
        table="main.payments",
        settings={"drop": "10%", "spike": "100%"},
        severity="critical",
    ),
    DemoRule(
        ITEMS_ONCE,
        kind="volume",
        table="main.order_items",
        settings={"drop": "10%", "spike": "25%"},
        severity="high",
    ),
    DemoRule(
        PRODUCTS_REVIEWED,
        kind="freshness",
        table="main.products",
        settings={"every": "30m", "tolerance": "10m"},
        severity="low",
    ),
    DemoRule(COLUMNS_STAY, kind="schema", include=("main.*",)),
)
