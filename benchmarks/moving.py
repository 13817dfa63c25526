"""Requests of the form of a rule, timed inside the process. Imported once Django is set up."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import duckdb
from django.test import Client

from apps.connections.services import save_connection
from apps.rules.backtest.reading import KEEPER
from apps.teams.models import User
from apps.teams.services import ensure_team
from benchmarks.measure import median, print_table

DAYS, BASELINE = 90, 30
HOURS = (DAYS + BASELINE + 45) * 24  # what is read: the baseline, and some weeks before
FLOOR = """
SELECT date_trunc('hour', created_at), COUNT(*) FROM orders
WHERE created_at >= (now() AT TIME ZONE 'UTC') - INTERVAL 165 DAY GROUP BY 1 ORDER BY 1
"""
RULES = {
    "volume per hour": ("volume", "drop", {"column": "created_at", "per": "1h", "drop": "60%", "spike": "200%"}),
    "the same hour of the week": (
        "volume", "drop", {"column": "created_at", "per": "1h", "drop": "60%", "against": "hour_of_week"},
    ),
    "with learned limits": ("volume", "drop", {"column": "created_at", "per": "1h", "drop": "60%", "learned": "also"}),
    "freshness every hour": ("freshness", "tolerance", {"column": "created_at", "every": "1h", "tolerance": "10m"}),
}  # fmt: skip
MOVES = {"drop": ("50%", "55%", "65%", "70%", "75%"), "tolerance": ("5m", "12m", "15m", "20m", "30m")}


def measure_backtest(home: Path, rounds: int) -> None:
    """Print a row for the floor and one for each rule."""
    path = home / "shop.duckdb"
    _fill(path)
    floor = median(_seconds(lambda: _bare(path)) for _ in range(rounds))
    rows: list[tuple[object, ...]] = [("floor: one statement and a loop", floor * 1000, "", 1.0, "")]
    client, form = _form(path)
    for name, (kind, limit, settings) in RULES.items():

        def ask(**moved: str) -> None:
            entered = {f"settings-{key}": value for key, value in {**settings, **moved}.items()}  # noqa: B023
            answer = client.post(f"/rules/rule/backtest/?kind={kind}", form | entered, HTTP_HOST="127.0.0.1")  # noqa: B023
            if b"alerted" not in answer.content:
                raise RuntimeError(answer.content.decode()[:1_000])
            cut.append(b"too long" in answer.content)  # noqa: B023

        first, moved, cut = list[float](), list[float](), list[bool]()
        for _ in range(rounds):
            KEEPER.clear()
            first.append(_seconds(ask))
            moved += [_seconds(lambda to=to: ask(**{limit: to})) for to in MOVES[limit]]  # type: ignore[misc]  # noqa: B023
        rows.append((name, median(first) * 1000, median(moved) * 1000, median(moved) / floor, sum(cut)))
    print_table(("90 days of hours in the form", "first ms", "limit moved ms", "x floor", "tried on less"), rows)


def _seconds(do: Callable[[], object]) -> float:
    started = time.perf_counter()
    do()
    return time.perf_counter() - started


def _fill(path: Path) -> None:
    """Some hundred orders an hour by day and few by night, the newest of this hour."""
    with duckdb.connect(str(path)) as session:
        session.execute(
            "CREATE TABLE orders AS SELECT hour * 1000 + n AS id, (now() AT TIME ZONE 'UTC') - hour * INTERVAL 1 HOUR"
            f" - (n * 37 % 55) * INTERVAL 1 MINUTE AS created_at FROM range({HOURS}) hours(hour), range(200) rows(n)"
            " WHERE n < 20 + 80 * (1 + sin(hour / 3.82)) + hash(hour) % 20"
        )


def _bare(path: Path) -> int:
    """What the answer takes at least: the rows per hour, each held against the mean of the 720 before it."""
    with duckdb.connect(str(path), read_only=True) as session:
        counts = [count for _, count in session.execute(FLOOR).fetchall()]
    total, window, alerts = 0, BASELINE * 24, 0
    for place, count in enumerate(counts):
        if place >= window:
            mean = total / window
            alerts += count < 0.4 * mean or count > 3 * mean
            total -= counts[place - window]
        total += count
    return alerts


def _form(path: Path) -> tuple[Client, dict[str, object]]:
    team = ensure_team(name="bench")
    shop = save_connection(team=team, name="shop", engine="duckdb", settings={"path": str(path)})
    client = Client()
    client.force_login(User.objects.create_superuser("bench@example.com"))
    return client, {"name": "x", "connection": shop.pk, "table": "main.orders", "severity": "medium", "timezone": "UTC"}
