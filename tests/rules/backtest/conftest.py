"""A shop with a past: orders of four months, written before anybody watched them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from apps.connections.models import Connection
from apps.rules.backtest.reading import FAILED, KEEPER
from apps.rules.services import Backtest, RuleDraft, backtest
from tests.rules.conftest import NIGHT, Shop

DAY = timedelta(days=1)
Try = Callable[..., Backtest]


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    """What one test read is no other's."""
    for keeper in (KEEPER, FAILED):
        keeper.clear()
    yield
    for keeper in (KEEPER, FAILED):
        keeper.clear()


@pytest.fixture
def past(shop: Shop) -> Shop:
    """A thousand paid orders and ten others a day, and a tenth of them three, nine and twenty days ago."""
    shop.write(
        "ALTER TABLE orders ADD COLUMN status VARCHAR",
        "INSERT INTO orders SELECT day * 2000 + n, moment, moment, CASE WHEN n < 10 THEN 'open' ELSE 'paid' END FROM ("
        f" SELECT day, n, TIMESTAMP '{NIGHT:%Y-%m-%d} 12:00:00' - day * INTERVAL 1 DAY AS moment"
        " FROM range(1, 130) days(day), range(1010) rows(n) WHERE n < 110 OR day NOT IN (3, 9, 20))",
    )
    return shop


@pytest.fixture
def attempt(connection: Connection, past: Shop) -> Try:
    """Try a rule on `main.orders`; keyword arguments are the kind's settings."""

    def attempt(kind: str = "volume", *, table: str = "main.orders", include: tuple[str, ...] = (), days: int = 90,
                **settings: Any) -> Backtest:  # fmt: skip
        draft = RuleDraft("Orders", connection, kind, "" if include else table, include, settings=settings)
        return backtest(draft=draft, days=days, now=NIGHT)

    return attempt
