"""Where reading is billed, nothing is read unless a person asks for it."""

from __future__ import annotations

from typing import Any

import pytest

from apps.connections.models import Connection, Usage
from apps.rules.services import Backtest, RuleDraft, backtest, backtests
from tests.rules.conftest import NIGHT
from tests.rules.costs import conftest as costs
from tests.rules.costs.conftest import MB, Connect, Dwh

dwh, connect, connection = costs.dwh, costs.connect, costs.connection
SETTINGS: dict[str, Any] = {"column": "at", "drop": "30%"}


@pytest.fixture
def orders(dwh: Dwh) -> Dwh:
    """Orders of a hundred days, fewer five days ago."""
    rows = [f"({day}, TIMESTAMP '2026-11-20 12:00:00+00' - INTERVAL {day} DAY, NULL)"
            for day in range(100) for _ in range(1 if day == 5 else 4)]  # fmt: skip
    dwh.write("DELETE FROM orders WHERE TRUE", f"INSERT INTO orders VALUES {', '.join(rows)}")
    dwh.forget()
    return dwh


def tried(connection: Connection, *, may_spend: bool, **more: Any) -> Backtest:
    draft = RuleDraft("Orders", connection, "volume", "shop.orders", settings=SETTINGS, **more)
    return backtest(draft=draft, may_spend=may_spend, now=NIGHT)


def test_without_leave_nothing_is_asked(connection: Connection, orders: Dwh) -> None:
    orders.forget()
    found = tried(connection, may_spend=False)
    assert found.unread
    assert "There is no history to try it on yet." in found.sentence
    assert orders.server.requests == []


def test_a_plan_asks_nothing(connection: Connection, orders: Dwh) -> None:
    orders.forget()
    assert len(
        backtests(drafts=[RuleDraft("Orders", connection, "volume", "shop.orders", settings=SETTINGS)], now=NIGHT)
    )
    assert orders.server.requests == []


def test_with_leave_it_is_read_and_counted(connection: Connection, orders: Dwh) -> None:
    found = tried(connection, may_spend=True)
    assert "on 16 November." in found.sentence
    assert not found.unread
    assert sum(Usage.objects.values_list("bytes_billed", flat=True)) > 0


def test_the_rules_own_budget_holds(connection: Connection, orders: Dwh) -> None:
    orders.size("orders", 50)
    found = tried(connection, may_spend=True, max_bytes=20 * MB)
    assert "There is no history to try it on yet." in found.sentence
    assert "Raise the rule's most bytes per check" in found.sentence


def test_a_day_that_is_used_up_holds(connect: Connect, orders: Dwh) -> None:
    connection = connect(max_bytes_per_day=30 * 10**6)
    Usage.objects.create(connection=connection, day=NIGHT.date(), rule_key=1, bytes_billed=30 * 10**6)
    found = tried(connection, may_spend=True)
    assert "Over budget" in found.sentence
