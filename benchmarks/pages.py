"""Requests to the overview, timed inside the process. Imported once Django is set up."""

from __future__ import annotations

import time
from datetime import timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.common.clock import utc_now
from apps.connections.models import Connection
from apps.rules.models import Check, Rule, RuleState
from apps.teams.models import User
from apps.teams.services import ensure_team
from benchmarks.measure import median, print_table, quantile

RULES = 1000
REQUESTS = 30


def measure_overview(database: str) -> None:
    """Print a row for the page and one for its refreshing part."""
    _fill()
    client = Client()
    client.force_login(User.objects.create_superuser("bench@example.com"))
    rows = []
    for name, url in (("page", "/"), ("refresh", "/watch/")):
        with CaptureQueriesContext(connection) as captured:
            size = len(client.get(url, HTTP_HOST="127.0.0.1").content)
            queries = len(captured)
        times = []
        for _ in range(REQUESTS):
            started = time.perf_counter()
            client.get(url, HTTP_HOST="127.0.0.1")
            times.append((time.perf_counter() - started) * 1000)
        rows.append((f"{database}, {name}", queries, median(times), quantile(times, 0.95), size / 1024))
    print_table(("overview, 1,000 rules", "queries", "median ms", "p95 ms", "KiB"), rows)
    print()


def _fill() -> None:
    team, now = ensure_team(name="bench"), utc_now()
    store = Connection.objects.create(team=team, name="store", engine="duckdb", settings={"path": "store.duckdb"})
    settings = {"every": "1h"}
    Rule.objects.bulk_create(
        Rule(team=team, name=f"Rule {n:04d}", connection=store, kind="freshness", table=f"main.t{n}", settings=settings)
        for n in range(RULES)
    )
    RuleState.objects.bulk_create(
        RuleState(
            rule=rule,
            connection=store,
            schema="main",
            table=rule.table.split(".")[1],
            check_every=300,
            next_check_at=now + timedelta(minutes=4),
            last_check_at=now,
            since=now,
            verdict="breached" if rule.pk % 20 == 0 else "ok",
        )
        for rule in Rule.objects.all()
    )
    Check.objects.bulk_create(
        Check(state=state, at=now, verdict=state.verdict, measured=1800.0, high=4200.0, source="column", trust="exact")
        for state in RuleState.objects.all()
    )
