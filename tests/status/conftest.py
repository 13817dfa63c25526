"""A team with a shop's rules, and a status page of three products."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.alerts.models import Incident
from apps.connections.models import Connection
from apps.rules.models import Check, Rule, RuleState
from apps.status.models import Product, StatusPage
from apps.status.services import show
from apps.status.view import ProductLine, Shown
from apps.teams.models import Team

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
FIRST = datetime(2026, 10, 11, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def team(db: None) -> Team:
    return Team.objects.create(name="Shop", timezone="Europe/Berlin")


@pytest.fixture
def connection(team: Team) -> Connection:
    return Connection.objects.create(team=team, name="secret-host", engine="duckdb", settings={})


@pytest.fixture
def status_page(team: Team) -> StatusPage:
    return StatusPage.objects.create(team=team, name="Data of the shop", slug="shop", timezone="Europe/Berlin")


def watch(connection: Connection, table: str, *, kind: str = "freshness", verdict: str = "ok", **values: Any) -> Rule:
    """A rule on a table that was first checked at FIRST."""
    name = f"{kind} of {table} {Rule.objects.count()}"
    rule = Rule.objects.create(team=connection.team, connection=connection, name=name, kind=kind, table=table, **values)
    Rule.history.filter(id=rule.pk).update(history_date=FIRST)
    schema, _, name = table.partition(".")
    state = RuleState.objects.create(
        rule=rule, connection=connection, schema=schema, table=name, check_every=60, verdict=verdict, last_check_at=NOW
    )
    judged = verdict if verdict in ("ok", "breached") else "ok"
    if verdict not in ("learning", ""):
        Check.objects.create(state=state, at=FIRST, verdict=judged)
    return rule


def product(page: StatusPage, name: str, *rules: Rule, **values: Any) -> Product:
    row = Product.objects.create(page=page, name=name, **values)
    row.rules.set(rules)
    return row


def incident(rule: Rule, start: datetime, end: datetime | None = None, **values: Any) -> Incident:
    """Trouble that a rule found, as alerts would have stored it."""
    wanted = {
        "team": rule.team, "key": f"rule/{rule.pk}/{rule.table}/{Incident.objects.count()}", "title": rule.name,
        "rule_id": rule.pk, "connection_id": rule.connection_id, "kind": rule.kind, "table": rule.table,
        "tags": rule.tags, "opened_at": start, "last_seen_at": end or start, "over_at": end, "resolved_at": end,
        "status": "resolved" if end else "open", "next_action_at": start,
    }  # fmt: skip
    return Incident.objects.create(**(wanted | values))


def shown(page: StatusPage, now: datetime = NOW) -> Shown:
    return show(page=StatusPage.objects.select_related("team").get(pk=page.pk), now=now)


def line(page: StatusPage, now: datetime = NOW) -> ProductLine:
    """The only product of the page."""
    [found] = shown(page, now).products
    return found


def down(page: StatusPage) -> timedelta:
    """How long the only product was down in November."""
    month = line(page).this_month
    assert month is not None
    return month.share.down
