"""Two teams with a person in every role of the first, a stranger from the second, and one of every kind of object."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from django.test import Client

from apps.alerts.models import Channel, Delivery, Escalation, Incident, Rotation, Route, TimelineEntry
from apps.alerts.services import save_channel
from apps.connections.models import Connection, Table, TableVersion
from apps.connections.services import refresh_catalogue, save_connection
from apps.rules.models import Check, Rule, RuleState
from apps.rules.services import RuleDraft, save_rule
from apps.teams.models import Role, Team, User
from apps.teams.services import add_member

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
SECRET = "whsec_" + "c2VjcmV0LXRoYXQtbm9ib2R5LW1heS1zZWU="
NASTY = "<script>alert(1)</script>"


@dataclass(frozen=True)
class World:
    """One of everything in the team `Watchers`. All names hold markup, which no page may let through."""

    team: Team
    connection: Connection
    channel: Channel
    rule: Rule
    state: RuleState
    incident: Incident
    delivery: Delivery
    table: Table
    route: Route
    escalation: Escalation
    rotation: Rotation


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A DuckDB file with one small table."""
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as session:
        session.execute("CREATE TABLE orders (id INTEGER, updated_at TIMESTAMP)")
        session.execute("INSERT INTO orders VALUES (1, TIMESTAMP '2026-11-21 02:50:00')")
    return path


@pytest.fixture
def world(db: None, store: Path) -> World:
    team = Team.objects.create(name=f"Watchers {NASTY}")
    connection = save_connection(team=team, name=f"shop {NASTY}", engine="duckdb", settings={"path": str(store)})
    channel = save_channel(
        team=team, name=f"hook {NASTY}", type="webhook", settings={"url": "http://127.0.0.1:9/hook", "secret": SECRET}
    )
    draft = RuleDraft(
        name=f"Orders arrive {NASTY}", connection=connection, kind="freshness", table="main.orders",
        settings={"every": "1h", "tolerance": "10m", "column": "updated_at"}, channels=(channel,),
    )  # fmt: skip
    rule = save_rule(team=team, draft=draft, now=NOW).rule
    state = RuleState.objects.get(rule=rule)
    RuleState.objects.filter(pk=state.pk).update(verdict="breached", since=NOW, last_check_at=NOW)
    for minute, verdict in enumerate(["ok", "ok", "breached"]):
        Check.objects.create(
            state=state, at=NOW + timedelta(minutes=minute), verdict=verdict, measured=4_000 + 100 * minute, high=4_200,
            source=f"column {NASTY}", trust="exact", reason=f"Late. {NASTY}",
        )  # fmt: skip
    incident = _incident(team, rule)
    delivery = Delivery.objects.create(
        channel=channel, incident=incident, kind="opened", key="delivery-1", created_at=NOW, due_at=NOW, error=NASTY
    )
    routing = _routing(team, channel)
    return World(team, connection, channel, rule, state, incident, delivery, _table(connection), *routing)


def _routing(team: Team, channel: Channel) -> tuple[Route, Escalation, Rotation]:
    rotation = Rotation.objects.create(team=team, name=f"On call {NASTY}", starts_on=NOW.date(), handover=NOW.time())
    user = User.objects.create_user("duty@example.com", name=NASTY)
    add_member(team=team, user=user, role=Role.VIEWER)
    rotation.turns.create(user=user, position=1)
    escalation = Escalation.objects.create(team=team, name=f"Nights {NASTY}")
    step = escalation.steps.create(after_minutes=30, rotation=rotation)
    route = Route.objects.create(team=team, name=f"All {NASTY}", tags=[NASTY], tables=[NASTY], escalation=escalation)
    for row in (step, route):
        row.channels.set([channel])
        row.people.set([user])
    return route, escalation, rotation


def _table(connection: Connection) -> Table:
    """The table of the catalogue, whose columns and comments changed since it was first read."""
    refresh_catalogue(connection=connection, now=NOW)
    Table.objects.update(comment=NASTY)
    table = Table.objects.get()
    columns = [{"name": NASTY, "type": NASTY, "comment": NASTY}]
    TableVersion.objects.create(table=table, seen_at=NOW + timedelta(minutes=5), columns=columns, comment=NASTY)
    return table


def _incident(team: Team, rule: Rule) -> Incident:
    facts = {
        "situation": "stale", "rule": rule.name, "kind": "freshness", "connection": NASTY, "table": NASTY,
        "sentence": NASTY, "timezone": "UTC", "checked_at": NOW.isoformat(), "source": NASTY, "trust": "exact",
        "reason": NASTY, "age_seconds": 4_200.0, "allowed_seconds": 4_200.0, "last_change": NOW.isoformat(),
        "deadline": None,
    }  # fmt: skip
    incident = Incident.objects.create(
        team=team, key=f"rule/{rule.pk}/main.orders", title=f"orders are late {NASTY}", opened_at=NOW, last_seen_at=NOW,
        next_action_at=NOW, facts=facts,
    )  # fmt: skip
    TimelineEntry.objects.create(incident=incident, at=NOW, kind="detected", text=NASTY)
    return incident


@pytest.fixture
def sign_in(db: None) -> Callable[..., Client]:
    """A client signed in with a role in a team (None: in no team)."""

    def sign_in(role: Role | None, team: Team | None = None, *, superuser: bool = False) -> Client:
        email = f"{role or 'nobody'}-{User.objects.count()}@example.com"
        user = User.objects.create_user(email, is_superuser=superuser)
        if role and team:
            add_member(team=team, user=user, role=role)
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def stranger(sign_in: Callable[..., Client]) -> Client:
    """An administrator, but of another team."""
    return sign_in(Role.ADMINISTRATOR, Team.objects.create(name="Others"))


@pytest.fixture
def manager(sign_in: Callable[..., Client], world: World) -> Client:
    return sign_in(Role.MANAGER, world.team)


@pytest.fixture
def viewer(sign_in: Callable[..., Client], world: World) -> Client:
    return sign_in(Role.VIEWER, world.team)


@pytest.fixture
def operator(sign_in: Callable[..., Client], world: World) -> Client:
    return sign_in(Role.OPERATOR, world.team)


@pytest.fixture
def administrator(sign_in: Callable[..., Client], world: World) -> Client:
    return sign_in(Role.ADMINISTRATOR, world.team)
