"""What names of tables say."""

from __future__ import annotations

import pytest

from apps.connections.services import parse_table
from apps.rules.suggest.signs import signs_of


@pytest.mark.parametrize(
    ("name", "about", "worth"),
    [
        ("public.orders", "orders", 1.0), ("dbo.SalesOrder", "orders", 0.85), ("public.order_items", "orders", 0.85),
        ("marts.fct_orders", "orders", 1.0), ("sales.orders_daily", "orders", 1.0),
        ("ledger.entries", "the ledger", 1.0),
        ("public.user_sessions", "sessions", 0.6), ("public.events", "events", 0.7), ("app.companies", "", 0.0),
        ("public.payment_methods", "", 0.0), ("public.order_statuses", "", 0.0), ("main.order_sources", "orders", 0.35),
        ("public.inventory_levels", "the inventory", 0.7), ("public.größen", "", 0.0), ("x.42", "", 0.0),
    ],
)  # fmt: skip
def test_the_head_of_a_name_says_what_the_table_holds(name: str, about: str, worth: float) -> None:
    signs = signs_of(parse_table(name))
    assert (signs.about, signs.worth) == (about, worth)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("public.orders_bak", "copy"), ("public.tmp_orders", "copy"), ("public.orders_old2", "copy"),
        ("public.TestOrders", "copy"), ("public.orders_20240131", "copy"), ("ga4.events_intraday_20261121", "copy"),
        ("public.entries_2026_01", "copy"), ("sandbox.orders", "copy"), ("dbt_jsmith.fct_orders", "copy"),
        ("public.stg_orders", "stage"), ("analytics_intermediate.x", "stage"), ("public.django_session", "plumbing"),
        ("public.flyway_schema_history", "plumbing"), ("public.audit_log", "plumbing"), ("infra.things", "plumbing"),
        ("public.webhook_deliveries", "plumbing"),
    ],
)  # fmt: skip
def test_copies_stages_and_plumbing_are_told_by_their_names(name: str, part: str) -> None:
    caution = signs_of(parse_table(name)).caution
    assert caution is not None
    assert caution.part == part


@pytest.mark.parametrize(
    "name",
    ["public.orders", "public.contests", "public.catalog", "public.households", "analytics.latest_prices",
     "dbt_prod.fct_orders", "public.blog_posts", "public.templates", "public.orders_v2", "public.top_100"],
)  # fmt: skip
def test_names_that_only_look_like_it_are_left_in_peace(name: str) -> None:
    assert signs_of(parse_table(name)).caution is None


def test_marts_are_told_from_raw_data() -> None:
    assert signs_of(parse_table("analytics_marts.mrr")).finished
    assert signs_of(parse_table("public.dim_customers")).finished
    assert signs_of(parse_table("raw_stripe.charge")).raw
