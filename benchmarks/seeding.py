"""A team with much of everything, for measuring pages. Imported once Django is set up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from simple_history.utils import bulk_create_with_history

from apps.alerts.models import Channel, Delivery, Incident, IncidentStatus, Severity, TimelineEntry
from apps.alerts.services import save_channel
from apps.common.clock import utc_now
from apps.connections.models import Connection, ConnectionState, Table, TableVersion
from apps.rules.models import Check, Observation, Rule, RuleState
from apps.status.models import StatusPage
from apps.teams.models import Role, Team, User
from apps.teams.services import add_member, ensure_team
from benchmarks.furnishing import furnish

RULES = 1_000
INCIDENTS = 10_000
OPEN = 40
DAYS = 90
COLUMNS = 12
BATCH = 5_000
SUBJECTS = ("orders", "payments", "invoices", "customers", "sessions", "refunds", "shipments", "ledger")


class Seeded(NamedTuple):
    """One of each, for the addresses of pages. `public`: the path of the status page's public link."""

    user: User
    team: Team
    connection: Connection
    table: Table
    rule: Rule
    incident: Incident
    board: StatusPage
    public: str


def seed(checks: int) -> Seeded:
    """Fill the database: 1,000 rules on as many tables of 10 connections, 10,000 incidents of 90 days, and `checks`
    that run up to now."""
    now = utc_now()
    team = ensure_team(name="Data platform")
    user = User.objects.create_user("bench@example.com", name="Ann Bench")
    add_member(team=team, user=user, role=Role.ADMINISTRATOR)
    channel = save_channel(team=team, name="Operations", type="webhook", settings={"url": "http://127.0.0.1:9/"})
    connections = _connections(team, now)
    tables = _tables(connections, now)
    rules = _rules(team, tables)
    states = _states(rules, now)
    _checks(states, checks, now)
    _observations(states, now)
    incidents = _incidents(team, user, rules, channel, now)
    board, public = furnish(team, user, SUBJECTS, now)
    return Seeded(user, team, connections[0], tables[0], rules[0], incidents[-1], board, public)


def _connections(team: Team, now: datetime) -> list[Connection]:
    rows = Connection.objects.bulk_create(
        Connection(team=team, name=f"store {n}", engine="duckdb", settings={"path": f"store{n}.duckdb"})
        for n in range(10)
    )
    ConnectionState.objects.bulk_create(
        ConnectionState(connection=row, answered_at=now, tables=RULES // 10, catalogued_at=now) for row in rows
    )
    return rows


def _tables(connections: list[Connection], now: datetime) -> list[Table]:
    since = now - timedelta(days=DAYS)
    rows = Table.objects.bulk_create(
        Table(
            connection=connections[n % 10],
            schema="main",
            name=f"{SUBJECTS[n % 8]}_{n:04d}",
            first_seen_at=since,
            looked_at=now,
            watched_since=since,
            changed_at=now,
            changes=900,
            rows=100_000 + n,
        )
        for n in range(RULES)
    )
    columns = [{"name": f"column_{n}", "type": "VARCHAR", "comment": f"What column {n} holds"} for n in range(COLUMNS)]
    TableVersion.objects.bulk_create(TableVersion(table=row, seen_at=since, columns=columns) for row in rows)
    return rows


def _rules(team: Team, tables: list[Table]) -> list[Rule]:
    volume = {"check": "1d", "column": "column_1", "at_least": 100}
    rows = [
        Rule(
            team=team,
            name=f"{table.name} {'is whole' if n % 4 == 0 else 'arrives'}",
            connection=table.connection,
            kind="volume" if n % 4 == 0 else "freshness",
            table=f"{table.schema}.{table.name}",
            settings=volume if n % 4 == 0 else {"every": "1h"},
            severity=Severity.values[n % 4],
        )
        for n, table in enumerate(tables)
    ]
    made: list[Rule] = bulk_create_with_history(rows, Rule)
    return made


def _states(rules: list[Rule], now: datetime) -> list[RuleState]:
    return RuleState.objects.bulk_create(
        RuleState(
            rule=rule,
            connection=rule.connection,
            schema="main",
            table=rule.table.split(".")[1],
            check_every=300,
            next_check_at=now + timedelta(seconds=n % 300),
            last_check_at=now - timedelta(seconds=n % 300),
            since=now - timedelta(hours=n % 200),
            verdict="breached" if n % 25 == 0 else "unknown" if n % 40 == 1 else "ok",
        )
        for n, rule in enumerate(rules)
    )


def _checks(states: list[RuleState], count: int, now: datetime) -> None:
    """Every five minutes up to now, of each state as many."""
    each = max(1, count // len(states))
    rows = (
        Check(
            state=state,
            at=now - timedelta(minutes=5 * number),
            verdict=state.verdict if number < 3 else "ok",
            measured=1_800.0 + number % 600,
            high=4_200.0,
            source="catalogue",
            trust="exact",
        )
        for state in states
        for number in range(each)
    )
    _in_batches(rows)


def _in_batches(rows: Iterator[Check]) -> None:
    while batch := list(islice(rows, BATCH)):
        Check.objects.bulk_create(batch)


def _observations(states: list[RuleState], now: datetime) -> None:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    Observation.objects.bulk_create(
        (
            Observation(
                state=state, measure="rows_arrived", at=midnight - timedelta(days=day), value=1_000 - 40 * day % 7
            )
            for state in states[::4]
            for day in range(1, 60)
        ),
        batch_size=BATCH,
    )


def _incidents(team: Team, user: User, rules: list[Rule], channel: Channel, now: datetime) -> list[Incident]:
    rows = Incident.objects.bulk_create(
        (_incident(team, user, rules[n % len(rules)], n, now) for n in range(INCIDENTS)), batch_size=1_000
    )
    TimelineEntry.objects.bulk_create(
        (
            TimelineEntry(incident=row, at=row.opened_at + timedelta(minutes=minute), kind=kind, text=f"It was {kind}.")
            for row in rows
            for minute, kind in enumerate(("detected", "queued", "sent"))
        ),
        batch_size=BATCH,
    )
    Delivery.objects.bulk_create(
        (
            Delivery(
                channel=channel,
                incident=row,
                kind="opened",
                key=f"bench-{row.pk}",
                status="sent",
                created_at=row.opened_at,
                due_at=row.opened_at,
                sent_at=row.opened_at,
            )
            for row in rows
        ),
        batch_size=BATCH,
    )
    return rows


def _incident(team: Team, user: User, rule: Rule, number: int, now: datetime) -> Incident:
    """The last ones are open; a quarter of these has nobody."""
    opened = now - timedelta(days=DAYS) * (INCIDENTS - number) / INCIDENTS
    is_open = number >= INCIDENTS - OPEN
    facts = {
        "situation": "stale", "rule": rule.name, "kind": "freshness", "connection": rule.connection.name,
        "table": rule.table, "sentence": "It alerts if the table has not changed for more than 70 min.",
        "timezone": "UTC", "checked_at": opened.isoformat(), "source": "catalogue", "trust": "exact",
        "age_seconds": 4_300.0, "allowed_seconds": 4_200.0, "last_change": opened.isoformat(), "deadline": None,
        "opened_at": opened.isoformat(), "reason": "",
    }  # fmt: skip
    return Incident(
        team=team,
        key=f"rule/{rule.pk}/{number}",
        title=f"{rule.table} has not changed for more than 70 min",
        severity=rule.severity,
        status=IncidentStatus.OPEN if is_open else IncidentStatus.RESOLVED,
        opened_at=opened,
        last_seen_at=opened,
        resolved_at=None if is_open else opened + timedelta(minutes=20 + number % 300),
        outcome="" if is_open or number % 2 else "real",
        assigned_to=user if number % 4 else None,
        connection_id=rule.connection.pk,
        rule_id=rule.pk,
        kind=rule.kind,
        table=rule.table,
        next_action_at=now,
        facts=facts,
    )
