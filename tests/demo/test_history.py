from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from apps.demo import pipeline, warehouse
from tests.demo.shop import NOW, TABLES, ask, contents, orders_an_hour, planned


def test_every_whole_hour_has_exactly_the_planned_orders(made_shop: Path) -> None:
    this_hour = NOW.replace(minute=0, second=0)
    plan = planned(made_shop, since=NOW - timedelta(days=91), until=this_hour)
    counted = orders_an_hour(made_shop)
    counted.pop(this_hour)
    assert counted == {hour: count for hour, count in plan.items() if hour >= min(counted)}
    assert len(counted) > 89 * 24


def test_the_data_has_the_shape_of_day_and_week(made_shop: Path) -> None:
    [(evening, night)] = ask(
        made_shop, "SELECT count(*) FILTER (hour(created_at) = 19), count(*) FILTER (hour(created_at) = 3) FROM orders"
    )
    [(friday, sunday)] = ask(
        made_shop,
        "SELECT count(*) FILTER (dayname(created_at) = 'Friday'), count(*) FILTER (dayname(created_at) = 'Sunday')"
        " FROM orders WHERE created_at >= $since",
        since=pipeline.stored(NOW.replace(hour=0, minute=0, second=0) - timedelta(weeks=12)),
    )
    assert evening > 10 * night
    assert friday == pytest.approx(1.12 / 0.9 * sunday, rel=0.05)


def test_the_last_month_is_busier_than_the_first(made_shop: Path) -> None:
    [(first, last)] = ask(
        made_shop,
        "SELECT count(*) FILTER (created_at < start + INTERVAL 28 DAY), count(*) FILTER (created_at >= $last)"
        " FROM orders, (SELECT origin AS start FROM pipeline.shop)",
        last=pipeline.stored(NOW - timedelta(days=28)),
    )
    assert 1.2 < last / first < 1.35


def test_it_is_about_a_hundred_thousand_items_in_a_small_file(made_shop: Path) -> None:
    [(items,)] = ask(made_shop, "SELECT count(*) FROM order_items")
    assert 90_000 < items < 130_000
    assert warehouse.file_in(made_shop).stat().st_size < 20_000_000


def test_every_order_has_its_customer_its_items_and_their_sum(made_shop: Path) -> None:
    [(orders, matched, distinct)] = ask(
        made_shop,
        "SELECT (SELECT count(*) FROM orders), count(*), count(DISTINCT order_id)"
        " FROM orders JOIN customers USING (customer_id)"
        " JOIN (SELECT order_id, sum(quantity * unit_price) AS total FROM order_items JOIN products USING (product_id)"
        "       GROUP BY ALL) USING (order_id)"
        " WHERE amount = total AND customers.created_at <= orders.created_at AND amount > 0",
    )
    assert orders == matched == distinct


def test_payments_are_for_nearly_all_orders_and_for_their_amount(made_shop: Path) -> None:
    [(share, same)] = ask(
        made_shop,
        "SELECT count(payment_id) / count(*), bool_and(payments.amount IS NULL OR payments.amount = orders.amount)"
        " FROM orders LEFT JOIN payments USING (order_id)",
    )
    assert 0.96 < share < 0.98
    assert same


@pytest.mark.parametrize("table", TABLES)
def test_no_row_is_from_the_future(made_shop: Path, table: str) -> None:
    updated = "created_at" if table in {"order_items", "payments"} else "updated_at"
    [(newest,)] = ask(made_shop, f"SELECT max(greatest(created_at, {updated})) FROM {table}")
    assert newest <= pipeline.stored(NOW)


def test_orders_are_in_every_stage_of_their_way(made_shop: Path) -> None:
    stages = {status for (status,) in ask(made_shop, "SELECT DISTINCT status FROM orders")}
    assert stages == {"placed", "packed", "shipped", "delivered", "cancelled"}


def test_the_same_seed_makes_the_same_shop_and_another_seed_another(made_shop: Path, tmp_path: Path) -> None:
    warehouse.ensure(tmp_path / "same", now=NOW)
    warehouse.ensure(tmp_path / "other", now=NOW, seed=7)
    assert contents(tmp_path / "same") == contents(made_shop)
    assert contents(tmp_path / "other")["orders"] != contents(made_shop)["orders"]


def test_a_warehouse_that_exists_is_left_alone(shop: Path) -> None:
    before = contents(shop)
    assert not warehouse.ensure(shop, now=NOW + timedelta(days=1))
    assert contents(shop) == before


def test_what_an_interrupted_start_left_behind_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "shop.duckdb.unfinished").write_text("half a file")
    assert warehouse.ensure(tmp_path, now=NOW)
    assert [entry.name for entry in tmp_path.iterdir()] == ["shop.duckdb"]
