"""Passes of the product's own runner, timed inside a running process. Imported once Django is set up."""

from __future__ import annotations

import time
from typing import Any

import psycopg
from django.db import connection

from apps.common.clock import utc_now
from apps.connections.services import save_connection
from apps.rules.services import RuleDraft, check_now, save_rule
from apps.teams.services import ensure_team
from benchmarks.tables import MIN_ROWS, STALE_AFTER


def watch_everything(settings: dict[str, Any]) -> None:
    """A freshness and a volume rule that cover every table of the database."""
    team = ensure_team(name="bench")
    store = save_connection(team=team, name="bench", engine="postgres", settings=settings)
    volume = {"drop": None, "spike": None, "at_least": MIN_ROWS}
    freshness = {"every": f"{STALE_AFTER}s", "tolerance": "0s", "column": "updated_at"}
    for name, kind, values in (("Fresh", "freshness", freshness), ("Enough rows", "volume", volume)):
        draft = RuleDraft(name=name, connection=store, kind=kind, include=("public.tbl_*",), settings=values)
        save_rule(team=team, draft=draft, now=utc_now())


def pass_seconds(*, written: int = 100) -> float:
    """One pass over everything, `written` per cent of the tables counting as written since."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE rules_rulestate SET mark = '' WHERE \"table\" <> ''"
            ' AND CAST(substr("table", 5) AS INTEGER) %% 100 < %s',
            [written],
        )
    started = time.perf_counter()
    check_now(rules=None, clock=utc_now)
    return time.perf_counter() - started


def floor_seconds(dsn: str, count: int) -> float:
    """The same work by the bare driver, table after table."""
    with psycopg.connect(dsn, autocommit=True) as session:
        started = time.perf_counter()
        for number in range(count):
            session.execute(f"SELECT count(*), max(updated_at) FROM tbl_{number:05d}".encode()).fetchone()
        return time.perf_counter() - started
