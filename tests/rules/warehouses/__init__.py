"""Made-up warehouses such as firms have: a shop on PostgreSQL, a payments start-up with some 300 tables, and a dbt
project on a warehouse that tells times of change and counts none."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apps.connections.services import parse_table
from apps.rules.suggest.candidates import Candidate

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
# Which ten an engineer in operations would watch first.
TOP_TEN = {
    "shop": [
        "public.payments", "public.orders", "public.order_items", "public.customers", "public.web_events",
        "public.shipments", "public.inventory_levels", "public.refunds", "public.newsletter_signups", "public.products",
    ],
    "payments": [
        "ledger.entries", "ledger.transactions", "payments.charges", "payments.payments", "customers.customers",
        "ledger.transfers", "payouts.payouts", "cards.card_transactions", "payouts.payout_items", "auth.users",
    ],
    "dbt": [
        "analytics_marts.fct_payments", "analytics_marts.fct_orders", "analytics_marts.fct_order_items",
        "analytics_marts.dim_customers", "analytics_marts.fct_sessions", "analytics_marts.dim_subscriptions",
        "analytics_marts.rpt_revenue_daily", "analytics_marts.mrr_monthly", "analytics_marts.fct_refunds",
        "analytics_marts.fct_subscription_events",
    ],
}  # fmt: skip


def tables_of(warehouse: str) -> list[Candidate]:
    """The tables of one of them, as its catalogue would have them at noon."""
    with Path(__file__).with_name(f"{warehouse}.csv").open(newline="") as file:
        return [_candidate(row) for row in csv.DictReader(file)]


def _candidate(row: Mapping[str, str]) -> Candidate:
    return Candidate(
        name=parse_table(row["table"]),
        is_view=row["kind"] == "view",
        rows=int(row["rows"]) if row["rows"] else None,
        bytes=int(row["bytes"]) if row["bytes"] else None,
        changed_at=_ago(row["changed_hours_ago"]),
        watched_since=_ago(row["watched_hours"]),
        tells_changes=bool(row["watched_hours"] or row["changed_hours_ago"]),
        changes=int(row["changes"]),
    )


def _ago(hours: str) -> datetime | None:
    return NOON - timedelta(hours=float(hours)) if hours else None
