"""Breaking tables and timing what the listener gets. Imported once Django is set up."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from apps.alerts.models import Delivery, Incident
from apps.alerts.services import Finding, Subject, report, save_channel
from apps.common.clock import utc_now
from apps.connections.services import save_connection
from apps.rules.models import Rule, RuleState
from apps.rules.services import RuleDraft, save_rule
from apps.teams.services import ensure_team
from benchmarks.measure import print_table, quantile
from tests.servers.http import HttpServer
from tests.servers.postgres import PostgresServer

GOALS = {True: 10.0, False: 20.0}  # seconds, at the 95th percentile
ROLL_UP_GOAL = 60.0
TEAMS = 5
PATIENCE = 120.0
TICK = 0.02


def watch_orders(server: PostgresServer, url: str) -> Rule:
    """One rule that tells the listener."""
    team = ensure_team(name="bench")
    server.execute("CREATE TABLE orders (at timestamptz)", database="shop")
    _set_age(server, "1 second")
    store = save_connection(team=team, name="shop", engine="postgres", settings=server.settings("shop"))
    channel = save_channel(team=team, name="hook", type="webhook", settings={"url": url})
    settings = {"every": "1h", "column": "at"}
    draft = RuleDraft(
        name="Orders", connection=store, kind="freshness", table="public.orders", settings=settings, channels=(channel,)
    )
    return save_rule(team=team, draft=draft, now=utc_now()).rule


def measure_breaches(server: PostgresServer, http: HttpServer, rule: Rule, rounds: int, *, with_redis: bool) -> None:
    """Break the table, wait for the message, forget it, again. The breach comes at any moment between two ticks."""
    states = RuleState.objects.filter(rule=rule)
    taken: list[float] = []
    for number in range(rounds + 1):  # the first is for warming up
        _set_age(server, "1 second")
        states.update(next_check_at=utc_now())
        _wait(lambda: states.filter(next_check_at__gt=utc_now(), lease_token="").exists())
        _forget(http)
        time.sleep(random.random())
        _set_age(server, "3 hours")
        since = time.perf_counter()
        states.update(next_check_at=utc_now())
        _wait(lambda: http.requests)
        taken += [time.perf_counter() - since] if number else []
    goal = GOALS[with_redis]
    reached = "reached" if quantile(taken, 0.95) < goal else "MISSED"
    print_table(
        ("broker", "breaches", "breach to accepted p50 s", "p95 s", "goal p95 s", "goal"),
        [("Redis" if with_redis else "none", len(taken), quantile(taken, 0.5), quantile(taken, 0.95), goal, reached)],
    )
    print(flush=True)


def measure_storm(http: HttpServer, rules: int) -> None:
    """Rules of several teams break in the same moment, each on a connection of its own, so that nothing groups them."""
    findings = []
    for number in range(TEAMS):
        team = ensure_team(name=f"bench {number}")
        channel = save_channel(team=team, name="hook", type="webhook", settings={"url": f"{http.origin}/{number}"})
        findings += [
            Finding(
                key=f"rule/{number}/{rule}",
                team_id=team.pk,
                severity="high",
                title=f"Rule {rule}",
                facts={"situation": "stale", "table": f"main.t{rule}", "connection": f"store {rule}"},
                channel_ids=(channel.pk,),
                subject=Subject(connection_id=number * rules + rule, table=f"main.t{rule}", kind="freshness"),
            )
            for rule in range(rules // TEAMS)
        ]
    since = time.perf_counter()
    report(findings=findings, recoveries=[], now=utc_now())
    reported = time.perf_counter() - since
    _wait(lambda: _rolled(http) == TEAMS)
    accepted = time.perf_counter() - since
    waiting = Delivery.objects.filter(status__in=["queued", "sending"], due_at__lte=utc_now() + timedelta(minutes=5))
    _wait(lambda: not waiting.exists())
    per_team = Counter(request.path for request in http.requests)
    print_table(
        ("rules that break at once", "teams", "reported s", "roll-ups accepted s", "goal s", "goal",
         "messages per team"),
        [(f"{len(findings):,}", TEAMS, reported, accepted, ROLL_UP_GOAL,
          "reached" if accepted < ROLL_UP_GOAL else "MISSED", f"{min(per_team.values())} to {max(per_team.values())}")],
    )  # fmt: skip


def _rolled(http: HttpServer) -> int:
    return sum("rollup" in str(json.loads(request.body).get("type")) for request in http.requests)


def _set_age(server: PostgresServer, age: str) -> None:
    server.execute("DELETE FROM orders", f"INSERT INTO orders SELECT now() - INTERVAL '{age}'", database="shop")


def _forget(http: HttpServer) -> None:
    _wait(lambda: not Delivery.objects.filter(status__in=["queued", "sending"]).exists())
    Incident.objects.all().delete()
    http.requests.clear()


def _wait(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise SystemExit("Nothing came in two minutes; the benchmark cannot go on.")
        time.sleep(TICK)
