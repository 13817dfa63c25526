"""Requests to the pages, timed inside the process. Imported once Django is set up."""

from __future__ import annotations

import time

from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.measure import median, print_table, quantile
from benchmarks.pagelist import PAGES, Page
from benchmarks.seeding import Seeded, seed

REQUESTS = 15
MOST_MS, MOST_QUERIES, MOST_KB = 150, 20, 300


def measure_pages(database: str, checks: int, wanted: str) -> None:
    """Print a row per page whose name holds `wanted`; what is over a budget is marked."""
    seeded = seed(checks)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    client = Client(raise_request_exception=False)
    client.force_login(seeded.user)
    rows = [_measured(client, seeded, page) for page in PAGES if wanted in page.name]
    header = (f"page, {database}, {checks:,} checks", "queries", "median ms", "p95 ms", "CPU ms", "kB", "over")
    print_table(header, rows)
    print(flush=True)


def _measured(client: Client, seeded: Seeded, page: Page) -> tuple[object, ...]:
    address, headers = page.address(seeded), {"HX-Request": "true"} if page.part else {}
    with CaptureQueriesContext(connection) as captured:
        answer = _get(client, address, headers)
    queries = len(captured)  # the next request empties the log
    if answer.status_code != 200 or b"data-failed" in answer.content:
        return (page.name, f"status {answer.status_code}", "-", "-", "-", "-", "failed")
    times, busy = [], []
    for _ in range(REQUESTS):
        started, began = time.perf_counter(), time.process_time()
        _get(client, address, headers)
        times.append((time.perf_counter() - started) * 1000)
        busy.append((time.process_time() - began) * 1000)
    size = len(answer.content) / 1000
    over = [
        name
        for name, value, most in (
            ("ms", median(times), MOST_MS), ("queries", queries, MOST_QUERIES), ("kB", size, MOST_KB),
        )
        if value > most
    ]  # fmt: skip
    return (page.name, queries, median(times), quantile(times, 0.95), median(busy), size, ", ".join(over))


def _get(client: Client, address: str, headers: dict[str, str]) -> HttpResponse:
    """Ask for the page as nobody did before: what the last request kept is gone."""
    cache.clear()
    return client.get(address, HTTP_HOST="127.0.0.1", headers=headers)  # type: ignore[return-value]
