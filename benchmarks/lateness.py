"""Watching from outside when due rules are claimed and stored. Imported once Django is set up."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection

from apps.common.clock import utc_now
from apps.connections.services import save_connection
from apps.rules.models import Check, RuleState
from apps.rules.services import RuleDraft, save_rule
from apps.teams.services import ensure_team
from benchmarks.measure import print_table, quantile
from tests.servers.postgres import PostgresServer

ROUNDS = 2
PATIENCE = 60.0  # seconds to wait for a round
TICK = 0.02


def watch_rules(stores: list[dict[str, Any]], rules: int, server: PostgresServer) -> None:
    """Spread `rules` states over the stores: patterns that cover as many tables as are needed."""
    team, each = ensure_team(name="bench"), rules // len(stores)
    for number, settings in enumerate(stores):
        with server.connect(settings["database"]) as session:
            for table in range(each):
                session.execute(f"CREATE TABLE tbl_{table:05d} AS SELECT 1 AS id, now() AS updated_at".encode())
        store = save_connection(team=team, name=f"store {number}", engine="postgres", settings=settings)
        draft = RuleDraft(
            name=f"Fresh {number}", connection=store, kind="freshness", include=("public.*",),
            settings={"every": "1d", "tolerance": "4h", "column": "updated_at"},
        )  # fmt: skip
        save_rule(team=team, draft=draft, now=utc_now())


def measure_lateness(rules: int, worker: int, beat: int) -> None:
    """Make everything due in one second, a few times, and print how late it was taken and stored."""
    _round(warm_up=True)
    cpu_before, since = _cpu(worker) + _cpu(beat), time.perf_counter()
    claimed: list[float] = []
    stored: list[float] = []
    for _ in range(ROUNDS):
        late_claims, late_results = _round()
        claimed += late_claims
        stored += late_results
    busy = (_cpu(worker) + _cpu(beat) - cpu_before) / (time.perf_counter() - since)
    wanted = ROUNDS * RuleState.objects.exclude(table="").count()
    idle_since, idle_cpu = time.perf_counter(), _cpu(worker) + _cpu(beat)
    time.sleep(20)
    idle = (_cpu(worker) + _cpu(beat) - idle_cpu) / (time.perf_counter() - idle_since)
    print_table(
        ("rules due at once", "stored", "claimed late p50 s", "claimed late p99 s", "stored late p50 s",
         "stored late p99 s", "CPU while busy", "CPU while nothing is due"),
        [(f"{rules:,}", f"{len(stored):,} of {wanted:,}", quantile(claimed, 0.5), quantile(claimed, 0.99),
          quantile(stored, 0.5), quantile(stored, 0.99), f"{busy:.0%}", f"{idle:.1%}")],
    )  # fmt: skip
    print()


def _round(*, warm_up: bool = False) -> tuple[list[float], list[float]]:
    """One moment at which every state is due. Lateness in seconds, seen by polling the database."""
    states = RuleState.objects.exclude(table="")
    total = states.count()
    due = datetime.now(UTC) + timedelta(seconds=2)
    RuleState.objects.filter(table="").update(next_check_at=due + timedelta(hours=1))
    states.update(next_check_at=due, last_check_at=None)
    claimed: list[float] = []
    with connection.cursor() as cursor:
        deadline = time.monotonic() + PATIENCE + (60 if warm_up else 0)
        while time.monotonic() < deadline:
            cursor.execute(
                "SELECT count(*) FILTER (WHERE next_check_at > %s), count(last_check_at) FROM rules_rulestate"
                " WHERE \"table\" <> ''",
                [due],
            )
            taken, done = cursor.fetchone()
            late = (datetime.now(UTC) - due).total_seconds()
            claimed += [late] * (taken - len(claimed))
            if done == total:
                break
            time.sleep(TICK)
    results = Check.objects.filter(at__gte=due).exclude(state__table="").values_list("at", flat=True)
    return claimed, [(at - due).total_seconds() for at in results]


def _cpu(pid: int) -> float:
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
